// Which peerings of the clusters are the two sides of one link, and what is known of each link. The one place that pairs
// them: lists, the topology and the dialogs use it. Pure: no elements, no network.
import { urgency } from "../elements/state.js";
import { severity } from "../elements/verdict.js";
import { knownState, UNKNOWN } from "./freshness.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { Verdict } from "../elements/verdict.js"
 * @import { Freshness } from "./freshness.js"
 *
 * @typedef {{ alias: string, peering: Peering, staleSince?: number }} Half  a peering as Live has it; `staleSince`: when
 *   it was last confirmed, in ms, where it is not now
 * @typedef {{ datacenter?: string | null, trust_domain?: string | null }} Identity
 * @typedef {{ alias: string, freshness: Freshness, identity?: Identity }} Known  a cluster of the page
 * @typedef {{ verdict: Verdict, reasons: string[], codes?: string[] }} Judged
 * @typedef {(half: Half, other?: Half | null, identity?: Identity) => Judged} Judge  the verdict on one peering. `other`
 *   undefined: its other side was not read; null: it does not exist on the cluster with that identity
 *
 * @typedef {Half & { state: string }} SeenEnd  `state` as far as its cluster confirms it now
 * @typedef {{ alias: string | null, peering: null, state: null }} UnseenEnd  null as `alias`: none of the page's, as far
 *   as is known
 * @typedef {SeenEnd | UnseenEnd} End  one end of a link
 *
 * @typedef {object} Link
 * @property {string} key
 * @property {End} acceptor
 * @property {End} dialer
 * @property {"absent" | "unread" | "silent" | "faulty" | "denied" | "elsewhere" | null} missing  why one end has no
 *   peering; null where both have one. absent: its cluster was read and has none; unread: its cluster was not read yet;
 *   silent, faulty: it was never read, and requests to it fail, without a response or with an error; denied: its cluster
 *   may not be read; elsewhere: on no cluster of the page
 * @property {number} [missingSince]  since when requests to its cluster fail, in ms; of silent and faulty
 * @property {string} state      the one that needs attention first; Unknown counts where a side is not confirmed
 * @property {Verdict} verdict   see `verdictOn`
 * @property {{ alias: string, text: string }[]} reasons  from each side
 * @property {Freshness} freshness  of the stalest side
 * @property {{ toAcceptor: string[], toDialer: string[] }} services  the names of those that go over it, by direction
 * @property {string} [text]       see Kept in list/columns.js
 * @property {number[]} [lengths]
 */

/**
 * The sides of a link that were seen, the dialer first.
 * @param {Pick<Link, "acceptor" | "dialer">} link
 */
export const sidesOf = ({ acceptor, dialer }) => [dialer, acceptor].filter((end) => end.peering !== null);

/**
 * `[dialer, acceptor]`: the clusters' aliases; for one that is not known, what the other side calls it.
 * @param {Link} link
 * @returns {[string, string]}
 */
export const namesOf = ({ acceptor, dialer }) => [
  dialer.alias ?? acceptor.peering?.peer_name ?? "",
  acceptor.alias ?? dialer.peering?.peer_name ?? "",
];

/** From the one that can be relied on to the one of which nothing is known. */
const STALENESS = ["fresh", "stale", "denied", "unknown"];
/** Of a cluster that is none of the page's, nothing is expected. */
const UNCONFIRMED = /** @type {const} */ ("unknown");
/** @type {Freshness} */
const FRESH = { kind: "fresh" };
/** By what `health` recognises that a peering was made with another cluster than the one that is looked at. */
const WRONG_CLUSTER = "wrong_cluster";

/**
 * @param {Half} dialer
 * @param {Half} acceptor
 */
const isDialerOf = (dialer, acceptor) => dialer.peering.peer_id === acceptor.peering.id;

/**
 * The other side of a peering among all that were seen: a dialer has its acceptor's id. Undefined where it was not seen.
 * @param {Half[]} halves
 * @param {Half} half
 * @returns {Half | undefined}
 */
export const otherSide = (halves, half) => halves.find((each) => isDialerOf(half, each) || isDialerOf(each, half));

/**
 * The same for all: by side, its other one.
 * @param {Half[]} halves
 */
