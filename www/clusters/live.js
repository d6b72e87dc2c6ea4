// The latest data of all clusters, and the links and verdicts derived from it.
import { Snapshot } from "./snapshot.js";
import { linksOf, otherSides, sidesOf } from "./links.js";
import { Reader } from "./reader.js";
import { verdictOf, verdicts } from "../peering/verdict.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { Cluster, Clusters } from "./clusters.js"
 * @import { PeeringSide, Evaluation, KnownCluster, Link } from "./links.js"
 *
 * @typedef {object} Memo  values derived from all clusters, computed once per version
 * @property {number} [version]
 * @property {PeeringSide[]} [all]
 * @property {Map<PeeringSide, PeeringSide>} [others]
 * @property {Link[]} [links]
 * @property {Map<Peering, Link>} [bySide]
 */

/** The interval in which freshness is checked. */
const CHECK_MS = 1_000;

/** Emits "change" when the data or the status of a cluster has changed; `detail`: the cluster. */
export class Live extends EventTarget {
  #snapshots;
  #reader;
  /** @type {Memo} */
  #memo = {};
  /** @type {WeakMap<Snapshot, string>} the freshness that was last reported */
  #kinds = new WeakMap();
  /** Increases with each change. */
  version = 0;

  /** @param {Clusters} clusters */
  constructor(clusters) {
    super();
    this.#snapshots = new Map([...clusters].map((cluster) => [cluster.alias, new Snapshot(cluster)]));
    this.#reader = new Reader(clusters, {
      changed: (snapshot) => this.#changed(snapshot),
      read: (snapshot) => {
        this.#changed(snapshot);
        this.#evaluate(snapshot.cluster);
      },
    });
    clusters.addEventListener("rights", (event) => this.#changed(this.snapshot(clusterOf(event).alias)));
    clusters.addEventListener("token", (event) => {
      const cluster = clusterOf(event);
      this.#snapshots.set(cluster.alias, new Snapshot(cluster)); // another ACL token may read other peerings
      this.refresh(cluster.alias);
    });
    const refreshAll = () => this.snapshots.forEach(({ cluster }) => this.refresh(cluster.alias));
    clusters.session.addEventListener("ended", () => {
      this.#reader.stop();
      this.snapshots.forEach((snapshot) => this.#changed(snapshot));
    });
    document.addEventListener("visibilitychange", refreshAll);
    refreshAll();
    setInterval(() => {
      if (!document.hidden) this.#check();
    }, CHECK_MS);
  }

  /** No event reports that a response is overdue or that a heartbeat is too old. */
  #check() {
    for (const snapshot of this.snapshots) if (kindOf(snapshot) !== this.#kinds.get(snapshot)) this.#changed(snapshot);
    const [first] = this.snapshots;
    const existing = new Set(this.snapshots.flatMap(({ peerings = [] }) => peerings));
    if (verdicts.renew(existing)) this.#changed(first);
  }

  /**
   * The data of a cluster.
   * @param {string} alias
   */
  snapshot = (alias) => /** @type {Snapshot} */ (this.#snapshots.get(alias));
  get snapshots() {
    return [...this.#snapshots.values()];
  }
  /** All peerings that were read. */
  get all() {
    return (this.#now.all ??= this.#all());
  }

  /** @returns {PeeringSide[]} */
  #all() {
    return this.snapshots.flatMap(({ cluster: { alias }, peerings = [], freshness: { kind, readAt } }) => {
      const staleSince = kind === "fresh" ? undefined : readAt;
      return peerings.map((peering) => ({ alias, peering, staleSince }));
    });
  }

  /** The other side of each peering of `all`, if that was read. */
  get others() {
    return (this.#now.others ??= otherSides(this.all));
  }

  /** All links between the clusters, each once. */
  get links() {
    return (this.#now.links ??= linksOf(this.all, this.clusters, verdictOf));
  }

  /**
   * The link of a peering, or undefined if the peering no longer exists.
   * @param {{ peering: Peering }} side
   */
  linkOf({ peering }) {
    /** @type {Map<Peering, Link>} */
    const bySide = (this.#now.bySide ??= new Map());
    if (bySide.size === 0)
      for (const link of this.links) for (const side of sidesOf(link)) bySide.set(side.peering, link);
    return bySide.get(peering);
  }

  /**
   * The verdict on a peering of `all`; if the other side is missing, the verdict on the link.
   * @param {PeeringSide} side
   * @returns {Evaluation}
   */
  verdictOn(side) {
    const link = this.linkOf(side);
    if (link?.missing !== "absent") return verdictOf(side, this.others.get(side));
    return { verdict: link.verdict, reasons: link.reasons.map(({ text }) => text) };
  }

  get #now() {
    if (this.#memo.version !== this.version) this.#memo = { version: this.version };
    return this.#memo;
  }

  /** The freshness and the identity of each cluster. @returns {KnownCluster[]} */
  get clusters() {
    return this.snapshots.map(({ cluster: { alias, identity }, freshness }) => ({ alias, freshness, identity }));
  }

  /**
   * Reads a cluster immediately.
   * @param {string} alias
   */
  refresh(alias) {
    const snapshot = this.snapshot(alias);
    this.#reader.start(snapshot);
    this.#changed(snapshot);
  }

  /**
   * Caches the verdicts that a response affects, so that they are not all computed in the next render.
   * @param {Cluster} cluster
   */
  #evaluate({ alias }) {
    for (const side of this.all) {
      const other = this.others.get(side);
      if (side.alias === alias || other?.alias === alias) verdictOf(side, other);
    }
  }

  /** @param {Snapshot} snapshot */
  #changed(snapshot) {
    this.#kinds.set(snapshot, kindOf(snapshot));
    this.version++;
    this.dispatchEvent(new CustomEvent("change", { detail: snapshot.cluster }));
  }
}

/**
 * The freshness as views show it: with the status if it is not fresh.
 * @param {Snapshot} snapshot
 */
function kindOf(snapshot) {
  const { kind } = snapshot.freshness;
  return kind === "fresh" ? kind : `${kind} ${snapshot.status()}`;
}

/**
 * The cluster of an event.
 * @param {Event} event
 */
export const clusterOf = (event) => /** @type {CustomEvent<Cluster>} */ (event).detail;
