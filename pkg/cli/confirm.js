// Before anything is deleted: what will be, and a question. Where nobody can answer it, only --yes goes on.

import { createInterface } from "node:readline/promises";
import { printable } from "./terminal.js";
import { UsageError } from "./usage-error.js";

/** Refuses where nobody can answer. */
export function refuseUnasked(command, warning, { stdin }) {
  if (stdin.isTTY) return;
  throw new UsageError(`\`${command}\` asks first, and nobody can answer here. ${warning}`, "Add --yes to go on.");
}

/**
 * @param {string} command  its name
 * @param {string} warning  what will be deleted, in sentences
 * @param {string} question
 * @param {{ stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream, signal: AbortSignal, output: object }} context
 * @returns {Promise<boolean>} a no has been told
 */
export async function mayDelete(command, warning, question, context) {
  refuseUnasked(command, warning, context);
  context.output.complain(`${printable(warning, { lines: true })}\n`);
  if (await confirmed(`${printable(question)} [y/N] `, context)) return true;
  context.output.complain("Nothing was deleted.\n");
  return false;
}

async function confirmed(question, { stdin, stderr, signal }) {
  const terminal = createInterface({ input: stdin, output: stderr });
  // readline keeps Ctrl-C to itself.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const closed = new Promise((answer) => terminal.once("close", () => answer("\n"))); // Ctrl-D
  try {
    const answer = await Promise.race([terminal.question(question, { signal }), closed]);
    if (answer === "\n") stderr.write(answer);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
