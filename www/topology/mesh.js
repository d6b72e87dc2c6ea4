// The links as the drawing takes them. Pure: no elements, no network.
import { linksOf as allLinks } from "../clusters/links.js";

/** The drawing shows states; it has no verdicts. */
const judge = () => ({ verdict: "healthy", reasons: [] });

/**
 * Every link once: `{ key, a, b, to, state }`, where `a` and `b` are sides (`b` undefined where it is not seen), `to` is
 * the cluster at the other end, if it is one of `aliases`, and `state` is that side's which needs attention first.
 */
export function linksOf(all, aliases) {
  const clusters = aliases.map((alias) => ({ alias, freshness: { kind: "fresh" } }));
  return allLinks(all, clusters, judge).map(({ key, acceptor, dialer, missing, state }) => {
    const [a, b] = acceptor.peering ? [acceptor, dialer] : [dialer, acceptor];
    return { key, a, b: missing === null ? b : undefined, to: b.alias ?? undefined, state };
  });
}
