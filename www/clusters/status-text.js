// Texts about the status of a cluster.
import { causeOf, isSilent } from "./failure.js";
import { ago } from "../format.js";
import { texts } from "../texts.js";

/** @import { Snapshot } from "./snapshot.js" */

/** A countdown is shown only if the next attempt is later than this. */
const COUNTDOWN_MS = 10_000;

/**
 * The status of a snapshot, or "denied" if the ACL token may not read the cluster, or "error" if the cluster returns errors.
 * @param {Snapshot} snapshot
 */
export function statusOf(snapshot) {
  if (snapshot.freshness.kind === "denied") return "denied";
  return snapshot.failure && !isSilent(snapshot.failure) ? "error" : snapshot.status();
}

/**
 * The status of a cluster that is not confirmed now; empty if it is.
 * @param {Snapshot} snapshot
 */
export const staleStatusOf = (snapshot) =>
  snapshot.freshness.kind === "fresh" ? "" : texts.clusters.status[statusOf(snapshot)];

/**
 * Sentences about when the cluster was last checked, why it cannot be read, and when it is retried.
 * @param {Snapshot} snapshot
 * @param {number} [now]
 */
export function sentenceOf(snapshot, now = Date.now()) {
  const { alias } = snapshot.cluster;
  const status = statusOf(snapshot);
  switch (status) {
    case "reading":
      return texts.connection.reading(snapshot.silentFor(now));
    case "current":
      return texts.connection.current(ago(snapshot.checkedAt ?? now, now));
    case "slow":
      return [texts.connection.slow(alias, snapshot.silentFor(now)), lastChecked(snapshot)].join(" ");
    default:
      return [reasonOf(snapshot), lastChecked(snapshot), nextAttempt(snapshot, now)].filter(Boolean).join(" ");
  }
}

/**
 * The package's reason and hint, if the status alone does not explain what to do.
 * @param {Snapshot} snapshot
 * @returns {string[]}
 */
export function detailsOf(snapshot) {
  const { error, failure } = snapshot;
  if (!error || !failure || isSilent(failure) || failure.cause) return [];
  return statusOf(snapshot) === "denied" ? [error.hint] : [snapshot.cluster.withAlias(error.reason), error.hint];
}

/** @param {Snapshot} snapshot */
function reasonOf({ cluster, failure }) {
  const { alias, tokenAdded, tokenTyped } = cluster;
  if (!failure) return "";
  if (failure.code === "acl_token_unknown") return texts.connection.tokenUnknown(alias);
  if (failure.code === "permission_denied") return texts.connection.denied(alias, tokenAdded || tokenTyped);
  return texts.connection[isSilent(failure) ? "silent" : "error"](alias, describeFailure(failure));
}

/** @param {import("./failure.js").Failure} failure */
export function describeFailure(failure) {
  const cause = causeOf(failure);
  return texts.connection[isSilent(failure) ? "causes" : "codes"][cause] ?? cause;
}

/** @param {Snapshot} snapshot */
const lastChecked = ({ peerings, checkedAt = 0 }) => (peerings ? texts.connection.checked(checkedAt) : "");

/**
 * @param {Snapshot} snapshot
 * @param {number} now
 */
function nextAttempt({ error, retryAt = 0 }, now) {
  if (!error || error.retryable) return texts.connection.retrying;
  return retryAt - now > COUNTDOWN_MS ? texts.connection.next(retryAt - now) : texts.connection.retrying;
}
