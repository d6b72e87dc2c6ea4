// The links of all pairs of clusters, in both directions, with their counts. Pure: no elements, no network.
import { knownState } from "../clusters/freshness.js";
import { sidesOf } from "../clusters/links.js";
import { urgency } from "../elements/state.js";
import { severity } from "../elements/verdict.js";

/**
 * @import { FreshnessKind } from "../clusters/freshness.js"
 * @import { Evaluation, Link, PeeringSide, ReadEnd } from "../clusters/links.js"
 * @import { Verdict } from "../elements/verdict.js"
 *
 * @typedef {ReturnType<typeof zero>} Counts  of the links of a cluster, or of all
 * @typedef {keyof Counts} Group
 *
 * @typedef {object} Direction  a link from the view of one of its clusters
 * @property {ReadEnd} side
 * @property {Link} link
 * @property {Verdict} verdict
 * @property {string[]} reasons
 *
 * @typedef {object} Cell  the links of two clusters from the view of the row's cluster
 * @property {"self" | "link" | "missing" | "unread"} kind  unread: unknown, because a cluster could not be read
 * @property {Direction[]} directions  the worst first
 * @property {boolean} isOneSided  only the other cluster has a peering
 *
 * @typedef {(side: PeeringSide, other: PeeringSide) => Evaluation} Evaluate  evaluates one side of a link that has both
 *
 * @typedef {object} Pairs
 * @property {Counts & { links: number, outside: number, unread: number }} totals
 * @property {(row: string, column: string) => Cell} cell
 * @property {(by: string) => string[]} sorted  the aliases by name, or those with the most unhealthy links first
 */

const collator = new Intl.Collator(undefined, { numeric: true });

/**
 * The group that each verdict counts for.
 * @type {Record<Verdict, Group>}
 */
const GROUPS = {
  broken: "unhealthy",
  degraded: "unhealthy",
  unknown: "unconfirmed",
  ending: "changing",
  starting: "changing",
  healthy: "healthy",
};
/**
 * The sort keys of clusters, the most significant first.
 * @type {Group[]}
 */
const ORDER = ["unhealthy", "unconfirmed", "changing", "missing"];
const zero = () => ({ healthy: 0, unhealthy: 0, unconfirmed: 0, changing: 0, missing: 0 });

/**
 * Computes the pairs; may be interrupted after each link.
 * @param {Map<string, FreshnessKind>} kinds  the freshness of each cluster, by alias
 * @param {Link[]} links
 * @param {Evaluate} evaluate
 * @returns {Generator<undefined, Pairs>}
 */
export function* pairsOf(kinds, links, evaluate) {
  const aliases = [...kinds.keys()];
  /** @param {string} alias */
  const isFresh = (alias) => kinds.get(alias) === "fresh";
  /** @type {Map<string, Counts>} */
  const counts = new Map(aliases.map((alias) => [alias, zero()]));
  /** @type {Map<string, Map<string, Direction[]>>} by row and column */
  const directions = new Map(aliases.map((alias) => [alias, new Map()]));
  /** @param {string} alias */
  const countsOf = (alias) => counts.get(alias) ?? zero();
  /** @param {string} row @param {string} column */
  const directionsAt = (row, column) => directions.get(row)?.get(column) ?? [];
  const totals = { links: links.length, outside: 0, unread: 0, ...zero() };

  for (const link of links) {
    const { acceptor, dialer } = link;
    const group = GROUPS[link.verdict];
    const ends = new Set([acceptor.alias, dialer.alias].filter((alias) => alias !== null));
    totals[group]++;
    if (ends.size < 2) totals.outside++;
    for (const alias of ends) countsOf(alias)[group]++;
    for (const direction of ends.size < 2 ? [] : directionsOf(link, evaluate)) {
      const row = direction.side.alias;
      const column = (direction.side === acceptor ? dialer.alias : acceptor.alias) ?? "";
      directions.get(row)?.set(column, [...directionsAt(row, column), direction].sort(byVerdict));
    }
    yield;
  }

  /** @param {string} a @param {string} b */
  const isLinked = (a, b) => directionsAt(a, b).length > 0 || directionsAt(b, a).length > 0;
  for (const [i, a] of aliases.entries()) {
    for (const b of aliases.slice(i + 1).filter((b) => !isLinked(a, b))) {
      if (!isFresh(a) || !isFresh(b)) totals.unread++;
      else for (const each of [totals, countsOf(a), countsOf(b)]) each.missing++;
    }
    yield;
  }

  return {
    totals,
    cell(row, column) {
      if (row === column) return { kind: "self", directions: [], isOneSided: false };
      const own = directionsAt(row, column);
      if (own.length > 0) return { kind: "link", directions: own, isOneSided: false };
      const isOneSided = isFresh(row) && directionsAt(column, row).length > 0;
      const isMissing = isOneSided || (isFresh(row) && isFresh(column));
      return { kind: isMissing ? "missing" : "unread", directions: [], isOneSided };
    },
    sorted(by) {
      /** @param {string} a @param {string} b */
      const compare = (a, b) => collator.compare(a, b);
      if (by === "name") return aliases.toSorted(compare);
      /** @param {string} a @param {string} b */
      const rank = (a, b) =>
        ORDER.reduce((sum, group) => sum || countsOf(b)[group] - countsOf(a)[group], 0) || compare(a, b);
      return aliases.toSorted(rank);
    },
  };
}

/**
 * If a side is missing, the verdict on the link is the verdict on the other side.
 * @param {Link} link
 * @param {Evaluate} evaluate
 * @returns {Direction[]}
 */
function directionsOf(link, evaluate) {
  const { acceptor, dialer, verdict, reasons } = link;
  if (acceptor.peering && dialer.peering) {
    return [
      { side: acceptor, link, ...evaluate(acceptor, dialer) },
      { side: dialer, link, ...evaluate(dialer, acceptor) },
    ];
  }
  const [side] = sidesOf(link);
  return [{ side, link, verdict, reasons: reasons.map(({ text }) => text) }];
}

/** @param {Direction} a @param {Direction} b */
const byVerdict = (a, b) =>
  severity(a.verdict) - severity(b.verdict) || urgency(knownState(a.side)) - urgency(knownState(b.side));
