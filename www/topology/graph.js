// What the drawing consists of: nodes, edges, and where they go. Pure: no elements, no network.
import { outside, ring, star } from "./layout.js";
import { hrefOf } from "../route.js";
import { urgency } from "../elements/state.js";
import { texts } from "../texts.js";

/** So many peers are drawn around a cluster that is alone, and outside a ring of clusters, where there is room. */
const PEERS_MAX = 40;
const OUTER_MAX = 8;
const OUTER_WIDTH = 760;

/** @typedef {{ height: number, places: Map<string, { x: number, y: number }>, nodes: object[], edges: object[] }} Graph */

/** A cluster by itself, with its peers around it: those first that want to be looked at. */
export function alone(alias, links, width) {
  const sorted = links.toSorted((a, b) => urgency(a.state) - urgency(b.state));
  const seen = sorted.length > PEERS_MAX ? sorted.slice(0, PEERS_MAX - 1) : sorted;
  const keys = [...seen.map(({ key }) => key), ...(seen.length < sorted.length ? ["more"] : [])];
  const { height, centre, places } = star(keys, width);
  places.set(alias, centre);
  return {
    height,
    places,
    nodes: [
      { key: alias, text: alias, href: hrefOf(alias), isKnown: true },
      ...seen.map(({ key, a }) => ({ key, text: a.peering.peer_name, href: hrefOf(alias, a.peering.peer_name) })),
      ...(seen.length < sorted.length
        ? [{ key: "more", text: texts.topology.more(sorted.length - seen.length), href: hrefOf(alias) }]
        : []),
    ],
    edges: seen.map((link) => ({ link, from: alias, to: link.key, isBranch: true })),
  };
}

/** Several clusters in a ring. Peers that are none of them are outside it; where there are many, they are counted. */
export function together(aliases, links, width) {
  const inner = links.filter(({ to }) => to);
  const outer = links.filter(({ to }) => !to);
  const isDrawn = outer.length > 0 && outer.length <= OUTER_MAX && width >= OUTER_WIDTH;
  const { height, places } = ring(aliases, width, isDrawn);
  const counts = new Map();
  for (const { key, a } of outer) {
    const nth = counts.get(a.alias) ?? 0;
    counts.set(a.alias, nth + 1);
    if (isDrawn) places.set(key, outside(places.get(a.alias), { x: width / 2, y: height / 2 }, nth));
  }
  const pairs = new Map(); // how many links each pair has so far
  return {
    height,
    places,
    nodes: [
      ...aliases.map((alias) => ({
        key: alias,
        text: alias,
        href: hrefOf(alias),
        isKnown: true,
        more: isDrawn ? 0 : (counts.get(alias) ?? 0),
      })),
      ...(isDrawn ? outer : []).map(({ key, a }) => ({
        key,
        text: a.peering.peer_name,
        href: hrefOf(a.alias, a.peering.peer_name),
      })),
    ],
    edges: [
      ...inner.map((link) => {
        const pair = [link.a.alias, link.to].sort().join("/");
        const nth = pairs.get(pair) ?? 0;
        pairs.set(pair, nth + 1);
        return { link, from: link.a.alias, to: link.to, nth };
      }),
      ...(isDrawn ? outer : []).map((link) => ({ link, from: link.a.alias, to: link.key })),
    ],
  };
}
