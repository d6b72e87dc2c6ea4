// What is said of how well a cluster is known.
import { ago } from "../format.js";
import { texts } from "../texts.js";

/** What comes sooner is not worth a countdown. */
const NEXT_TOLD_MS = 4_000;

/** As a look's own status, with "refused" for a no that another ACL token may turn into a yes. */
export const statusOf = (look) => (look.freshness.kind === "denied" ? "refused" : look.status());

/** When it was last sure, or what it is waiting for: a sentence. */
export function sentenceOf(look, now = Date.now()) {
  const status = statusOf(look);
  const told = {
    first: () => texts.look.first(look.silent(now)),
    sure: () => texts.look.sure(ago(look.sureAt, now)),
    slow: () => texts.look.slow(look.silent(now), look.sureAt),
    lost: () => texts.look.lost(look.sureAt),
    failed: () => texts.look.failed,
    refused: () => look.cluster.named(look.error.message),
  }[status]();
  const left = look.againAt - now;
  return left > NEXT_TOLD_MS ? `${told.replace(/\.?$/, ".")} ${texts.look.next(left)}` : told;
}
