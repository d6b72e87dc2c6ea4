// Figures that do not depend on a machine's mood, held against those that were written down: what is measured here may
// grow, but never without somebody saying so.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

// Another compiler makes other code.
const TIMES_FOR_ANOTHER_COMPILER = 6;

/** The version of the Rust that makes what is measured. */
export const compiler = (toolchain) =>
  execFileSync("rustc", ["--version"], {
    encoding: "utf8",
    env: { ...process.env, ...(toolchain && { RUSTUP_TOOLCHAIN: toolchain }) },
  }).split(" ")[1];

/**
 * Prints `figures` beside the known ones, and makes the process fail where one is further from them than it may be: a
 * share, and beside it `slack` of its own unit. A figure that is too low is as wrong as one that is too high, since it
 * hides what comes next. With `--write` they are written down instead.
 *
 * @param {URL} file
 */
export function hold(file, { rustc, figures, share, slack = 0 }) {
  const { values } = parseArgs({ options: { write: { type: "boolean" } } });
  if (values.write) return writeFileSync(file, `${JSON.stringify({ rustc, figures }, null, 2)}\n`);
  const known = JSON.parse(readFileSync(file, "utf8"));
  const times = rustc === known.rustc ? 1 : TIMES_FOR_ANOTHER_COMPILER;
  for (const name of new Set([...Object.keys(known.figures), ...Object.keys(figures)])) {
    const [before, now] = [known.figures[name] ?? 0, figures[name] ?? 0];
    const held = Math.abs(now - before) <= times * Math.max(share * before, slack);
    const said = held ? `${(now / before).toFixed(3)} ×` : `${before} is what is known: NO`;
    console.log(`${name.padEnd(30)} ${String(now).padStart(9)}  ${said}`);
    if (!held) process.exitCode = 1;
  }
  if (process.exitCode) console.log("Where it is meant to be so, run this with --write, and say why in the commit.");
}
