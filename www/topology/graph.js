// The nodes and edges of the drawing. Pure: no elements, no network.
import { sidesOf } from "../clusters/links.js";
import { ASIDE_FROM, maxWidthOf, ring, star } from "./layout.js";
import { hrefOf } from "../route.js";
import { urgency } from "../elements/state.js";
import { texts } from "./texts.js";

/**
 * @import { Link } from "../clusters/links.js"
 * @import { Known } from "../matrix/grid.js"
 * @import { Box, Layout, Point } from "./layout.js"
 */

/** The number of peers around a single cluster. */
const PEERS_MAX = 40;
/** The number of peers next to a ring of clusters. */
const OUTER_MAX = 8;
const KNOWN_HEIGHT = 36;
const PEER_HEIGHT = 28;
const PADDING = 28;
const WIDTH_MIN = 48;
/** The height of a line of text below a node. */
export const LINE = 16;

/**
 * @typedef {object} Named  a node without a size
 * @property {string} key
 * @property {string} text    the full name
 * @property {string[]} below  lines of text below the node
 * @property {string} href
 * @property {boolean} isKnown   whether it is a cluster of the page
 * @property {string} [kind]     the freshness of the cluster
 *
 * @typedef {object} Size
 * @property {string} label   the name, shortened to the available width
 * @property {number} w
 * @property {number} h       of the node itself, without the text below
 * @property {number} textWidth  of the text below
 *
 * @typedef {Named & Size} Sized
 * @typedef {Sized & { at: Point }} Node
 *
 * @typedef {object} Edge
 * @property {Link} link
 * @property {string} from   the dialer's node
 * @property {string} to     the acceptor's node
 * @property {boolean} [isBranch]  between a single cluster and a peer around it
 * @property {number} [nth]  the number of edges between the same nodes before this one
 *
 * @typedef {object} GraphOptions
 * @property {number} width
 * @property {Known["kinds"]} kinds
 * @property {Known["statuses"]} statuses
 * @property {(text: string) => number} measure  returns the width of a text
 *
 * @typedef {{ height: number, nodes: Node[], edges: Edge[] }} Graph
 */

/**
 * @param {string[]} aliases
 * @param {Link[]} links
 * @param {GraphOptions} options
 * @returns {Graph}
 */
export function graphOf(aliases, links, options) {
  return aliases.length === 1 ? singleCluster(aliases[0], links, options) : severalClusters(aliases, links, options);
}

/**
 * A side of the link that was read.
 * @param {Link} link
 */
const readSide = (link) => sidesOf(link)[0];
/** @param {Link} link */
export const hrefOfLink = (link) => hrefOf(readSide(link).alias, readSide(link).peering.peer_name);

/**
 * A single cluster with its peers around it, the most urgent first.
 * @param {string} alias
 * @param {Link[]} links
 * @param {GraphOptions} options
 * @returns {Graph}
 */
function singleCluster(alias, links, options) {
  const { width, measure } = options;
  const sorted = links.toSorted((a, b) => urgency(a.state) - urgency(b.state));
  const shown = sorted.length > PEERS_MAX ? sorted.slice(0, PEERS_MAX - 1) : sorted;
  const maxWidth = maxWidthOf({ count: 1, width, isAlone: true });
  /** @param {Named} node */
  const fit = (node) => fitted(node, maxWidth, measure);
  const hub = fit(clusterNode(alias, options));
  const peers = shown.map((link) => fit(peerNode(link)));
  if (shown.length < sorted.length) {
    const text = texts.more(sorted.length - shown.length);
    peers.push(fit({ key: "more", text, href: hrefOf(alias), isKnown: false, below: [] }));
  }
  const { height, points } = star(boxOf(hub), peers.map(boxOf), width);
  return {
    height,
    nodes: placed([hub, ...peers], points),
    edges: shown.map((link) => ({ link, ...direction(link, alias, link.key), isBranch: true })),
  };
}

/**
 * Several clusters in a ring, with peers that are not on the page at its sides. If there are too many of those, each cluster
 * shows their number.
 * @param {string[]} aliases
 * @param {Link[]} links
 * @param {GraphOptions} options
 * @returns {Graph}
 */
