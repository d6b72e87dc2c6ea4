// What the drawing consists of: nodes, edges, and where they go. Pure: no elements, no network.
import { sidesOf } from "../clusters/links.js";
import { ASIDE_FROM, ring, star, widestOf } from "./layout.js";
import { hrefOf } from "../route.js";
import { urgency } from "../elements/state.js";
import { texts } from "../texts.js";

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
 * @typedef {object} Node
 * @property {string} key
 * @property {string} text    the whole name
 * @property {string} label   as much of it as there is room for
 * @property {string[]} below  lines
 * @property {string} href
 * @property {boolean} isKnown   a cluster of the page
 * @property {string} [kind]     how fresh what is known of the cluster is
 * @property {number} w
 * @property {number} h          of the node itself, without what is below
 * @property {{ x: number, y: number }} at
 *
 * @typedef {object} Edge
 * @property {Link} link
 * @property {string} from   the dialer's node
 * @property {string} to     the acceptor's
 * @property {boolean} [isBranch]  from a cluster to one of its peers around it
 *
 * @param {string[]} aliases
 * @param {Link[]} links
 * @param {{ width: number, kinds: Map<string, string>, doubts: Map<string, string>, measure(text: string): number }} how
 *   `kinds`, `doubts`: by alias, how fresh what is known of a cluster is, and why it is not; `measure`: how wide a name is
 * @returns {{ height: number, nodes: Node[], edges: Edge[] }}
 */
export function graphOf(aliases, links, how) {
  return aliases.length === 1 ? alone(aliases[0], links, how) : together(aliases, links, how);
}

/** One of its sides that were seen. */
const seenSide = (link) => sidesOf(link)[0];
export const hrefOfLink = (link) => hrefOf(seenSide(link).alias, seenSide(link).peering.peer_name);

/** A cluster by itself, with its peers around it: those first that need attention. */
function alone(alias, links, how) {
  const { width, measure } = how;
  const sorted = links.toSorted((a, b) => urgency(a.state) - urgency(b.state));
  const seen = sorted.length > PEERS_MAX ? sorted.slice(0, PEERS_MAX - 1) : sorted;
  const widest = widestOf({ count: 1, width, isAlone: true });
  const fit = (node) => fitted(node, widest, measure);
  const hub = fit(clusterNode(alias, how));
  const peers = seen.map((link) => fit(peerNode(link)));
  if (seen.length < sorted.length) {
    const text = texts.topology.more(sorted.length - seen.length);
    peers.push(fit({ key: "more", text, href: hrefOf(alias), isKnown: false, below: [] }));
  }
  const { height, places } = star(boxOf(hub), peers.map(boxOf), width);
  return {
    height,
    nodes: placed([hub, ...peers], places),
    edges: seen.map((link) => ({ link, ...direction(link, alias, link.key), isBranch: true })),
  };
}

/** Several clusters in a ring. Peers that are none of them are at its sides; where there are many, they are counted. */
function together(aliases, links, how) {
  const { width, measure } = how;
  const isInner = ({ acceptor, dialer }) => acceptor.alias !== null && dialer.alias !== null;
  const outer = links.filter((link) => !isInner(link));
  const count = aliases.length;
  const hasOuter = outer.length > 0 && outer.length <= OUTER_MAX && width >= ASIDE_FROM;
  const counted = new Map();
  for (const link of hasOuter ? [] : outer) {
    const { alias } = seenSide(link);
    counted.set(alias, (counted.get(alias) ?? 0) + 1);
  }
  const widest = widestOf({ count, width, hasOuter });
  const fit = (node) => fitted(node, widest, measure);
  const clusters = aliases.map((alias) => fit(clusterNode(alias, how, counted.get(alias))));
  const peers = (hasOuter ? outer : []).map((link) => ({ of: seenSide(link).alias, node: fit(peerNode(link)) }));
  const { height, places } = ring(
    clusters.map(boxOf),
    width,
    peers.map(({ of, node }) => ({ of, box: boxOf(node) })),
  );
  const pairs = new Map(); // how many links each pair has so far
  const inner = links.filter(isInner).map((link) => {
    const [from, to] = [link.dialer.alias, link.acceptor.alias];
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

/** From the dialer to the acceptor, of which one is not a cluster of the page. */
function direction({ dialer }, alias, peer) {
  return dialer.peering && dialer.alias === alias ? { from: alias, to: peer } : { from: peer, to: alias };
}

function clusterNode(alias, { kinds, doubts }, others = 0) {
  const kind = kinds.get(alias);
  const below = [doubts.get(alias), others && texts.topology.others(others)].filter(Boolean);
  return { key: alias, text: alias, href: hrefOf(alias), isKnown: true, kind, below };
}

const peerNode = (link) => ({
  key: link.key,
  text: seenSide(link).peering.peer_name,
  href: hrefOfLink(link),
  isKnown: false,
  below: [],
});

/**
 * The node with its size, and as much of its name as fits. The middle is left out: the ends of names often distinguish them.
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

/** With what is below it. */
const boxOf = ({ key, w, h, below, reach }) => ({ key, w: Math.max(w, reach), h: h + below.length * LINE });

const placed = (nodes, places) =>
  nodes.map((node) => {
    const { x, y } = places.get(node.key);
    return { ...node, at: { x, y: y - (node.below.length * LINE) / 2 } };
  });
