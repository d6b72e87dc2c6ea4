// What stands in each cluster, kept up to date as long as the page is seen.
import { list, watch } from "consul-peering";
import { isServeError } from "../session.js";
import { INTERVAL_MS, Look } from "./look.js";
import { linksOf, otherSides, sidesOf } from "./links.js";
import { verdictOf, verdicts } from "../peering/verdict.js";

/**
 * @import { Peering, PeeringError } from "consul-peering"
 * @import { Cluster, Clusters, Send } from "./clusters.js"
 * @import { Half, Judged, Known, Link } from "./links.js"
 *
 * @typedef {object} Memo  what follows from all clusters together, made once for each version
 * @property {number} [version]
 * @property {Half[]} [all]
 * @property {Map<Half, Half>} [others]
 * @property {Link[]} [links]
 * @property {Map<Peering, Link>} [bySide]
 */

/** More clusters than this on one origin are asked again and again: a watch holds a connection all the time. */
const WATCHED_MAX = 4;
const ASKED_TIMEOUT_MS = 10_000;
const AGAIN_MS = 5_000;
/** After a no that will hardly pass by itself. */
const REFUSED_AGAIN_MS = 30_000;
/** So often is looked whether something has become stale. */
const CHECK_MS = 1_000;

/** Emits "change" when something has become another; `detail` is the cluster. */
export class Live extends EventTarget {
  #looks;
  #session;
  /** @type {Map<string, AbortController>} by alias, what ends the looking at a cluster */
  #runs = new Map();
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
    clusters.addEventListener("rights", (event) => this.#told(this.look(clusterOf(event).alias)));
    clusters.addEventListener("token", (event) => {
      const cluster = clusterOf(event);
      this.#looks.set(cluster.alias, new Look(cluster)); // another token sees what it may see
      this.again(cluster.alias);
    });
    const begin = () => this.looks.forEach(({ cluster }) => this.again(cluster.alias));
    this.#session = clusters.session;
    this.#session.addEventListener("over", () => {
      for (const run of this.#runs.values()) run.abort();
      this.looks.forEach((look) => this.#told(look));
    });
    document.addEventListener("visibilitychange", begin);
    begin();
    setInterval(() => {
      if (!document.hidden) this.#check();
    }, CHECK_MS);
  }

  /** Nothing reports that a response is overdue, nor that a heartbeat has become old. */
  #check() {
    for (const look of this.looks) if (kindOf(look) !== this.#kinds.get(look)) this.#told(look);
    const [first] = this.looks;
    const present = new Set(this.looks.flatMap(({ peerings = [] }) => peerings));
    if (verdicts.renew(present)) this.#told(first);
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
   * Looks at a cluster again, at once; a hidden page does not.
   * @param {string} alias
   */
  again(alias) {
    const look = this.look(alias);
    this.#runs.get(alias)?.abort();
    Object.assign(look, { beganAt: Date.now(), againAt: undefined });
    if (!document.hidden && !this.#session.isOver) this.#run(look);
    this.#told(look);
  }

  /** @param {Look} look */
  async #run(look) {
    const run = new AbortController();
    const { signal } = run;
    this.#runs.set(look.cluster.alias, run);
    while (!signal.aborted) {
      try {
        if (this.#isCrowded(look)) await this.#ask(look, signal);
        else await this.#watch(look, signal);
      } catch (error) {
        if (!signal.aborted) this.#failed(look, { error: /** @type {PeeringError} */ (error) });
      }
      const pause = look.error ? (look.error.retryable ? AGAIN_MS : REFUSED_AGAIN_MS) : INTERVAL_MS;
      if (look.error) look.againAt = Date.now() + pause;
      await sleep(pause, signal);
    }
  }

  /** @param {Look} look */
  #isCrowded({ cluster }) {
    const { origin } = new URL(cluster.address);
    return this.looks.filter((each) => new URL(each.cluster.address).origin === origin).length > WATCHED_MAX;
  }

  /**
   * @param {Look} look
   * @param {AbortSignal} signal
   */
  async #watch(look, signal) {
    /** @param {import("consul-peering").Progress} event */
    const onProgress = ({ kind, code }) => {
      if (kind === "retry") this.#failed(look, { trouble: code });
    };
    for await (const peerings of watch(this.#target(look), { signal, interval: INTERVAL_MS, onProgress })) {
      this.#seen(look, peerings);
    }
  }

  /**
   * @param {Look} look
   * @param {AbortSignal} signal
   */
  async #ask(look, signal) {
    this.#seen(look, await list(this.#target(look), { signal, timeout: ASKED_TIMEOUT_MS }));
  }

  /**
   * The cluster, with a fetch by which is known that what was seen still holds: a watch tells of differences alone.
   * @param {Look} look
   */
  #target(look) {
    /** @type {Send} */
    const send = async (url, init) => {
      const response = await this.#session.fetch(url, init).catch((error) => {
        if (isServeError(error)) look.lastCause = error.code;
        throw error;
      });
      if (!new URL(url).pathname.endsWith("/v1/peerings")) return response;
      look.lastCause = undefined;
      const policy = response.headers.get("X-Consul-Default-ACL-Policy");
      if (policy !== null) look.cluster.isOpen = policy === "allow";
      if (response.ok && look.peerings) this.#sure(look);
      return response;
    };
    return look.cluster.quietly(send);
  }

  /**
   * @param {Look} look
   * @param {Peering[]} peerings
   */
  #seen(look, peerings) {
    look.peerings = peerings;
    this.#sure(look);
    this.#told(look);
    this.#judge(look.cluster);
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
  #sure(look) {
    const was = look.status();
    Object.assign(look, { sureAt: Date.now(), error: undefined, trouble: undefined, againAt: undefined });
    void look.cluster.identify();
    // What was refused before may be allowed now.
    void look.cluster.askRights(was !== "sure");
    if (was !== "sure") this.#told(look);
  }

  /**
   * @param {Look} look
   * @param {Partial<Pick<Look, "error" | "trouble">>} why
   */
  #failed(look, why) {
    const cause = why.error ? causeIn(why.error) : look.lastCause;
    Object.assign(look, { error: undefined, trouble: undefined, cause }, why);
    // A cluster that refuses can be asked why.
    if (look.error && !look.error.retryable) {
      void look.cluster.askRights(true);
      void look.cluster.identify();
    }
    this.#told(look);
  }

  /** @param {Look} look */
  #told(look) {
    this.#kinds.set(look, kindOf(look));
    this.version++;
    this.dispatchEvent(new CustomEvent("change", { detail: look.cluster }));
  }
}

/**
 * Why the server of this page had no response to pass on, where that is why a call has failed.
 * @param {PeeringError} error
 */
const causeIn = ({ cause }) => (isServeError(cause) ? cause.code : undefined);

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

/**
 * Over early where `signal` says so.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
const sleep = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
  });
