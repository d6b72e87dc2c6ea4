// What the drawing consists of: nodes, edges, and where they go. Pure: no elements, no network.
import { sidesOf } from "../clusters/links.js";
import { ASIDE_FROM, ring, star, widestOf } from "./layout.js";
import { hrefOf } from "../route.js";
import { urgency } from "../elements/state.js";
import { texts } from "./texts.js";

/**
 * @import { Link } from "../clusters/links.js"
 * @import { Known } from "../matrix/grid.js"
 * @import { Box, Layout, Point } from "./layout.js"
 */

/** So many peers are drawn around a cluster that is alone, and beside a ring of clusters, where there is room. */
const PEERS_MAX = 40;
const OUTER_MAX = 8;
const KNOWN_HEIGHT = 36;
const PEER_HEIGHT = 28;
const PADDING = 28;
const LEAST = 48;
/** Of a line of what is said below a node. */
export const LINE = 16;

/**
 * @typedef {object} Named  a node before it has a size
 * @property {string} key
 * @property {string} text    the whole name
 * @property {string[]} below  lines
 * @property {string} href
 * @property {boolean} isKnown   a cluster of the page
 * @property {string} [kind]     how fresh what is known of the cluster is
 *
 * @typedef {object} Size
 * @property {string} label   as much of the name as there is room for
 * @property {number} w
 * @property {number} h       of the node itself, without what is below
 * @property {number} reach   how wide what is below is
 *
 * @typedef {Named & Size} Sized
 * @typedef {Sized & { at: Point }} Node
 *
 * @typedef {object} Edge
 * @property {Link} link
 * @property {string} from   the dialer's node
 * @property {string} to     the acceptor's
 * @property {boolean} [isBranch]  from a cluster to one of its peers around it
 * @property {number} [nth]  of several between the same two
 *
 * @typedef {object} How
 * @property {number} width
 * @property {Known["kinds"]} kinds
 * @property {Known["doubts"]} doubts
 * @property {(text: string) => number} measure  how wide a name is
 *
 * @typedef {{ height: number, nodes: Node[], edges: Edge[] }} Graph
 */

/**
 * @param {string[]} aliases
 * @param {Link[]} links
 * @param {How} how
 * @returns {Graph}
 */
export function graphOf(aliases, links, how) {
  return aliases.length === 1 ? alone(aliases[0], links, how) : together(aliases, links, how);
}

/**
 * One of its sides that were seen.
 * @param {Link} link
 */
const seenSide = (link) => sidesOf(link)[0];
/** @param {Link} link */
export const hrefOfLink = (link) => hrefOf(seenSide(link).alias, seenSide(link).peering.peer_name);

/**
 * A cluster by itself, with its peers around it: those first that need attention.
 * @param {string} alias
 * @param {Link[]} links
 * @param {How} how
 * @returns {Graph}
 */
function alone(alias, links, how) {
  const { width, measure } = how;
  const sorted = links.toSorted((a, b) => urgency(a.state) - urgency(b.state));
  const seen = sorted.length > PEERS_MAX ? sorted.slice(0, PEERS_MAX - 1) : sorted;
  const widest = widestOf({ count: 1, width, isAlone: true });
  /** @param {Named} node */
  const fit = (node) => fitted(node, widest, measure);
  const hub = fit(clusterNode(alias, how));
  const peers = seen.map((link) => fit(peerNode(link)));
  if (seen.length < sorted.length) {
    const text = texts.more(sorted.length - seen.length);
    peers.push(fit({ key: "more", text, href: hrefOf(alias), isKnown: false, below: [] }));
  }
  const { height, places } = star(boxOf(hub), peers.map(boxOf), width);
  return {
    height,
    nodes: placed([hub, ...peers], places),
    edges: seen.map((link) => ({ link, ...direction(link, alias, link.key), isBranch: true })),
  };
}

/**
 * Several clusters in a ring. Peers that are none of them are at its sides; where there are many, they are counted.
 * @param {string[]} aliases
 * @param {Link[]} links
 * @param {How} how
 * @returns {Graph}
 */
