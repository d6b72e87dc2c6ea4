// Runs every family of measurements in its own process, one after another, and prints the results as tables.
// node benches/run.js [--quick] [--json FILE] [FAMILY…]; a full run of all families is stored in docs/benchmarks.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.js";
import { runProcess } from "./process.js";
import { keep } from "./report.js";
import { table } from "./table.js";

const FAMILIES = {
  weight: "Size",
  offline: "Validation",
  read: "One peering",
  list: "All peerings",
  start: "First call",
  memory: "Memory",
  real: "Connecting real clusters",
  mesh: "Mesh",
  watch: "Watch",
  page: "Admin page",
  growth: "Growth",
};
const NEED_CONSUL = ["real", "watch"];

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean", default: process.env.BENCH_QUICK === "1" }, json: { type: "string" } },
  allowPositionals: true,
});
const { quick } = values;
const all = Object.keys(FAMILIES).filter((name) => !quick || !NEED_CONSUL.includes(name));
const wanted = positionals.length > 0 ? positionals : all;

const results = { ...(await describeMachine()), quick, families: {} };
for (const name of wanted) {
  if (!(name in FAMILIES)) throw new Error(`unknown family ${name}; use ${Object.keys(FAMILIES).join(", ")}`);
  console.log(`${FAMILIES[name]}\n`);
  try {
    const rows = await runProcess("family.js", name, JSON.stringify({ quick }));
    results.families[name] = { title: FAMILIES[name], rows };
    console.log(`${table(rows)}\n`);
  } catch (error) {
    // Measure the other families nevertheless.
    console.error(`${error.message}\n`);
    process.exitCode = 1;
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
if (!quick && positionals.length === 0 && !process.exitCode) await keep(results);
