// The results of the pairs of a mesh, for people and programs.

import { clusterOptions } from "./clusters.js";
import { describe, errorText } from "./failure.js";
import { table } from "./output.js";
import { pairOf } from "./participants.js";
import { printable } from "./terminal.js";

/**
 * @import { MeshPair, MeshResult, PeeringError } from "../index.js"
 * @import { ErrorContext } from "./failure.js"
 * @import { Colours, Style } from "./terminal.js"
 */

/** @type {Record<MeshPair["status"], Style>} */
const STATUS_COLOUR = { linked: "green", changed: "green", planned: "yellow", failed: "red" };

/**
 * A line for each pair.
 * @param {MeshResult} result
 * @param {Colours} colour
 */
export function meshTable({ pairs }, colour) {
  const rows = pairs.map(({ acceptor, dialer, status, plan, error }) => {
    const [accepts, dials] = plan.reversed ? [dialer, acceptor] : [acceptor, dialer];
    const steps = plan.steps.map(({ action }) => action).join(", ");
    const why =
      (error && whyFailed(error)) ??
      [steps, plan.steps[0]?.reason, ...plan.notes.map(({ text }) => text)].filter(Boolean).join("; ");
    return [accepts, dials, colour[STATUS_COLOUR[status]](status), why].map((cell, i) =>
      i === 2 ? cell : printable(cell),
    );
  });
  return table(["ACCEPTS", "DIALS", "STATUS", "WHAT"], rows, colour);
}

/**
 * In a word or two; an unreachable cluster with its reason.
 * @param {PeeringError} error
 */
const whyFailed = ({ code, reason }) => (code === "network" ? reason : code.replaceAll("_", " "));

/**
 * The result for --json: errors in the same form as elsewhere.
 * @param {MeshResult} result
 * @param {ErrorContext} of
 */
export function meshDocument(result, of) {
  const pairs = result.pairs.map(({ error, ...pair }) =>
    error ? { ...pair, error: describe(error, [], ofPair(pair, of)) } : pair,
  );
  return { ...result, pairs };
}

/**
 * Only the aliases of a pair take part in its errors.
 * @param {Pick<MeshPair, "acceptor" | "dialer">} pair
 * @param {ErrorContext} of
 */
const ofPair = ({ acceptor, dialer }, of) => ({ ...of, participants: pairOf(acceptor, dialer) });

/**
 * Every failure once, with what to do about it and the pairs that it has affected.
 * @param {MeshResult} result
 * @param {ErrorContext} of
 * @param {Colours} colour
 */
export function meshErrors({ pairs }, of, colour) {
  /** @type {Map<string, string[]>} the pairs that each has affected */
  const failures = new Map();
  for (const { acceptor, dialer, error } of pairs) {
    if (!error) continue;
    const text = errorText(describe(error, [], ofPair({ acceptor, dialer }, of)), colour);
    failures.set(text, [...(failures.get(text) ?? []), `${printable(acceptor)} – ${printable(dialer)}`]);
  }
  return [...failures].map(([text, left]) => (left.length > 1 ? `${text}  Failed pairs: ${left.join(", ")}\n` : text));
}

/**
 * With the hints of the command line, which knows aliases.
 * @param {MeshResult} result
 * @param {string} [clusters]  the file that says what they mean
 */
export function withHints(result, clusters) {
  for (const { acceptor, dialer, error } of result.pairs) {
    const hint = error && hintFor(acceptor, dialer, error, clusters);
    if (hint) Object.assign(error, { hint });
  }
  return result;
}

/**
 * @param {string} acceptor
 * @param {string} dialer
 * @param {PeeringError} error
 * @param {string} [clusters]
 */
function hintFor(acceptor, dialer, { code, peer_name, retryable, findings }, clusters) {
  if (findings.some(({ rule }) => rule === "rebuilt")) {
    const stale = peer_name === acceptor ? dialer : acceptor;
    return `If it was rebuilt: \`consul-peering delete ${peer_name} ${clusterOptions({ cluster: stale, clusters }).trim()}\`, then run \`mesh\` again.`;
  }
  if (code === "role_conflict" && retryable) {
    return `Another connect may be running in the other direction: run \`mesh\` again in a minute. ${byThemselves(acceptor, dialer)}`;
  }
  return HINTS[code]?.(acceptor, dialer);
}

/**
 * @param {string} acceptor
 * @param {string} dialer
 */
const byThemselves = (acceptor, dialer) =>
  `See \`consul-peering plan ${acceptor} ${dialer}\`; \`consul-peering connect\` links them under other names, and ` +
  "`mesh` then treats them as linked.";
/** @type {Record<string, ((acceptor: string, dialer: string) => string) | undefined>} */
const HINTS = {
  external_addresses_unknown: () =>
    "Set server_external_addresses of the accepting cluster in clusters.json, or [] for none: Consul drops them when " +
    "it generates a token.",
  peer_mismatch: byThemselves,
  role_conflict: byThemselves,
  same_cluster: (acceptor, dialer) => `${acceptor} and ${dialer} are aliases of the same cluster: remove one of them.`,
};
