// What is said of how well a cluster is known.
import { causeOf, isSilent } from "./failure.js";
import { ago } from "../format.js";
import { texts } from "../texts.js";

/** @import { Look } from "./look.js" */

/** What comes sooner is not worth a countdown. */
const COUNTED_MS = 10_000;

/**
 * As a look's own status, but for two: "refused" where another ACL token may be allowed to read, "faulty" where it responds
 * with an error.
 * @param {Look} look
 */
export function statusOf(look) {
  if (look.freshness.kind === "denied") return "refused";
  return look.failure && !isSilent(look.failure) ? "faulty" : look.status();
}

/**
 * Its status in words where what is shown of it is not confirmed now; else nothing.
 * @param {Look} look
 */
export const doubtOf = (look) => (look.freshness.kind === "fresh" ? "" : texts.clusters.status[statusOf(look)]);

/**
 * When it was last checked, or what it is waiting for: sentences.
 * @param {Look} look
 * @param {number} [now]
 */
export function sentenceOf(look, now = Date.now()) {
  const { alias } = look.cluster;
  const status = statusOf(look);
  switch (status) {
    case "first":
      return texts.look.first(look.silent(now));
    case "sure":
      return texts.look.sure(ago(look.sureAt ?? now, now));
    case "slow":
      return [texts.look.slow(alias, look.silent(now)), checked(look)].join(" ");
    default:
      return [whyOf(look), checked(look), nextOf(look, now)].filter(Boolean).join(" ");
  }
}

/**
 * What the package says besides, where the reason alone does not say what to do.
 * @param {Look} look
 * @returns {string[]}
 */
export function detailsOf(look) {
  const { error, failure } = look;
  if (!error || !failure || isSilent(failure) || failure.cause) return [];
  return statusOf(look) === "refused" ? [error.hint] : [look.cluster.named(error.reason), error.hint];
}

/** @param {Look} look */
function whyOf({ cluster, failure }) {
  const { alias, tokenAdded, tokenTyped } = cluster;
  if (!failure) return "";
  if (failure.code === "acl_token_unknown") return texts.look.tokenUnknown(alias);
  if (failure.code === "permission_denied") return texts.look.denied(alias, tokenAdded || tokenTyped);
  return texts.look[isSilent(failure) ? "silent" : "error"](alias, wordsOf(failure));
}

/** @param {import("./failure.js").Failure} failure */
export function wordsOf(failure) {
  const cause = causeOf(failure);
  return texts.look[isSilent(failure) ? "causes" : "codes"][cause] ?? cause;
}

/** @param {Look} look */
const checked = ({ peerings, sureAt = 0 }) => (peerings ? texts.look.checked(sureAt) : "");

/**
 * @param {Look} look
 * @param {number} now
 */
function nextOf({ error, againAt = 0 }, now) {
  if (!error || error.retryable) return texts.look.retrying;
  return againAt - now > COUNTED_MS ? texts.look.next(againAt - now) : texts.look.retrying;
}
