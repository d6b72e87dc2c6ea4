// Optimises the module that wasm-bindgen made, into target/bindgen/optimised.wasm. That keeps the names of functions, for
// benches/budget.js; tools/package.js removes them.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { blankLocations } from "./panic-locations.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const made = `${root}target/bindgen/`;
const SMALL = [
  "-Oz",
  "--converge",
  // Inlining a large function into its only caller saves bytes, but costs more once compressed.
  "--one-caller-inline-max-function-size=30",
  // Rust's stack comes first and grows down, so nothing is ever below 1 kB.
  "--low-memory-unused",
  "--debuginfo",
];
/** The functions of Rust's core that format a panic and end in the trap. No host shows the message. */
const PANICS = /\bcore\[\w+\]::(panicking|cell::\w*panic|option::\w+_failed|result::\w+_failed|slice::\S*_fail)/;

binaryen.setDebugInfo(true);
const module = binaryen.readBinary(readFileSync(`${made}consul_peering_bg.wasm`));
for (let index = 0; index < module.getNumFunctions(); index++) {
  const reference = module.getFunctionByIndex(index);
  const { name } = binaryen.getFunctionInfo(reference);
  // @ts-expect-error binaryen's types have `Function` in a module, where it is not
  if (PANICS.test(name)) binaryen.Function.setBody(reference, module.unreachable());
}
const wordless = `${made}wordless.wasm`;
const bytes = module.emitBinary();
blankLocations(bytes);
writeFileSync(wordless, bytes);
const program = `${root}node_modules/binaryen/bin/wasm-opt`;
execFileSync(process.execPath, [program, ...SMALL, wordless, "-o", `${made}optimised.wasm`], { stdio: "inherit" });
