// The size of each part of the module in bytes, compared with budget.json: the code in the .wasm by part of src/ or by
// crate, the JavaScript of the glue by file, and the loaded files, gzipped.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { zippedLength } from "../tools/weights.js";
import { compiler, compareWithBaseline } from "./baseline.js";
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

// The released module, with the names of its functions.
const { functions, sections } = anatomy(readFileSync(`${made}optimised.wasm`));
for (const [name, length] of functions) add(`wasm ${part(name)}`, length);
add("wasm data", sections[DATA]);

const { outputs } = JSON.parse(readFileSync(`${made}glue.json`, "utf8"));
for (const [file, { bytesInOutput }] of Object.entries(Object.values(outputs)[0].inputs)) {
  add(`glue ${file.split("/").at(-1)}`, bytesInOutput);
}

const rustc = compiler(execFileSync(`${root}tools/wasm32`, { encoding: "utf8" }).trim());
compareWithBaseline(new URL("budget.json", import.meta.url), { rustc, figures, share: 0.02, slack: 150 });

/** The part of src/ or the crate that a function belongs to. */
function part(name) {
  // In `<A as B>::c`, the project's own type takes precedence over a library's.
  const own = /\bconsul_peering(?:\[\w+\])?::(rules|consul|decide|operations|host|js)::(\w+)/.exec(name);
  if (own) return `${own[1]}/${own[2]}`;
  const crate = /\b(core|alloc|std|talc|js_sys|wasm_bindgen|futures_util|dlmalloc)\b/.exec(name);
  // An export has its JavaScript name, and is a rule or an operation with everything that is inlined into it.
  return crate?.[1] ?? "exports";
}
