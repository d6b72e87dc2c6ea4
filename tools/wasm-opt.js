// wasm-opt with the options that make this module small.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { blankLocations } from "./panic-locations.js";

const WASM_OPT = fileURLToPath(new URL("../node_modules/binaryen/bin/wasm-opt", import.meta.url));
const SMALL = [
  "-Oz",
  "--converge",
  // Inlining a large function into its only caller saves bytes, but costs more once compressed.
  "--one-caller-inline-max-function-size=30",
  // Rust's stack comes first and grows down, so nothing is ever below 1 kB.
  "--low-memory-unused",
];
/** The functions of Rust's core that format a panic and end in the trap. No host shows the message. */
const PANICS = /\bcore\[\w+\]::(panicking|cell::\w*panic|option::\w+_failed|result::\w+_failed|slice::\S*_fail)/;

/** After wasm-bindgen, not by cargo's `strip`: wasm-bindgen reads a section that stripping removes. */
export const BARE = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/**
 * Writes `to` from `from` without unneeded parts.
 * @param {string} from
 * @param {string} to
 */
export function strip(from, to) {
  execFileSync(process.execPath, [WASM_OPT, ...BARE, from, "-o", to], { stdio: "inherit" });
}

/**
 * Writes `to` from `from`; `more` are further options.
 * @param {string} from
 * @param {string} to
 * @param {string[]} more
 */
export function makeSmall(from, to, ...more) {
  binaryen.setDebugInfo(true);
  const module = binaryen.readBinary(readFileSync(from));
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const reference = module.getFunctionByIndex(index);
    const { name } = binaryen.getFunctionInfo(reference);
    // @ts-expect-error binaryen's types have `Function` in a module, where it is not
    if (PANICS.test(name)) binaryen.Function.setBody(reference, module.unreachable());
  }
  const wordless = `${from}.wordless`;
  const bytes = module.emitBinary();
  blankLocations(bytes);
  writeFileSync(wordless, bytes);
  execFileSync(process.execPath, [WASM_OPT, ...SMALL, ...more, wordless, "-o", to], { stdio: "inherit" });
}