function together(aliases, links, how) {
  const { width, measure } = how;
  /** @type {Link[]} */
  const outer = [];
  /** @type {{ link: Link, from: string, to: string }[]} */
  const between = [];
  for (const link of links) {
    const [from, to] = [link.dialer.alias, link.acceptor.alias];
    if (from === null || to === null) outer.push(link);
    else between.push({ link, from, to });
  }
  const count = aliases.length;
  const hasOuter = outer.length > 0 && outer.length <= OUTER_MAX && width >= ASIDE_FROM;
  /** @type {Map<string, number>} */
  const counted = new Map();
  for (const link of hasOuter ? [] : outer) {
    const { alias } = seenSide(link);
    counted.set(alias, (counted.get(alias) ?? 0) + 1);
  }
  const widest = widestOf({ count, width, hasOuter });
  /** @param {Named} node */
  const fit = (node) => fitted(node, widest, measure);
  const clusters = aliases.map((alias) => fit(clusterNode(alias, how, counted.get(alias))));
  const peers = (hasOuter ? outer : []).map((link) => ({ of: seenSide(link).alias, node: fit(peerNode(link)) }));
  const { height, places } = ring(
    clusters.map(boxOf),
    width,
    peers.map(({ of, node }) => ({ of, box: boxOf(node) })),
  );
  /** @type {Map<string, number>} how many links each pair has so far */
  const pairs = new Map();
  const inner = between.map(({ link, from, to }) => {
    const pair = [from, to].sort().join("/");
    const nth = pairs.get(pair) ?? 0;
    pairs.set(pair, nth + 1);
    return { link, from, to, nth };
  });
  return {
    height,
    nodes: placed([...clusters, ...peers.map(({ node }) => node)], places),
    edges: [
      ...inner,
      ...(hasOuter ? outer : []).map((link) => ({ link, ...direction(link, seenSide(link).alias, link.key) })),
    ],
  };
}

/**
 * From the dialer to the acceptor, of which one is not a cluster of the page.
 * @param {Link} link
 * @param {string} alias
 * @param {string} peer
 */
function direction({ dialer }, alias, peer) {
  return dialer.peering && dialer.alias === alias ? { from: alias, to: peer } : { from: peer, to: alias };
}

/**
 * @param {string} alias
 * @param {How} how
 * @param {number} [others]  how many of its links lead to none of the clusters
 * @returns {Named}
 */
function clusterNode(alias, { kinds, doubts }, others = 0) {
  const kind = kinds.get(alias);
  const below = [doubts.get(alias) ?? "", others > 0 ? texts.others(others) : ""].filter(Boolean);
  return { key: alias, text: alias, href: hrefOf(alias), isKnown: true, kind, below };
}

/**
 * @param {Link} link
 * @returns {Named}
 */
const peerNode = (link) => ({
  key: link.key,
  text: seenSide(link).peering.peer_name,
  href: hrefOfLink(link),
  isKnown: false,
  below: [],
});

/**
 * The node with its size, and as much of its name as fits. The middle is left out: the ends of names often distinguish them.
 * @param {Named} node
 * @param {number} widest
 * @param {How["measure"]} measure
 * @returns {Sized}
 */
function fitted(node, widest, measure) {
  const room = widest - PADDING;
  let [label, kept] = [node.text, node.text.length];
  while (measure(label) > room && kept > 2) {
    kept--;
    label = `${node.text.slice(0, Math.ceil(kept / 2))}…${node.text.slice(node.text.length - Math.floor(kept / 2))}`;
  }
  const w = Math.min(widest, Math.max(measure(label) + PADDING, LEAST));
  return {
    ...node,
    label,
    w,
    h: node.isKnown ? KNOWN_HEIGHT : PEER_HEIGHT,
    reach: Math.max(0, ...node.below.map(measure)),
  };
}

/**
 * With what is below it.
 * @param {Sized} node
 * @returns {Box}
 */
const boxOf = ({ key, w, h, below, reach }) => ({ key, w: Math.max(w, reach), h: h + below.length * LINE });

/**
 * @param {Sized[]} nodes
 * @param {Layout["places"]} places
 * @returns {Node[]}
 */
const placed = (nodes, places) =>
  nodes.map((node) => {
    const { x, y } = places.get(node.key) ?? { x: 0, y: 0 };
    return { ...node, at: { x, y: y - (node.below.length * LINE) / 2 } };
  });
