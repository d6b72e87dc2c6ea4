// Compares figures that do not depend on the load of the machine with a stored baseline. A change beyond the tolerance
// fails; a commit that changes a figure deliberately updates the baseline and gives the reason.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

// Compilers differ in the code that they generate.
const TIMES_FOR_ANOTHER_COMPILER = 6;

/** The version of the Rust compiler that builds the measured code. */
export const compiler = (toolchain) =>
  execFileSync("rustc", ["--version"], {
    encoding: "utf8",
    env: { ...process.env, ...(toolchain && { RUSTUP_TOOLCHAIN: toolchain }) },
  }).split(" ")[1];

/**
 * Prints `figures` next to the baseline, and fails the process if one deviates by more than `share` of it and by more than
 * `slack`, in the unit of the figure. A figure that is too low fails as well, because it would hide later growth. With
 * `--write`, stores the figures as the baseline instead.
 *
 * @param {URL} file
 */
export function compareWithBaseline(file, { rustc, figures, share, slack = 0 }) {
  const { values } = parseArgs({ options: { write: { type: "boolean" } } });
  if (values.write) return writeFileSync(file, `${JSON.stringify({ rustc, figures }, null, 2)}\n`);
  const baseline = JSON.parse(readFileSync(file, "utf8"));
  const times = rustc === baseline.rustc ? 1 : TIMES_FOR_ANOTHER_COMPILER;
  for (const name of new Set([...Object.keys(baseline.figures), ...Object.keys(figures)])) {
    const [before, now] = [baseline.figures[name] ?? 0, figures[name] ?? 0];
    const isWithin = Math.abs(now - before) <= times * Math.max(share * before, slack);
    const result = isWithin ? `${(now / before).toFixed(3)} ×` : `${before} expected: NO`;
    console.log(`${name.padEnd(30)} ${String(now).padStart(9)}  ${result}`);
    if (!isWithin) process.exitCode = 1;
  }
  if (process.exitCode)
    console.log("If the change is intended, run this with --write, and give the reason in the commit.");
}
