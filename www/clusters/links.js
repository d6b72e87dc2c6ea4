// Pairs the peerings of all clusters into links, with the state and the verdict of each link. The only code that pairs
// them: lists, the topology and the dialogs use it. Pure: no elements, no network.
import { urgency } from "../elements/state.js";
import { severity } from "../elements/verdict.js";
import { knownState, UNKNOWN } from "./freshness.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { Verdict } from "../elements/verdict.js"
 * @import { Freshness } from "./freshness.js"
 *
 * @typedef {{ alias: string, peering: Peering, staleSince?: number }} PeeringSide  a peering on the cluster with that alias;
 *   `staleSince`: when it was last confirmed, in ms since 1970, if it is not confirmed now
 * @typedef {{ datacenter?: string | null, trust_domain?: string | null }} Identity
 * @typedef {{ alias: string, freshness: Freshness, identity?: Identity }} KnownCluster  a cluster of the page
 * @typedef {{ verdict: Verdict, reasons: string[], codes?: string[] }} Evaluation
 * @typedef {(side: PeeringSide, other?: PeeringSide | null, identity?: Identity) => Evaluation} Evaluate  evaluates one
 *   peering. `other`: undefined if the other side was not read; null if it does not exist on the cluster with `identity`
 *
 * @typedef {PeeringSide & { state: string }} ReadEnd  `state`: Unknown if its cluster does not confirm it now
 * @typedef {{ alias: string | null, peering: null, state: null }} MissingEnd  `alias`: null if it is not known to be on a
 *   cluster of the page
 * @typedef {ReadEnd | MissingEnd} End  one end of a link
 *
 * @typedef {object} Link
 * @property {string} key
 * @property {End} acceptor
 * @property {End} dialer
 * @property {"absent" | "unread" | "silent" | "error" | "denied" | "elsewhere" | null} missing  why one end has no
 *   peering; null if both have one. absent: its cluster has none; unread: its cluster was not read yet; silent, error: its
 *   cluster was never read, because requests get no response or an error; denied: its cluster may not be read; elsewhere:
 *   on no cluster of the page
 * @property {number} [missingSince]  since when requests to its cluster fail, in ms since 1970, if silent or error
 * @property {string} state      the most urgent one of both sides; Unknown if a side is not confirmed
 * @property {Verdict} verdict   see `verdictOn`
 * @property {{ alias: string, text: string }[]} reasons  from each side
 * @property {Freshness} freshness  of the stalest side
 * @property {{ toAcceptor: string[], toDialer: string[] }} services  the names of the services that cross it, by direction
 * @property {string} [text]       see Cached in list/columns.js
 * @property {number[]} [lengths]
 */

/**
 * The sides of a link that were read, the dialer first.
 * @param {Pick<Link, "acceptor" | "dialer">} link
 */
export const sidesOf = ({ acceptor, dialer }) => [dialer, acceptor].filter((end) => end.peering !== null);

/**
 * `[dialer, acceptor]`: the aliases of the clusters; for a cluster that is not on the page, its name on the other side.
 * @param {Link} link
 * @returns {[string, string]}
 */
export const namesOf = ({ acceptor, dialer }) => [
  dialer.alias ?? acceptor.peering?.peer_name ?? "",
  acceptor.alias ?? dialer.peering?.peer_name ?? "",
];

/** From the freshest to the stalest. */
const STALENESS = ["fresh", "stale", "denied", "unknown"];
const UNCONFIRMED = /** @type {const} */ ("unknown");
/**
 * A cluster that is not on the page is never read, so it does not make a link stale.
 * @type {Freshness}
 */
const FRESH = { kind: "fresh" };
/** The code of `health` for a peering that is linked with another cluster. */
const WRONG_CLUSTER = "wrong_cluster";

/**
 * @param {PeeringSide} dialer
 * @param {PeeringSide} acceptor
 */
const isDialerOf = (dialer, acceptor) => dialer.peering.peer_id === acceptor.peering.id;

/**
 * The other side of a peering, or undefined if it was not read. A dialer has the id of its acceptor.
 * @param {PeeringSide[]} sides
 * @param {PeeringSide} side
 * @returns {PeeringSide | undefined}
 */
export const otherSide = (sides, side) => sides.find((each) => isDialerOf(side, each) || isDialerOf(each, side));

/**
 * The other side of each side.
 * @param {PeeringSide[]} sides
 */
