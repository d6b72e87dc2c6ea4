// What is said of how well a cluster is known.
import { causeOf, isSilent } from "./failure.js";
import { ago } from "../format.js";
import { texts } from "../texts.js";

/** What comes sooner is not worth a countdown. */
const COUNTED_MS = 10_000;

/** As a look's own status, with "refused" where another ACL token may be allowed to read. */
export const statusOf = (look) => (look.freshness.kind === "denied" ? "refused" : look.status());

/** When it was last checked, or what it is waiting for: sentences. */
export function sentenceOf(look, now = Date.now()) {
  const { alias } = look.cluster;
  const status = statusOf(look);
  switch (status) {
    case "first":
      return texts.look.first(look.silent(now));
    case "sure":
      return texts.look.sure(ago(look.sureAt, now));
    case "slow":
      return [texts.look.slow(alias, look.silent(now)), checked(look)].join(" ");
    default:
      return [whyOf(look), checked(look), nextOf(look, now)].filter(Boolean).join(" ");
  }
}

/** What the package says besides, where the reason alone does not say what to do. */
export function detailsOf(look) {
  const { error, failure } = look;
  if (!error || isSilent(failure)) return [];
  return statusOf(look) === "refused" ? [error.hint] : [look.cluster.named(error.reason), error.hint];
}

function whyOf({ cluster, failure }) {
  const { alias, tokenAdded, tokenTyped } = cluster;
  if (failure.code === "acl_token_unknown") return texts.look.tokenUnknown(alias);
  if (failure.code === "permission_denied") return texts.look.denied(alias, tokenAdded || tokenTyped);
  if (!isSilent(failure)) return texts.look.error(alias, texts.look.codes[failure.code] ?? failure.code);
  const cause = causeOf(failure);
  return texts.look.silent(alias, texts.look.causes[cause] ?? cause);
}

const checked = ({ peerings, sureAt }) => peerings && texts.look.checked(sureAt);

function nextOf({ error, againAt }, now) {
  if (!error || error.retryable) return texts.look.retrying;
  return againAt - now > COUNTED_MS ? texts.look.next(againAt - now) : texts.look.retrying;
}
