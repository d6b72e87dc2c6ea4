// Programs that use the package, each in a process of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const PACKAGE = new URL("../../pkg/node.js", import.meta.url);

/** Runs a program in its own process, with the package as `p`, and kills it after `seconds`. */
export function inProcess(program, { seconds = 30, load = "import * as p from" } = {}) {
  const path = fileURLToPath(PACKAGE);
  const source = load.startsWith("import")
    ? `${load} ${JSON.stringify(PACKAGE.href)};\n${program}`
    : `const p = require(${JSON.stringify(path)});\n${program}`;
  const type = load.startsWith("import") ? "module" : "commonjs";
  const { stdout, stderr, status, error } = spawnSync(process.execPath, [`--input-type=${type}`, "--eval", source], {
    encoding: "utf8",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
  });
  assert.equal(error?.code, undefined, `not done after ${seconds} s`);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}