export function otherSides(sides) {
  /** @type {Map<PeeringSide, PeeringSide>} */
  const others = new Map();
  for (const [a, b] of pairsOf(sides)) others.set(a, b).set(b, a);
  return others;
}

/**
 * All links, each once.
 * @param {PeeringSide[]} sides   all peerings that were read
 * @param {KnownCluster[]} clusters
 * @param {Evaluate} evaluate
 * @returns {Link[]}
 */
export function linksOf(sides, clusters, evaluate) {
  const known = new Clusters(clusters);
  const pairs = pairsOf(sides);
  const dialers = groupBy(pairs, ([acceptor]) => acceptor);
  const paired = new Set(pairs.flat());
  /** @param {[PeeringSide, PeeringSide]} pair @param {number} nth */
  const twoSided = ([acceptor, dialer], nth) => {
    const key = nth === 0 ? keyOf(acceptor) : `${keyOf(acceptor)}/${keyOf(dialer)}`;
    const evaluations = [evaluate(acceptor, dialer), evaluate(dialer, acceptor)];
    return link(key, acceptor, dialer, null, evaluations, known.freshnessOf([acceptor, dialer]));
  };
  return sides.flatMap((side) =>
    paired.has(side) ? (dialers.get(side) ?? []).map(twoSided) : oneSided(side, known, evaluate),
  );
}

/**
 * A link keeps its key while its acceptor exists, even if its dialer is deleted or replaced.
 * @param {PeeringSide} side
 */
const keyOf = ({ alias, peering: { id } }) => `${alias}/${id}`;

/**
 * Like `Map.groupBy`, which older browsers lack.
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
 * All pairs `[acceptor, dialer]`. A peering of a cluster with two aliases is in two pairs.
 * @param {PeeringSide[]} sides
 * @returns {[PeeringSide, PeeringSide][]}
 */
function pairsOf(sides) {
  const byId = groupBy(sides, ({ peering }) => peering.id);
  return sides.flatMap((dialer) => {
    const acceptors = byId.get(dialer.peering.peer_id ?? "") ?? [];
    return acceptors.map((acceptor) => /** @type {[PeeringSide, PeeringSide]} */ ([acceptor, dialer]));
  });
}

/** Finds clusters of the page by the data that a peering has about its other side. */
class Clusters {
  #byAlias;
  #byServerName;
  #byDatacenter;

  /** @param {KnownCluster[]} clusters */
  constructor(clusters) {
    const identified = clusters.filter(({ identity }) => identity?.datacenter);
    this.#byAlias = new Map(clusters.map((cluster) => [cluster.alias, cluster]));
    this.#byServerName = groupBy(identified, ({ identity }) => serverName(identity));
    this.#byDatacenter = groupBy(identified, ({ identity }) => identity?.datacenter);
  }