export function otherSides(halves) {
  /** @type {Map<Half, Half>} */
  const others = new Map();
  for (const [a, b] of pairsOf(halves)) others.set(a, b).set(b, a);
  return others;
}

/**
 * Every link once.
 * @param {Half[]} halves   every peering that was seen
 * @param {Known[]} clusters
 * @param {Judge} judge
 * @returns {Link[]}
 */
export function linksOf(halves, clusters, judge) {
  const known = new Clusters(clusters);
  const pairs = pairsOf(halves);
  const dialers = groupBy(pairs, ([acceptor]) => acceptor);
  const paired = new Set(pairs.flat());
  /** @param {[Half, Half]} pair @param {number} nth */
  const twoSided = ([acceptor, dialer], nth) => {
    const key = nth === 0 ? keyOf(acceptor) : `${keyOf(acceptor)}/${keyOf(dialer)}`;
    const judged = [judge(acceptor, dialer), judge(dialer, acceptor)];
    return link(key, acceptor, dialer, null, judged, known.freshnessOf([acceptor, dialer]));
  };
  return halves.flatMap((half) =>
    paired.has(half) ? (dialers.get(half) ?? []).map(twoSided) : oneSided(half, known, judge),
  );
}

/**
 * As long as the acceptor exists, a link has the same key, whatever becomes of its dialer.
 * @param {Half} half
 */
const keyOf = ({ alias, peering: { id } }) => `${alias}/${id}`;

/**
 * As `Map.groupBy`, which not every browser has.
 * @template Item
 * @template Key
 * @param {Item[]} items
 * @param {(item: Item) => Key} keyOf
 */
