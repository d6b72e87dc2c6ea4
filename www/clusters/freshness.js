// Whether the data of a cluster is confirmed at the moment. Rows, filters, counts and the topology all use this. Pure.
import { isSilent } from "./failure.js";

/** A cluster is read every 2 s; many clusters on one origin share its connections, so each takes longer. */
const STALE_AFTER_MS = 10_000;
const DENIED = ["permission_denied", "acl_token_unknown"];

/**
 * @import { Failure } from "./failure.js"
 *
 * @typedef {object} Freshness
 * @property {"fresh" | "stale" | "unknown" | "denied"} kind  stale: read before, not confirmed now; unknown: never read;
 *   denied: the ACL token may not read it
 * @property {number} [readAt]  when it was last confirmed, in ms since 1970; undefined if it was never read
 * @property {{ since: number, isSilent: boolean }} [failing]  if it was never read because requests fail: since when, in ms
 *   since 1970, and whether there is no response at all
 *
 * @typedef {Freshness["kind"]} FreshnessKind
 */

/**
 * @param {{ peerings?: object[], checkedAt?: number, error?: { code: string }, retryCode?: unknown, failure?: Failure, failedAt?: number }} snapshot
 * @param {number} [now]
 * @returns {Freshness}
 */
export function freshnessOf({ peerings, checkedAt = 0, error, retryCode, failure, failedAt }, now = Date.now()) {
  const readAt = peerings && checkedAt;
  if (error && DENIED.includes(error.code)) return { kind: "denied", readAt };
  if (!peerings && failure && failedAt !== undefined)
    return { kind: "unknown", failing: { since: failedAt, isSilent: isSilent(failure) } };
  if (!peerings) return { kind: "unknown" };
  // The wall clock, because the monotonic clock stops while the machine sleeps; Math.abs because it may be set back.
  const isStale = error || retryCode || Math.abs(now - checkedAt) > STALE_AFTER_MS;
  return { kind: isStale ? "stale" : "fresh", readAt };
}

/** Replaces the state of a peering while its cluster does not confirm it. */
export const UNKNOWN = "Unknown";

/**
 * The state of a peering, or UNKNOWN while its cluster does not confirm it.
 * @param {{ peering: import("consul-peering").Peering, staleSince?: number }} side
 */
export const knownState = ({ peering, staleSince }) => (staleSince === undefined ? peering.state : UNKNOWN);
