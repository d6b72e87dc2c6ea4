// wasm-opt, as this module is made small by it.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const WASM_OPT = fileURLToPath(new URL("../node_modules/binaryen/bin/wasm-opt", import.meta.url));
// A large function put into its only caller saves bytes, and costs more of them once compressed.
const SMALL = ["-Oz", "--converge", "--one-caller-inline-max-function-size=30"];

/** Makes `to` from `from`; `more` options say what is left out, or kept. */
export function makeSmall(from, to, ...more) {
  execFileSync(process.execPath, [WASM_OPT, ...SMALL, ...more, from, "-o", to], { stdio: "inherit" });
}
