// How a failed command says so: what happened, what to do next, and what stands where. The exit code with it.

import { inOwnWords, summaryOf } from "./hints.js";
import { wrap } from "./layout.js";
import { printable, sentences } from "./terminal.js";

export const EXIT = { done: 0, failed: 1, usage: 2, notAsAsked: 3, unconfirmed: 4 };

/** By the error's code; all others have failed. The core refuses what was given as `invalid` or as the `same_cluster`. */
const EXIT_OF = {
  usage: EXIT.usage,
  invalid: EXIT.usage,
  same_cluster: EXIT.usage,
  confirmation_needed: EXIT.unconfirmed,
};

/** The reason of an abort by a signal, or by a reader of our output that went away. */
export class Interrupted extends Error {
  name = "Interrupted";

  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Whether Ctrl-C or its like ended the command, and not a lost reader. */
export const wasInterrupted = ({ reason }) => reason instanceof Interrupted && reason.exitCode > EXIT.notAsAsked;

/**
 * Prints the error and returns the exit code.
 * @param {unknown} error
 * @param {ReturnType<import("./output.js").createOutput>} output
 * @param {object[]} leftBehind `left_behind` progress that came before an abort
 * @param {Parameters<typeof inOwnWords>[2]} [of] the command
 */
export function fail(error, output, leftBehind, of) {
  const told = describe(error, leftBehind, of);
  output.complain(output.json ? JSON.stringify(told, null, 2) + "\n" : errorText(told, output.aside));
  if (error instanceof Interrupted) return error.exitCode;
  return EXIT_OF[told.code] ?? EXIT.failed;
}

/** An error as --json has it, in the words of the command line. */
export function describe(error, leftBehind = [], of = {}) {
  const { code = "failed", message = String(error), hint = "", findings = [], left_behind = [] } = error ?? {};
  const aborted = leftBehind.map(({ cluster, peer_name, code, text }) => ({ cluster, peer_name, code, what: text }));
  const told = { code, message, hint, findings, left_behind: left_behind.length ? left_behind : aborted };
  if (error instanceof Interrupted) told.code = "interrupted";
  if (error?.status !== undefined) told.status = error.status;
  const cause = causeOf(error);
  if (cause) told.cause = cause;
  return inOwnWords(told, error, of);
}

/** What the runtime said about a connection: its innermost reason, where the message does not have it already. */
function causeOf(error) {
  let cause = error?.cause;
  while (cause?.cause) cause = cause.cause;
  const text = cause?.errors?.length ? cause.errors.map((e) => e.message).join("; ") : cause?.message;
  return text && !error.message.includes(text) ? text : undefined;
}

/** A described error for people. Its texts may be a server's: they are escaped before anything is coloured. */
export function errorText(described, colour) {
  const { code, message, hint, findings, left_behind, cause } = escapedTexts(described);
  const said = summaryOf(findings);
  const short = said && message.endsWith(said) ? `${message.slice(0, -said.length)}this cannot work:` : message;
  const lines = [code === "interrupted" ? short : `${colour.red("Error:")} ${short}`];
  if (cause) lines.push(`  ${colour.dim("Because:")} ${cause}`);
  for (const { severity, message, fix } of findings) {
    const paint = severity === "warning" ? colour.yellow : colour.red;
    lines.push(`  ${paint(severity ?? "error")} ${sentences(message, fix)}`);
  }
  for (const { cluster, peer_name, what, fix } of left_behind) {
    lines.push(
      `  ${colour.yellow("Left behind")} on ${cluster}${peer_name ? `, peering "${peer_name}"` : ""}: ${what}`,
    );
    if (fix) lines.push(`    ${fix}`);
  }
  if (hint) lines.push(`  ${colour.cyan("Next:")} ${hint}`);
  return lines.map((line) => `${fitted(line, colour.width)}\n`).join("");
}

/** Lines within the width of the terminal, the further ones indented below the first. */
function fitted(text, width) {
  const indent = `${/^ */.exec(text)[0]}  `;
  return text
    .split("\n")
    .map((line) => wrap(line, width - indent.length).join(`\n${indent}`))
    .join("\n");
}

/** A copy of plain data whose texts can be printed; line breaks stay. */
function escapedTexts(value) {
  if (typeof value === "string") return printable(value, { lines: true });
  if (Array.isArray(value)) return value.map(escapedTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, escapedTexts(each)]));
}
