// Whether what is shown of a cluster can be relied on. The one answer to that: it decides what a row says, what a filter
// and a count take it for, and how the topology is drawn. Pure.
import { isSilent } from "./failure.js";

/** A cluster confirms its peerings every 2 s; many on one origin take longer to get their turn. */
const STALE_AFTER_MS = 10_000;
const DENIED = ["permission_denied", "acl_token_unknown"];

/**
 * @import { Failure } from "./failure.js"
 *
 * @typedef {object} Freshness
 * @property {"fresh" | "stale" | "unknown" | "denied"} kind  stale: was read, and is not confirmed now; unknown: never
 *   read; denied: the ACL token may not read it
 * @property {number} [readAt]  when it was last confirmed, in ms; where it was ever read
 * @property {{ since: number, isSilent: boolean }} [failing]  of one that was never read because requests fail: since when,
 *   in ms, and whether without a response
 *
 * @typedef {Freshness["kind"]} FreshnessKind
 */

/**
 * @param {{ peerings?: object[], sureAt?: number, error?: { code: string }, trouble?: unknown, failure?: Failure, failedAt?: number }} look
 * @param {number} [now]
 * @returns {Freshness}
 */
export function freshnessOf({ peerings, sureAt = 0, error, trouble, failure, failedAt }, now = Date.now()) {
  const readAt = peerings && sureAt;
  if (error && DENIED.includes(error.code)) return { kind: "denied", readAt };
  if (!peerings && failure && failedAt !== undefined)
    return { kind: "unknown", failing: { since: failedAt, isSilent: isSilent(failure) } };
  if (!peerings) return { kind: "unknown" };
  // A date, not the monotonic clock, which stops while the machine sleeps. A date that was set back says nothing.
  const isStale = error || trouble || Math.abs(now - sureAt) > STALE_AFTER_MS;
  return { kind: isStale ? "stale" : "fresh", readAt };
}

/** What a peering's state is called where its cluster does not confirm it. */
export const UNKNOWN = "Unknown";

/**
 * The state of a peering as far as it is known now.
 * @param {{ peering: import("consul-peering").Peering, staleSince?: number }} side  as Live has it
 */
export const knownState = ({ peering, staleSince }) => (staleSince === undefined ? peering.state : UNKNOWN);
