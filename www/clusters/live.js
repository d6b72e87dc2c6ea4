// What stands in each cluster, kept up to date as long as the page is seen.
import { list, watch } from "consul-peering";
import { freshnessOf } from "./freshness.js";
import { isServeError } from "../session.js";
import { linksOf, otherSides, sidesOf } from "./links.js";
import { verdictOf, verdicts } from "../peering/verdict.js";

/** More clusters than this on one origin are asked again and again: a watch holds a connection all the time. */
const WATCHED_MAX = 4;
const INTERVAL_MS = 2_000;
const ASKED_TIMEOUT_MS = 10_000;
const AGAIN_MS = 5_000;
/** After a no that will hardly pass by itself. */
const REFUSED_AGAIN_MS = 30_000;
/** An answer that takes so much longer than it should is slow. */
const SLOW_MS = 1_500;
/** So often is looked whether something has become stale. */
const CHECK_MS = 1_000;

/** What is known of one cluster. */
class Look {
  /** What was seen last; undefined: nothing yet. */
  peerings;
  /** When Consul last confirmed it, in ms. */
  sureAt;
  /** Since when it is asked, and when it will be asked again, where it is not asked now. */
  beganAt;
  againAt;
  /** Why there is no answer: the module's error, or the code of the failure after which it tries again by itself. */
  error;
  trouble;
  /** Why the server of this page had no response to pass on, where it was the last request that failed. */
  cause;

  constructor(cluster) {
    this.cluster = cluster;
  }

  get freshness() {
    return freshnessOf(this);
  }

  /** @returns {import("./failure.js").Failure | undefined} */
  get failure() {
    const code = this.error?.code ?? this.trouble;
    return code && { code, cause: this.cause };
  }

  /** Since when nothing was heard, in ms. */
  silent(now = Date.now()) {
    return Math.abs(now - Math.max(this.beganAt ?? now, this.sureAt ?? 0));
  }

  /**
   * - "first": the first answer is awaited
   * - "sure": as it stands
   * - "slow": an answer is awaited longer than it should take
   * - "lost": it has answered, and does not now
   * - "failed": it has not answered yet, or says no
   */
  status(now = Date.now()) {
    if (this.error || this.trouble) return this.peerings ? "lost" : "failed";
    // Where nothing changes, a watched cluster is silent for an interval.
    if (this.silent(now) > SLOW_MS + (this.peerings ? INTERVAL_MS : 0)) return "slow";
    return this.peerings ? "sure" : "first";
  }
}

/** Emits "change" when something has become another; `detail` is the cluster. */
export class Live extends EventTarget {
  #looks;
  #session;
  #runs = new Map(); // what ends the looking at each cluster
  #memo = {};
  #kinds = new WeakMap(); // how fresh each look was when that was last reported
  /** Another one with each change. */
  version = 0;