function groupBy(items, keyOf) {
  /** @type {Map<Key, Item[]>} */
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/**
 * `[acceptor, dialer]`; a cluster that has two aliases is in two of them.
 * @param {Half[]} halves
 * @returns {[Half, Half][]}
 */
function pairsOf(halves) {
  const byId = groupBy(halves, ({ peering }) => peering.id);
  return halves.flatMap((dialer) => {
    const acceptors = byId.get(dialer.peering.peer_id ?? "") ?? [];
    return acceptors.map((acceptor) => /** @type {[Half, Half]} */ ([acceptor, dialer]));
  });
}

/** The clusters of the page, by what a peering says of its other side. */
class Clusters {
  #byAlias;
  #byServerName;
  #byDatacenter;

  /** @param {Known[]} clusters */
  constructor(clusters) {
    const identified = clusters.filter(({ identity }) => identity?.datacenter);
    this.#byAlias = new Map(clusters.map((cluster) => [cluster.alias, cluster]));
    this.#byServerName = groupBy(identified, ({ identity }) => serverName(identity));
    this.#byDatacenter = groupBy(identified, ({ identity }) => identity?.datacenter);
  }

  /**
   * The cluster where the other side should be; undefined where nothing says so.
   * @param {Half} half
   */
  otherOf({ alias, peering: { peer_name, peer_server_name, remote } }) {
    const others = (/** @type {Known[]} */ clusters = []) => clusters.filter((cluster) => cluster.alias !== alias);
    const [exact] = others(this.#byServerName.get(peer_server_name ?? ""));
    if (exact) return exact;
    // Clusters mostly call each other by their aliases.
    if (peer_name !== alias && this.#byAlias.has(peer_name)) return this.#byAlias.get(peer_name);
    const near = others(this.#byDatacenter.get(remote.datacenter));
    return near.length === 1 ? near[0] : undefined;
  }

  /**
   * @param {{ alias: string | null }[]} sides
   * @returns {Freshness} of the one that is known worst, since the first that is not confirmed
   */
  freshnessOf(sides) {
    const all = sides.map(({ alias }) => this.#byAlias.get(alias ?? "")?.freshness ?? FRESH);
    const { kind } = all.reduce((worst, one) => (stalenessOf(one) > stalenessOf(worst) ? one : worst));
    const times = all.filter((one) => one.kind !== "fresh").flatMap(({ readAt }) => readAt ?? []);
    return { kind, readAt: times.length ? Math.min(...times) : undefined };
  }
}

/** @param {Identity | undefined} identity */
const serverName = ({ datacenter, trust_domain } = {}) => `server.${datacenter}.peering.${trust_domain}`;
/** @param {Freshness} freshness */
const stalenessOf = ({ kind }) => STALENESS.indexOf(kind);

/**
 * @param {Half} half
 * @param {Clusters} known
 * @param {Judge} judge
 */
function oneSided(half, known, judge) {
  /** @param {Known | undefined} cluster @param {Link["missing"]} missing @param {Judged} judged */
  const make = (cluster, missing, judged) => {
    /** @type {UnseenEnd} */
    const end = { alias: cluster?.alias ?? null, peering: null, state: null };
    const isAccepted = half.peering.role === "acceptor";
    const [acceptor, dialer] = isAccepted ? [half, end] : [end, half];
    return link(keyOf(half), acceptor, dialer, missing, [judged], known.freshnessOf([half, end]));
  };
  const other = known.otherOf(half);
  if (!other) return make(undefined, "elsewhere", judge(half));
  const { kind, failing } = other.freshness;
  if (kind === "denied") return make(other, "denied", judge(half));
  if (kind === "unknown") {
    const missing = failing ? (failing.isSilent ? "silent" : "faulty") : "unread";
    return { ...make(other, missing, judge(half)), missingSince: failing?.since };
  }
  if (kind === "stale" || !isBound(half)) return make(other, "absent", judge(half));
  const judged = judge(half, null, other.identity);
  const isWrong = judged.codes?.includes(WRONG_CLUSTER);
  return isWrong ? make(undefined, "elsewhere", judge(half)) : make(other, "absent", judged);
}

/**
 * Whether the peering was ever linked: until then, its token may be used on any cluster.
 * @param {Half} half
 */
const isBound = ({ peering: { peer_server_name, peer_ca_pems } }) =>
  peer_server_name !== null || peer_ca_pems.length > 0;

/**
 * @param {string} key
 * @param {Half | UnseenEnd} acceptor
 * @param {Half | UnseenEnd} dialer
 * @param {Link["missing"]} missing
 * @param {Judged[]} judged  each side that was seen
 * @param {Freshness} freshness
 * @returns {Link}
 */
function link(key, acceptor, dialer, missing, judged, freshness) {
  const [accepting, dialing] = [acceptor, dialer].map(endOf);
  const halves = [accepting, dialing].filter((end) => end.peering !== null);
  const states = [...halves.map(({ state }) => state), ...(freshness.kind === "fresh" ? [] : [UNKNOWN])];
  return {
    key,
    acceptor: accepting,
    dialer: dialing,
    missing,
    state: states.reduce((worst, state) => (urgency(state) < urgency(worst) ? state : worst)),
    verdict: verdictOn(judged, freshness),
    reasons: judged.flatMap(({ reasons }, i) => reasons.map((text) => ({ alias: halves[i].alias, text }))),
    freshness,
    services: {
      toAcceptor: servicesOf(dialer, acceptor),
      toDialer: servicesOf(acceptor, dialer),
    },
  };
}

/**
 * @param {Half | UnseenEnd} side
 * @returns {End}
 */
const endOf = (side) => (side.peering === null ? side : { ...side, state: knownState(side) });

/**
 * The verdict on a link: the worst of its sides. A link of which a side is not confirmed is unknown, unless the other
 * side is known to be worse.
 * @param {{ verdict: Verdict }[]} judged  each side that was seen
 * @param {Freshness} freshness           of the stalest side
 */
export function verdictOn(judged, { kind }) {
  /** @type {Verdict[]} */
  const verdicts = [...judged.map(({ verdict }) => verdict), ...(kind === "fresh" ? [] : [UNCONFIRMED])];
  return verdicts.reduce((worst, verdict) => (severity(verdict) < severity(worst) ? verdict : worst));
}

/**
 * What one side exports; by what the other imports, where that is the one that is confirmed.
 * @param {Half | UnseenEnd} exporter
 * @param {Half | UnseenEnd} importer
 */
function servicesOf(exporter, importer) {
  const told = [
    ...(exporter.peering ? [{ side: exporter, names: exporter.peering.stream.exported_services }] : []),
    ...(importer.peering ? [{ side: importer, names: importer.peering.stream.imported_services }] : []),
  ];
  const { names } = told.find(({ side }) => side.staleSince === undefined) ?? told[0];
  return names;
}
