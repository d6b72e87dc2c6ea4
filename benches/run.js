// Every family of measurements in a process of its own, one after another, and tables of what came out.
// node benches/run.js [--quick] [--json FILE] [FAMILY…]; all of them, in full, are kept in docs/benchmarks.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.js";
import { runProcess } from "./process.js";
import { keep } from "./report.js";
import { table } from "./table.js";

const FAMILIES = {
  weight: "What is loaded",
  offline: "Checks without network",
  read: "One peering",
  list: "All peerings",
  start: "The first call",
  memory: "Memory",
  real: "Connecting real clusters",
  mesh: "Every cluster with every other",
  watch: "Looking on",
  page: "The admin page",
  growth: "How costs grow",
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
  if (!(name in FAMILIES)) throw new Error(`there is no ${name}, but ${Object.keys(FAMILIES).join(", ")}`);
  console.log(`${FAMILIES[name]}\n`);
  try {
    const rows = await runProcess("family.js", name, JSON.stringify({ quick }));
    results.families[name] = { title: FAMILIES[name], rows };
    console.log(`${table(rows)}\n`);
  } catch (error) {
    // The others are measured nevertheless.
    console.error(`${error.message}\n`);
    process.exitCode = 1;
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
if (!quick && positionals.length === 0 && !process.exitCode) await keep(results);