  constructor(clusters) {
    super();
    this.#looks = new Map([...clusters].map((cluster) => [cluster.alias, new Look(cluster)]));
    clusters.addEventListener("rights", ({ detail: { alias } }) => this.#told(this.look(alias)));
    clusters.addEventListener("token", ({ detail: cluster }) => {
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
    setInterval(() => document.hidden || this.#check(), CHECK_MS);
  }

  /** Nothing reports that a response is overdue, nor that a heartbeat has become old. */
  #check() {
    for (const look of this.looks) if (kindOf(look) !== this.#kinds.get(look)) this.#told(look);
    const [first] = this.looks;
    const present = new Set(this.looks.flatMap(({ peerings = [] }) => peerings));
    if (verdicts.renew(present)) this.#told(first);
  }

  look = (alias) => this.#looks.get(alias);
  get looks() {
    return [...this.#looks.values()];
  }
  /** Every peering that was seen: `[{ alias, peering, staleSince? }]`, where `staleSince` is in ms. */
  get all() {
    return this.#made("all", () =>
      this.looks.flatMap(({ cluster: { alias }, peerings = [], freshness: { kind, readAt } }) => {
        const staleSince = kind === "fresh" ? undefined : readAt;
        return peerings.map((peering) => ({ alias, peering, staleSince }));
      }),
    );
  }

  /** By peering of `all`, its other side, where that was seen. */
  get others() {
    return this.#made("others", () => otherSides(this.all));
  }

  /** Every link between the clusters once, with its verdict. @returns {import("./links.js").Link[]} */
  get links() {
    return this.#made("links", () => linksOf(this.all, this.clusters, verdictOf));
  }

  /**
   * The link that a peering is a side of; none where it is not there any more.
   * @param {{ peering: Peering }} side
   */
  linkOf({ peering }) {
    const bySide = () => new Map(this.links.flatMap((link) => sidesOf(link).map((side) => [side.peering, link])));
    return this.#made("bySide", bySide).get(peering);
  }

  /** The verdict on one peering of `all`; where the other cluster has none, that on the link. */
  verdictOn(side) {
    const link = this.linkOf(side);
    if (link?.missing !== "absent") return verdictOf(side, this.others.get(side));
    return { verdict: link.verdict, reasons: link.reasons.map(({ text }) => text) };
  }

  /** What follows from all clusters together, made once for each version. */
  #made(what, make) {
    if (this.#memo.version !== this.version) this.#memo = { version: this.version };
    return (this.#memo[what] ??= make());
  }

  /** What is known of the clusters themselves. @returns {import("./links.js").Known[]} */
  get clusters() {
    return this.looks.map(({ cluster: { alias, identity }, freshness }) => ({ alias, freshness, identity }));
  }

  /** Looks at a cluster anew, at once; a page that nobody sees does not. */
  again(alias) {
    const look = this.look(alias);
    this.#runs.get(alias)?.abort();
    Object.assign(look, { beganAt: Date.now(), againAt: undefined });
    if (!document.hidden && !this.#session.isOver) this.#run(look);
    this.#told(look);
  }

  async #run(look) {
    const run = new AbortController();
    const { signal } = run;
    this.#runs.set(look.cluster.alias, run);
    while (!signal.aborted) {
      try {
        if (this.#isCrowded(look)) await this.#ask(look, signal);
        else await this.#watch(look, signal);
      } catch (error) {
        if (!signal.aborted) this.#failed(look, { error });
      }
      const pause = look.error ? (look.error.retryable ? AGAIN_MS : REFUSED_AGAIN_MS) : INTERVAL_MS;
      if (look.error) look.againAt = Date.now() + pause;
      await sleep(pause, signal);
    }
  }

  #isCrowded({ cluster }) {
    const { origin } = new URL(cluster.address);
    return this.looks.filter((each) => new URL(each.cluster.address).origin === origin).length > WATCHED_MAX;
  }

  async #watch(look, signal) {
    const onProgress = ({ kind, code }) => kind === "retry" && this.#failed(look, { trouble: code ?? "network" });
    for await (const peerings of watch(this.#target(look), { signal, interval: INTERVAL_MS, onProgress })) {
      this.#seen(look, peerings);
    }
  }

  async #ask(look, signal) {
    this.#seen(look, await list(this.#target(look), { signal, timeout: ASKED_TIMEOUT_MS }));
  }

  /** The cluster, with a fetch by which is known that what was seen still holds: a watch tells of differences alone. */
  #target(look) {
    return look.cluster.quietly(async (url, init) => {
      const isPeerings = new URL(url).pathname.endsWith("/v1/peerings");
      if (!isPeerings) return this.#session.fetch(url, init);
      look.cause = undefined;
      const response = await this.#session.fetch(url, init).catch((error) => {
        if (isServeError(error)) look.cause = error.code;
        throw error;
      });
      const policy = response.headers.get("X-Consul-Default-ACL-Policy");
      if (policy !== null) look.cluster.isOpen = policy === "allow";
      if (response.ok && look.peerings) this.#sure(look);
      return response;
    });
  }

  #seen(look, peerings) {
    look.peerings = peerings;
    this.#sure(look);
    this.#told(look);
    this.#judge(look.cluster);
  }

  /** Verdicts take most of the time: those that a response changes are due here, not all together when they are shown. */
  #judge({ alias }) {
    for (const half of this.all) {
      const other = this.others.get(half);
      if ([half.alias, other?.alias].includes(alias)) verdictOf(half, other);
    }
  }

  #sure(look) {
    const was = look.status();
    Object.assign(look, { sureAt: Date.now(), error: undefined, trouble: undefined, againAt: undefined });
    void look.cluster.identify();
    // What was refused before may be allowed now.
    void look.cluster.askRights(was !== "sure");
    if (was !== "sure") this.#told(look);
  }

  #failed(look, why) {
    Object.assign(look, { error: undefined, trouble: undefined }, why);
    // A cluster that refuses can be asked why.
    if (look.error && !look.error.retryable) {
      void look.cluster.askRights(true);
      void look.cluster.identify();
    }
    this.#told(look);
  }

  #told(look) {
    this.#kinds.set(look, kindOf(look));
    this.version++;
    this.dispatchEvent(new CustomEvent("change", { detail: look.cluster }));
  }
}

/** How well it is known, as views show it: why it is not fresh, too. */
function kindOf(look) {
  const { kind } = look.freshness;
  return kind === "fresh" ? kind : `${kind} ${look.status()}`;
}

/** Over early where `signal` says so. */
const sleep = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
