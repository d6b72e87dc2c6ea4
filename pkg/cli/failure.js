// The output of a failed command: what failed, what to do next, and what exists where; and its exit code.

import { inCliTerms, summaryOf } from "./hints.js";
import { wrap } from "./layout.js";
import { printable, sentences } from "./terminal.js";

/**
 * @import { Finding, PeeringError, Progress } from "../index.js"
 * @import { Command } from "./commands/index.js"
 * @import { Output } from "./output.js"
 * @import { Participation } from "./participants.js"
 * @import { Colours } from "./terminal.js"
 *
 * @typedef {Participation & { command?: Command, env?: NodeJS.ProcessEnv, byDefault?: ByDefault }} ErrorContext
 *   the command and its clusters
 * @typedef {{ name?: string, file: string }} ByDefault  neither the options nor the environment name a cluster; `name`: the
 *   argument, which is not an alias in `file`
 *
 * @typedef {Pick<PeeringError, "operation" | "reason" | "cluster" | "peer_name" | "retryable" | "peering">} OfLibrary
 *   what only the library's errors have
 *
 * @typedef {object} OwnError
 * @property {string} code
 * @property {string} message
 * @property {string} hint
 * @property {Finding[]} findings
 * @property {{ cluster: string, peer_name?: string, code: string, what: string, fix?: string }[]} left_behind
 * @property {number} [status]
 * @property {string} [cause]
 *
 * @typedef {OwnError & Partial<OfLibrary>} Described  an error as --json has it
 * @typedef {{ message?: string, errors?: Error[], cause?: Cause }} Cause
 * @typedef {Partial<Omit<Described, "cause">> & { cause?: Cause }} Failure  anything thrown, mostly an error of the
 *   library or of the command line
 */

export const EXIT = { done: 0, failed: 1, usage: 2, checkFailed: 3, unconfirmed: 4 };

/**
 * By the error's code; all others are failures. The core rejects arguments with `invalid` or `same_cluster`.
 * @type {Record<string, number | undefined>}
 */
const EXIT_OF = {
  usage: EXIT.usage,
  invalid: EXIT.usage,
  same_cluster: EXIT.usage,
  confirmation_needed: EXIT.unconfirmed,
};

/** The reason of an abort by a signal, or because the reader of stdout has exited. */
export class Interrupted extends Error {
  name = "Interrupted";

  /**
   * @param {string} message
   * @param {number} exitCode
   */
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Whether a signal ended the command, not the reader's exit.
 * @param {AbortSignal} signal
 */
export const wasInterrupted = ({ reason }) => reason instanceof Interrupted && reason.exitCode > EXIT.checkFailed;

/**
 * Prints the error and returns the exit code.
 * @param {unknown} error
 * @param {Output} output
 * @param {Progress[]} leftBehind `left_behind` progress that came before an abort
 * @param {ErrorContext} [of]
 */
export function fail(error, output, leftBehind, of) {
  const described = describe(error, leftBehind, of);
  output.error(output.json ? JSON.stringify(described, null, 2) + "\n" : errorText(described, output.stderrColours));
  if (error instanceof Interrupted) return error.exitCode;
  return EXIT_OF[described.code] ?? EXIT.failed;
}

/**
 * Reports what does not exist: an error on stderr, and with --json, `document` on stdout. Returns the exit code.
 * @param {Output} output
 * @param {string} message
 * @param {string} [hint]
 * @param {unknown} [document]  for stdout
 */
export function failMissing(output, message, hint = "", document = null) {
  output.result(document, () => "");
  const error = Object.assign(new Error(message), { code: "not_found", hint });
  return fail(error, output, []);
}

/**
 * An error for --json, with the command line's own terms.
 * @param {unknown} error
 * @param {Progress[]} [leftBehind]
 * @param {ErrorContext} [of]
 * @returns {Described}
 */
export function describe(error, leftBehind = [], of = {}) {
  /** @type {Failure} */
  const given = error ?? {};
  const { code = "failed", message = String(error), hint = "", findings = [], left_behind = [] } = given;
  const aborted = leftBehind.map(({ cluster, peer_name, code, text }) => ({ cluster, peer_name, code, what: text }));
  /** @type {Described} */
  const described = { code, message, hint, findings, left_behind: left_behind.length ? left_behind : aborted };
  if (error instanceof Interrupted) described.code = "interrupted";
  if (given.status !== undefined) described.status = given.status;
  const cause = causeOf(given);
  if (cause && !message.includes(cause)) described.cause = cause;
  return inCliTerms({ ...described, ...ofLibrary(given) }, given, of);
}

/**
 * What only an error of the library has; `undefined` is omitted in JSON.
 * @param {Failure} error
 * @returns {Partial<OfLibrary>}
 */
function ofLibrary({ operation, reason, cluster, peer_name, retryable, peering }) {
  return operation === undefined ? {} : { operation, reason, cluster, peer_name, retryable, peering };
}

/**
 * What the runtime reported about a connection: its innermost reason.
 * @param {Failure} error
 */
function causeOf({ cause }) {
  while (cause?.cause) cause = cause.cause;
  return cause?.errors?.length ? cause.errors.map(({ message }) => message).join("; ") : cause?.message;
}

/**
 * A described error for people. Its texts may be a server's: they are escaped before anything is coloured.
 * @param {Described} described
 * @param {Colours} colour
 */
export function errorText(described, colour) {
  const { code, message, hint, findings, left_behind, cause } = escapedTexts(described);
  const reason = summaryOf(findings);
  const short = reason && message.endsWith(reason) ? `${message.slice(0, -reason.length)}invalid arguments:` : message;
  const lines = [code === "interrupted" ? short : `${colour.red("Error:")} ${short}`];
  // For a failed connection, the message has the reason; this is the TLS library's own text.
  if (cause && code !== "network") lines.push(`  ${colour.dim("Because:")} ${cause}`);
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

/**
 * Lines within the width of the terminal, indented after the first.
 * @param {string} text
 * @param {number} width
 */
function fitted(text, width) {
  const indent = `${/^ */.exec(text)?.[0]}  `;
  return text
    .split("\n")
    .map((line) => wrap(line, width - indent.length).join(`\n${indent}`))
    .join("\n");
}

/**
 * A copy of plain data whose texts can be printed; line breaks stay.
 * @template T
 * @param {T} value
 * @returns {T}
 */
function escapedTexts(value) {
  /** @param {unknown} each @returns {unknown} */
  const escaped = (each) => {
    if (typeof each === "string") return printable(each, { lines: true });
    if (Array.isArray(each)) return each.map(escaped);
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, own]) => [key, escaped(own)]));
  };
  return /** @type {T} */ (escaped(value));
}