function severalClusters(aliases, links, options) {
  const { width, measure } = options;
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
    const { alias } = readSide(link);
    counted.set(alias, (counted.get(alias) ?? 0) + 1);
  }
  const maxWidth = maxWidthOf({ count, width, hasOuter });
  /** @param {Named} node */
  const fit = (node) => fitted(node, maxWidth, measure);
  const clusters = aliases.map((alias) => fit(clusterNode(alias, options, counted.get(alias))));
  const peers = (hasOuter ? outer : []).map((link) => ({ of: readSide(link).alias, node: fit(peerNode(link)) }));
  const { height, points } = ring(
    clusters.map(boxOf),
    width,
    peers.map(({ of, node }) => ({ of, box: boxOf(node) })),
  );
  /** @type {Map<string, number>} the number of links of each pair so far */
  const pairs = new Map();
  const inner = between.map(({ link, from, to }) => {
    const pair = [from, to].sort().join("/");
    const nth = pairs.get(pair) ?? 0;
    pairs.set(pair, nth + 1);
    return { link, from, to, nth };
  });
  return {
    height,
    nodes: placed([...clusters, ...peers.map(({ node }) => node)], points),
    edges: [
      ...inner,
      ...(hasOuter ? outer : []).map((link) => ({ link, ...direction(link, readSide(link).alias, link.key) })),
    ],
  };
}

/**
 * The dialer's and the acceptor's node, of which one is not a cluster of the page.
 * @param {Link} link
 * @param {string} alias
 * @param {string} peer
 */
function direction({ dialer }, alias, peer) {
  return dialer.peering && dialer.alias === alias ? { from: alias, to: peer } : { from: peer, to: alias };
}

/**
 * @param {string} alias
 * @param {GraphOptions} options
 * @param {number} [others]  the number of its links with clusters that are not on the page
 * @returns {Named}
 */
function clusterNode(alias, { kinds, statuses }, others = 0) {
  const kind = kinds.get(alias);
  const below = [statuses.get(alias) ?? "", others > 0 ? texts.others(others) : ""].filter(Boolean);
  return { key: alias, text: alias, href: hrefOf(alias), isKnown: true, kind, below };
}

/**
 * @param {Link} link
 * @returns {Named}
 */
const peerNode = (link) => ({
  key: link.key,
  text: readSide(link).peering.peer_name,
  href: hrefOfLink(link),
  isKnown: false,
  below: [],
});

/**
 * Adds the size and the label of a node. A label that is too long loses its middle: names often differ at their end.
 * @param {Named} node
 * @param {number} maxWidth
 * @param {GraphOptions["measure"]} measure
 * @returns {Sized}
 */
function fitted(node, maxWidth, measure) {
  const available = maxWidth - PADDING;
  let [label, kept] = [node.text, node.text.length];
  while (measure(label) > available && kept > 2) {
    kept--;
    label = `${node.text.slice(0, Math.ceil(kept / 2))}…${node.text.slice(node.text.length - Math.floor(kept / 2))}`;
  }
  const w = Math.min(maxWidth, Math.max(measure(label) + PADDING, WIDTH_MIN));
  return {
    ...node,
    label,
    w,
    h: node.isKnown ? KNOWN_HEIGHT : PEER_HEIGHT,
    textWidth: Math.max(0, ...node.below.map(measure)),
  };
}

/**
 * Includes the text below the node.
 * @param {Sized} node
 * @returns {Box}
 */
const boxOf = ({ key, w, h, below, textWidth }) => ({ key, w: Math.max(w, textWidth), h: h + below.length * LINE });

/**
 * @param {Sized[]} nodes
 * @param {Layout["points"]} points
 * @returns {Node[]}
 */
const placed = (nodes, points) =>
  nodes.map((node) => {
    const { x, y } = points.get(node.key) ?? { x: 0, y: 0 };
    return { ...node, at: { x, y: y - (node.below.length * LINE) / 2 } };
  });
