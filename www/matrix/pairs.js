// Clusters by clusters: what each confirms of its link with each other one. Pure: no elements, no network.
import { knownState } from "../clusters/freshness.js";
import { sidesOf } from "../clusters/links.js";
import { urgency } from "../elements/state.js";
import { severity } from "../elements/verdict.js";

/**
 * @import { FreshnessKind } from "../clusters/freshness.js"
 * @import { Half as Side, Judged, Link, SeenEnd } from "../clusters/links.js"
 * @import { Verdict } from "../elements/verdict.js"
 *
 * @typedef {ReturnType<typeof none>} Counts  of the links of a cluster, or of all
 * @typedef {keyof Counts} Group
 *
 * @typedef {object} Half  a link as one of its clusters has it
 * @property {SeenEnd} side
 * @property {Link} link
 * @property {Verdict} verdict
 * @property {string[]} reasons
 *
 * @typedef {object} Cell  the link of two clusters as that of the row has it
 * @property {"self" | "link" | "missing" | "unread"} kind  unread: not known, because a cluster is not read
 * @property {Half[]} halves  the worst first
 * @property {boolean} isOneSided  the other cluster has it, this one does not
 *
 * @typedef {(side: Side, other: Side) => Judged} Judge  one side of a link that has both
 *
 * @typedef {object} Pairs
 * @property {Counts & { links: number, outside: number, unread: number }} totals
 * @property {(row: string, column: string) => Cell} cell
 * @property {(by: string) => string[]} sorted  the aliases by name, or those first whose links are in trouble
 */

const collator = new Intl.Collator(undefined, { numeric: true });

/**
 * What a verdict counts as.
 * @type {Record<Verdict, Group>}
 */
const GROUPS = {
  broken: "trouble",
  degraded: "trouble",
  unknown: "unconfirmed",
  ending: "changing",
  starting: "changing",
  healthy: "healthy",
};
/**
 * Clusters are sorted by the first of these in which they differ.
 * @type {Group[]}
 */
const ORDER = ["trouble", "unconfirmed", "changing", "missing"];
const none = () => ({ healthy: 0, trouble: 0, unconfirmed: 0, changing: 0, missing: 0 });

/**
 * Goes through all links, and may be interrupted after each.
 * @param {Map<string, FreshnessKind>} kinds  by alias, how fresh what is known of a cluster is
 * @param {Link[]} links
 * @param {Judge} judge
 * @returns {Generator<undefined, Pairs>}
 */
export function* pairsOf(kinds, links, judge) {
  const aliases = [...kinds.keys()];
  /** @param {string} alias */
  const isFresh = (alias) => kinds.get(alias) === "fresh";
  /** @type {Map<string, Counts>} */
  const scores = new Map(aliases.map((alias) => [alias, none()]));
  /** @type {Map<string, Map<string, Half[]>>} by row and column */
  const halves = new Map(aliases.map((alias) => [alias, new Map()]));
  /** @param {string} alias */
  const scoreOf = (alias) => scores.get(alias) ?? none();
  /** @param {string} row @param {string} column */
  const halvesAt = (row, column) => halves.get(row)?.get(column) ?? [];
  const totals = { links: links.length, outside: 0, unread: 0, ...none() };

  for (const link of links) {
    const { acceptor, dialer } = link;
    const group = GROUPS[link.verdict];
    const ends = new Set([acceptor.alias, dialer.alias].filter((alias) => alias !== null));
    totals[group]++;
    if (ends.size < 2) totals.outside++;
    for (const alias of ends) scoreOf(alias)[group]++;
    for (const half of ends.size < 2 ? [] : halvesOf(link, judge)) {
      const row = half.side.alias;
      const column = (half.side === acceptor ? dialer.alias : acceptor.alias) ?? "";
      halves.get(row)?.set(column, [...halvesAt(row, column), half].sort(byVerdict));
    }
    yield;
  }

  /** @param {string} a @param {string} b */
  const isLinked = (a, b) => halvesAt(a, b).length > 0 || halvesAt(b, a).length > 0;
  for (const [i, a] of aliases.entries()) {
    for (const b of aliases.slice(i + 1).filter((b) => !isLinked(a, b))) {
      if (!isFresh(a) || !isFresh(b)) totals.unread++;
      else for (const counts of [totals, scoreOf(a), scoreOf(b)]) counts.missing++;
    }
    yield;
  }

  return {
    totals,
    cell(row, column) {
      if (row === column) return { kind: "self", halves: [], isOneSided: false };
      const own = halvesAt(row, column);
      if (own.length > 0) return { kind: "link", halves: own, isOneSided: false };
      const isOneSided = isFresh(row) && halvesAt(column, row).length > 0;
      const isMissing = isOneSided || (isFresh(row) && isFresh(column));
      return { kind: isMissing ? "missing" : "unread", halves: [], isOneSided };
    },
    sorted(by) {
      /** @param {string} a @param {string} b */
      const compare = (a, b) => collator.compare(a, b);
      if (by === "name") return aliases.toSorted(compare);
      /** @param {string} a @param {string} b */
      const rank = (a, b) =>
        ORDER.reduce((sum, group) => sum || scoreOf(b)[group] - scoreOf(a)[group], 0) || compare(a, b);
      return aliases.toSorted(rank);
    },
  };
}

/**
 * Of a link whose other side is missing, the verdict is the verdict on the side that was seen.
 * @param {Link} link
 * @param {Judge} judge
 * @returns {Half[]}
 */
function halvesOf(link, judge) {
  const { acceptor, dialer, verdict, reasons } = link;
  if (acceptor.peering && dialer.peering) {
    return [
      { side: acceptor, link, ...judge(acceptor, dialer) },
      { side: dialer, link, ...judge(dialer, acceptor) },
    ];
  }
  const [side] = sidesOf(link);
  return [{ side, link, verdict, reasons: reasons.map(({ text }) => text) }];
}

/** @param {Half} a @param {Half} b */
const byVerdict = (a, b) =>
  severity(a.verdict) - severity(b.verdict) || urgency(knownState(a.side)) - urgency(knownState(b.side));