  /**
   * The cluster where the other side should be, or undefined if it cannot be determined.
   * @param {PeeringSide} side
   */
  otherOf({ alias, peering: { peer_name, peer_server_name, remote } }) {
    const others = (/** @type {KnownCluster[]} */ clusters = []) =>
      clusters.filter((cluster) => cluster.alias !== alias);
    const [exact] = others(this.#byServerName.get(peer_server_name ?? ""));
    if (exact) return exact;
    // Peerings are usually named after the other cluster's alias.
    if (peer_name !== alias && this.#byAlias.has(peer_name)) return this.#byAlias.get(peer_name);
    const candidates = others(this.#byDatacenter.get(remote.datacenter));
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  /**
   * @param {{ alias: string | null }[]} sides
   * @returns {Freshness} of the stalest side; `readAt` is the earliest of all sides that are not fresh
   */
  freshnessOf(sides) {
    const all = sides.map(({ alias }) => this.#byAlias.get(alias ?? "")?.freshness ?? FRESH);
    const { kind } = all.reduce((stalest, each) => (stalenessOf(each) > stalenessOf(stalest) ? each : stalest));
    const times = all.filter((each) => each.kind !== "fresh").flatMap(({ readAt }) => readAt ?? []);
    return { kind, readAt: times.length ? Math.min(...times) : undefined };
  }
}

/** @param {Identity | undefined} identity */
const serverName = ({ datacenter, trust_domain } = {}) => `server.${datacenter}.peering.${trust_domain}`;
/** @param {Freshness} freshness */
const stalenessOf = ({ kind }) => STALENESS.indexOf(kind);

/**
 * @param {PeeringSide} side
 * @param {Clusters} known
 * @param {Evaluate} evaluate
 */
function oneSided(side, known, evaluate) {
  /** @param {KnownCluster | undefined} cluster @param {Link["missing"]} missing @param {Evaluation} evaluation */
  const create = (cluster, missing, evaluation) => {
    /** @type {MissingEnd} */
    const end = { alias: cluster?.alias ?? null, peering: null, state: null };
    const [acceptor, dialer] = side.peering.role === "acceptor" ? [side, end] : [end, side];
    return link(keyOf(side), acceptor, dialer, missing, [evaluation], known.freshnessOf([side, end]));
  };
  const other = known.otherOf(side);
  if (!other) return create(undefined, "elsewhere", evaluate(side));
  const { kind, failing } = other.freshness;
  if (kind === "denied") return create(other, "denied", evaluate(side));
  if (kind === "unknown") {
    const missing = failing ? (failing.isSilent ? "silent" : "error") : "unread";
    return { ...create(other, missing, evaluate(side)), missingSince: failing?.since };
  }
  if (kind === "stale" || !wasLinked(side)) return create(other, "absent", evaluate(side));
  const evaluation = evaluate(side, null, other.identity);
  const isWrongCluster = evaluation.codes?.includes(WRONG_CLUSTER);
  return isWrongCluster ? create(undefined, "elsewhere", evaluate(side)) : create(other, "absent", evaluation);
}

/**
 * Whether the peering was ever linked. Until then, its peering token may be used on any cluster.
 * @param {PeeringSide} side
 */
const wasLinked = ({ peering: { peer_server_name, peer_ca_pems } }) =>
  peer_server_name !== null || peer_ca_pems.length > 0;

/**
 * @param {string} key
 * @param {PeeringSide | MissingEnd} acceptor
 * @param {PeeringSide | MissingEnd} dialer
 * @param {Link["missing"]} missing
 * @param {Evaluation[]} evaluations  of the sides that were read
 * @param {Freshness} freshness
 * @returns {Link}
 */
function link(key, acceptor, dialer, missing, evaluations, freshness) {
  const ends = [acceptor, dialer].map(endOf);
  const read = ends.filter((end) => end.peering !== null);
  const states = [...read.map(({ state }) => state), ...(freshness.kind === "fresh" ? [] : [UNKNOWN])];
  return {
    key,
    acceptor: ends[0],
    dialer: ends[1],
    missing,
    state: states.reduce((worst, state) => (urgency(state) < urgency(worst) ? state : worst)),
    verdict: verdictOn(evaluations, freshness),
    reasons: evaluations.flatMap(({ reasons }, i) => reasons.map((text) => ({ alias: read[i].alias, text }))),
    freshness,
    services: {
      toAcceptor: servicesOf(dialer, acceptor),
      toDialer: servicesOf(acceptor, dialer),
    },
  };
}

/**
 * @param {PeeringSide | MissingEnd} side
 * @returns {End}
 */
const endOf = (side) => (side.peering === null ? side : { ...side, state: knownState(side) });

/**
 * The verdict on a link: the worst one of its sides. If a side is not confirmed, the verdict is "unknown", unless that of
 * the other side is worse.
 * @param {{ verdict: Verdict }[]} evaluations  of the sides that were read
 * @param {Freshness} freshness                of the stalest side
 */
export function verdictOn(evaluations, { kind }) {
  /** @type {Verdict[]} */
  const verdicts = [...evaluations.map(({ verdict }) => verdict), ...(kind === "fresh" ? [] : [UNCONFIRMED])];
  return verdicts.reduce((worst, verdict) => (severity(verdict) < severity(worst) ? verdict : worst));
}

/**
 * The services that one side exports to the other, taken from a side that is confirmed now if there is one.
 * @param {PeeringSide | MissingEnd} exporter
 * @param {PeeringSide | MissingEnd} importer
 */
function servicesOf(exporter, importer) {
  const lists = [
    ...(exporter.peering ? [{ side: exporter, names: exporter.peering.stream.exported_services }] : []),
    ...(importer.peering ? [{ side: importer, names: importer.peering.stream.imported_services }] : []),
  ];
  const { names } = lists.find(({ side }) => side.staleSince === undefined) ?? lists[0];
  return names;
}
