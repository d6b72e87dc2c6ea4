// What each part of the module weighs, in bytes, held against budget.json: the code in the .wasm by the part of src/ or
// the crate that it is from, the JavaScript in the glue by its file, and what is loaded, gzipped.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { zippedLength } from "../tools/weights.js";
import { compiler, hold } from "./known.js";
import { anatomy } from "./wasm.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const made = `${root}target/bindgen/`;
const DATA = 11;

const figures = {};
const add = (part, bytes) => (figures[part] = (figures[part] ?? 0) + bytes);

for (const name of ["consul_peering_bg.wasm", "consul_peering.js", "node.js"]) {
  const bytes = zippedLength(readFileSync(`${root}pkg/${name}`));
  add(`gzip ${name}`, bytes);
  add("gzip in all", bytes);
}

// Loaded only by programs that import the simulator, so it is not part of the sum.
for (const name of ["simulator_bg.wasm", "simulator/glue.js"]) {
  add(`gzip ${name}`, zippedLength(readFileSync(`${root}pkg/${name}`)));
}

// What is shipped, with the names of functions.
const { functions, sections } = anatomy(readFileSync(`${made}optimised.wasm`));
for (const [name, length] of functions) add(`wasm ${part(name)}`, length);
add("wasm data", sections[DATA]);

const { outputs } = JSON.parse(readFileSync(`${made}glue.json`, "utf8"));
for (const [file, { bytesInOutput }] of Object.entries(Object.values(outputs)[0].inputs)) {
  add(`glue ${file.split("/").at(-1)}`, bytesInOutput);
}

const rustc = compiler(execFileSync(`${root}tools/wasm32`, { encoding: "utf8" }).trim());
hold(new URL("budget.json", import.meta.url), { rustc, figures, share: 0.02, slack: 150 });

/** Where a function is from. */
function part(name) {
  // Of `<A as B>::c`, what is ours counts before what is a library's.
  const ours = /\bconsul_peering(?:\[\w+\])?::(rules|consul|decide|operations|host|js)::(\w+)/.exec(name);
  if (ours) return `${ours[1]}/${ours[2]}`;
  const crate = /\b(core|alloc|std|talc|js_sys|wasm_bindgen|futures_util|dlmalloc)\b/.exec(name);
  // An export has the name that JavaScript calls it by, and is a rule or an operation with all that was put into it.
  return crate?.[1] ?? "exports";
}
