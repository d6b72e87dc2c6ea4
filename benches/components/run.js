// The components in wasmtime, compared with the package in Node: size, loading, instantiation, a check.
// node benches/components/run.js [--quick] [--write]; `--write` puts the table into docs/components.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { format } from "prettier";
import * as policy from "../../pkg/policy-node.js";
import { HOSTS, PEERING, POLICY, ROOT, RUST } from "../../tests/components/place.js";
import { zippedLength } from "../../tools/weights.js";
import { inTurns, time } from "../pair.js";
import { amount } from "../table.js";

const DOCUMENT = `${ROOT}docs/components.md`;
const [BEGIN, END] = ["<!-- measured: written by benches/components/run.js -->", "<!-- measured: end -->"];
const PLAN = `${ROOT}tests/terraform/real/faults.json`;
const MEASURE = {
  Rust: [`${RUST}measure`],
  Python: [`${HOSTS}python/bin/python`, fileURLToPath(new URL("measure.py", import.meta.url))],
};
/** What is measured, how many times in a sample, and its name. */
const WORK = [
  ["load", 2, "compile, and the first instance"],
  ["deserialize", 50, "read the stored compilation, and the first instance"],
  ["instantiate", 200, "one more instance"],
  ["check", 50, "a check of a plan with 13 findings"],
];

const { values } = parseArgs({ options: { quick: { type: "boolean" }, write: { type: "boolean" } } });
const blocks = values.quick ? 2 : 15;

const plan = readFileSync(PLAN, "utf8");
await policy.init?.();
const module = readFileSync(`${ROOT}pkg/consul_peering_bg.wasm`);
const compiled = await WebAssembly.compile(module);
const imports = {};
for (const { module: from, name } of WebAssembly.Module.imports(compiled)) (imports[from] ??= {})[name] = () => {};
const load = () => new WebAssembly.Instance(new WebAssembly.Module(module), imports);
const inNode = {
  load,
  deserialize: load, // a program in JavaScript cannot store what was compiled
  instantiate: () => new WebAssembly.Instance(compiled, imports),
  check: () => policy.checkTerraform(JSON.parse(plan)),
};

const HEAD = ["", "component", "package in Node", "ratio", "quartiles"];
const rows = [size("consul-peering-policy.wasm, gzip", POLICY), size("consul-peering.wasm, gzip", PEERING)];
for (const [language, command] of Object.entries(MEASURE)) {
  const host = startHost(command);
  for (const [work, count, name] of WORK) {
    const [ours, raw] = [() => host.measure(work, count), () => time(inNode[work], count)];
    await inTurns(ours, raw, 1); // warms up
    const { ours: there, raw: here, ratio } = await inTurns(ours, raw, blocks);
    const quartiles = `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}`;
    const cells = [amount(there.median), amount(here.median), `${ratio.median.toFixed(2)} ×`, quartiles];
    rows.push([`wasmtime in ${language}: ${name}`, ...cells]);
  }
  host.stop();
}

const rule = HEAD.map((_, column) => (column ? "-:" : "-"));
const table = [HEAD, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
console.log(await format(table, { parser: "markdown" }));
if (values.write) {
  const [before, rest] = readFileSync(DOCUMENT, "utf8").split(BEGIN);
  const text = `${before}${BEGIN}\n\n${table}\n\n${END}${rest.split(END)[1]}`;
  writeFileSync(DOCUMENT, await format(text, { parser: "markdown", printWidth: 124, proseWrap: "always" }));
}

function size(name, file) {
  const [there, here] = [readFileSync(file), module].map(zippedLength);
  return [name, amount(there, "bytes"), amount(here, "bytes"), `${(there / here).toFixed(2)} ×`, ""];
}

/** A process that measures, a line at a time. */
function startHost([command, ...args]) {
  const child = spawn(command, [...args, POLICY, PLAN], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  return {
    async measure(work, count) {
      child.stdin.write(`${work} ${count}\n`);
      const [ms] = await once(lines, "line");
      return Number(ms);
    },
    stop: () => child.stdin.end(),
  };
}
