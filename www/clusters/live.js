// What is known of each cluster and its peerings, and what follows from it for links and verdicts.
import { Look } from "./look.js";
import { linksOf, otherSides, sidesOf } from "./links.js";
import { Reader } from "./reader.js";
import { verdictOf, verdicts } from "../peering/verdict.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { Cluster, Clusters } from "./clusters.js"
 * @import { Half, Judged, Known, Link } from "./links.js"
 *
 * @typedef {object} Memo  what follows from all clusters together, made once for each version
 * @property {number} [version]
 * @property {Half[]} [all]
 * @property {Map<Half, Half>} [others]
 * @property {Link[]} [links]
 * @property {Map<Peering, Link>} [bySide]
 */

/** How often freshness is checked. */
const CHECK_MS = 1_000;

/** Emits "change" when something has changed; `detail` is the cluster. */
export class Live extends EventTarget {
  #looks;
  #reader;
  /** @type {Memo} */
  #memo = {};
  /** @type {WeakMap<Look, string>} how fresh each look was when that was last reported */
  #kinds = new WeakMap();
  /** Another one with each change. */
  version = 0;

  /** @param {Clusters} clusters */
  constructor(clusters) {
    super();
    this.#looks = new Map([...clusters].map((cluster) => [cluster.alias, new Look(cluster)]));
    this.#reader = new Reader(clusters, {
      changed: (look) => this.#changed(look),
      seen: (look) => {
        this.#changed(look);
        this.#judge(look.cluster);
      },
    });
    clusters.addEventListener("rights", (event) => this.#changed(this.look(clusterOf(event).alias)));
    clusters.addEventListener("token", (event) => {
      const cluster = clusterOf(event);
      this.#looks.set(cluster.alias, new Look(cluster)); // another token sees what it may see
      this.again(cluster.alias);
    });
    const begin = () => this.looks.forEach(({ cluster }) => this.again(cluster.alias));
    clusters.session.addEventListener("over", () => {
      this.#reader.stop();
      this.looks.forEach((look) => this.#changed(look));
    });
    document.addEventListener("visibilitychange", begin);
    begin();
    setInterval(() => {
      if (!document.hidden) this.#check();
    }, CHECK_MS);
  }

  /** Nothing reports that a response is overdue, nor that a heartbeat has become old. */
  #check() {
    for (const look of this.looks) if (kindOf(look) !== this.#kinds.get(look)) this.#changed(look);
    const [first] = this.looks;
    const present = new Set(this.looks.flatMap(({ peerings = [] }) => peerings));
    if (verdicts.renew(present)) this.#changed(first);
  }

  /**
   * That of an alias which is known.
   * @param {string} alias
   */
  look = (alias) => /** @type {Look} */ (this.#looks.get(alias));
  get looks() {
    return [...this.#looks.values()];
  }
  /** Every peering that was seen. */
  get all() {
    return (this.#now.all ??= this.#all());
  }

  /** @returns {Half[]} */
  #all() {
    return this.looks.flatMap(({ cluster: { alias }, peerings = [], freshness: { kind, readAt } }) => {
      const staleSince = kind === "fresh" ? undefined : readAt;
      return peerings.map((peering) => ({ alias, peering, staleSince }));
    });
  }

  /** By peering of `all`, its other side, where that was seen. */
  get others() {
    return (this.#now.others ??= otherSides(this.all));
  }

  /** Every link between the clusters once, with its verdict. */
  get links() {
    return (this.#now.links ??= linksOf(this.all, this.clusters, verdictOf));
  }

  /**
   * The link that a peering is a side of; none where it is not there any more.
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
   * The verdict on one peering of `all`; where the other cluster has none, that on the link.
   * @param {Half} side
   * @returns {Judged}
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

  /** What is known of the clusters themselves. @returns {Known[]} */
  get clusters() {
    return this.looks.map(({ cluster: { alias, identity }, freshness }) => ({ alias, freshness, identity }));
  }

  /**
   * Reads a cluster at once.
   * @param {string} alias
   */
  again(alias) {
    const look = this.look(alias);
    this.#reader.start(look);
    this.#changed(look);
  }

  /**
   * Verdicts take most of the time: those that a response changes are due here, not all together when they are shown.
   * @param {Cluster} cluster
   */
  #judge({ alias }) {
    for (const half of this.all) {
      const other = this.others.get(half);
      if (half.alias === alias || other?.alias === alias) verdictOf(half, other);
    }
  }

  /** @param {Look} look */
  #changed(look) {
    this.#kinds.set(look, kindOf(look));
    this.version++;
    this.dispatchEvent(new CustomEvent("change", { detail: look.cluster }));
  }
}

/**
 * How well it is known, as views show it: why it is not fresh, too.
 * @param {Look} look
 */
function kindOf(look) {
  const { kind } = look.freshness;
  return kind === "fresh" ? kind : `${kind} ${look.status()}`;
}

/**
 * The cluster that an event is about.
 * @param {Event} event
 */
export const clusterOf = (event) => /** @type {CustomEvent<Cluster>} */ (event).detail;
