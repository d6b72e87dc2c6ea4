// Confirmation before anything is deleted. If stdin is not a terminal, only --yes confirms.

import { createInterface } from "node:readline/promises";
import { printable } from "./terminal.js";

/**
 * @import { Output } from "./output.js"
 *
 * @typedef {{ stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream, signal: AbortSignal, output: Output }} Terminal
 */

/** The command is valid, but needs a confirmation that this run cannot get. Exit code 4. */
export class ConfirmationNeeded extends Error {
  name = "ConfirmationNeeded";
  code = "confirmation_needed";
  hint = "Pass --yes to confirm.";
}

/**
 * @param {string} command  its name
 * @param {string} warning  what will be deleted, in sentences
 * @param {string} question
 * @param {Terminal} context
 * @returns {Promise<boolean>} if false, it has been printed that nothing was deleted
 */
export async function mayDelete(command, warning, question, context) {
  if (!context.stdin.isTTY) {
    throw new ConfirmationNeeded(`\`${command}\` needs confirmation, but stdin is not a terminal. ${warning}`);
  }
  context.output.error(`${printable(warning, { lines: true })}\n`);
  if (await confirmed(`${printable(question)} [y/N] `, context)) return true;
  context.output.error("Nothing was deleted.\n");
  return false;
}

/**
 * @param {string} question
 * @param {Terminal} terminal
 */
async function confirmed(question, { stdin, stderr, signal }) {
  const terminal = createInterface({ input: stdin, output: stderr });
  // readline handles Ctrl-C itself.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  /** @type {Promise<string>} */
  const closed = new Promise((answer) => terminal.once("close", () => answer("\n"))); // Ctrl-D
  try {
    const answer = await Promise.race([terminal.question(question, { signal }), closed]);
    if (answer === "\n") stderr.write(answer);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
