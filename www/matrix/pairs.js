// Clusters by clusters: what each confirms of its link with each other one. Pure: no elements, no network.
import { knownState } from "../clusters/freshness.js";
import { urgency } from "../elements/state.js";
import { severity } from "../elements/verdict.js";

const collator = new Intl.Collator(undefined, { numeric: true });

/** What a verdict counts as. */
const GROUPS = {
  broken: "trouble",
  degraded: "trouble",
  unknown: "unconfirmed",
  ending: "changing",
  starting: "changing",
  healthy: "healthy",
};
/** Clusters are sorted by the first of these in which they differ. */
const ORDER = ["trouble", "unconfirmed", "changing", "missing"];
const none = () => ({ healthy: 0, trouble: 0, unconfirmed: 0, changing: 0, missing: 0 });

/**
 * @typedef {object} Half  a link as one of its clusters has it
 * @property {End} side
 * @property {Link} link
 * @property {string} verdict
 * @property {string[]} reasons
 *
 * @typedef {object} Cell  the link of two clusters as that of the row has it
 * @property {"self" | "link" | "missing" | "unread"} kind  unread: not known, because a cluster is not read
 * @property {Half[]} halves  the worst first
 * @property {boolean} isOneSided  the other cluster has it, this one does not
 *
 * Goes through all links, and may be interrupted after each.
 * @param {Map<string, string>} kinds  by alias, how fresh what is known of a cluster is
 * @param {import("../clusters/links.js").Link[]} links
 * @param {(side: End, other: End) => { verdict: string, reasons: string[] }} judge  one side of a link that has both
 */
export function* pairsOf(kinds, links, judge) {
  const aliases = [...kinds.keys()];
  const isFresh = (alias) => kinds.get(alias) === "fresh";
  const scores = new Map(aliases.map((alias) => [alias, none()]));
  const halves = new Map(aliases.map((alias) => [alias, new Map()]));
  const totals = { links: links.length, outside: 0, unread: 0, ...none() };

  for (const link of links) {
    const { acceptor, dialer } = link;
    const group = GROUPS[link.verdict];
    const ends = new Set([acceptor.alias, dialer.alias].filter((alias) => alias !== null));
    totals[group]++;
    if (ends.size < 2) totals.outside++;
    for (const alias of ends) scores.get(alias)[group]++;
    for (const half of ends.size < 2 ? [] : halvesOf(link, judge)) {
      const row = halves.get(half.side.alias);
      const column = half.side === acceptor ? dialer.alias : acceptor.alias;
      row.set(column, [...(row.get(column) ?? []), half].sort(byVerdict));
    }
    yield;
  }

  const isLinked = (a, b) => halves.get(a).has(b) || halves.get(b).has(a);
  for (const [i, a] of aliases.entries()) {
    for (const b of aliases.slice(i + 1).filter((b) => !isLinked(a, b))) {
      if (!isFresh(a) || !isFresh(b)) totals.unread++;
      else for (const counts of [totals, scores.get(a), scores.get(b)]) counts.missing++;
    }
    yield;
  }

  return {
    totals,
    /** @returns {Cell} */
    cell(row, column) {
      if (row === column) return { kind: "self", halves: [], isOneSided: false };
      const own = halves.get(row).get(column) ?? [];
      if (own.length > 0) return { kind: "link", halves: own, isOneSided: false };
      const isOneSided = isFresh(row) && halves.get(column).has(row);
      const isMissing = isOneSided || (isFresh(row) && isFresh(column));
      return { kind: isMissing ? "missing" : "unread", halves: [], isOneSided };
    },
    /** The aliases by name, or those first whose links are in trouble. */
    sorted(by) {
      const compare = (a, b) => collator.compare(a, b);
      if (by === "name") return aliases.toSorted(compare);
      const rank = (a, b) =>
        ORDER.reduce((sum, group) => sum || scores.get(b)[group] - scores.get(a)[group], 0) || compare(a, b);
      return aliases.toSorted(rank);
    },
  };
}

/** Of a link whose other side is missing, the verdict is the verdict on the side that was seen. */
function halvesOf(link, judge) {
  const { acceptor, dialer, verdict, reasons, missing } = link;
  if (missing === null) {
    return [
      { side: acceptor, link, ...judge(acceptor, dialer) },
      { side: dialer, link, ...judge(dialer, acceptor) },
    ];
  }
  const side = acceptor.peering ? acceptor : dialer;
  return [{ side, link, verdict, reasons: reasons.map(({ text }) => text) }];
}

const byVerdict = (a, b) =>
  severity(a.verdict) - severity(b.verdict) || urgency(knownState(a.side)) - urgency(knownState(b.side));
