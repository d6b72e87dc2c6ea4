// Reads the peerings of each cluster while the page is visible: watches a cluster, or polls it where many share an origin.
import { list, watch } from "consul-peering";
import { isServeError } from "../session.js";
import { INTERVAL_MS } from "./look.js";

/**
 * @import { Peering, PeeringError } from "consul-peering"
 * @import { Clusters, Send } from "./clusters.js"
 * @import { Look } from "./look.js"
 *
 * @typedef {object} Listener
 * @property {(look: Look) => void} changed  its status, or why it is not up to date
 * @property {(look: Look) => void} seen     its peerings
 */

/** More clusters than this on one origin are polled: a watch holds a connection all the time. */
const WATCHED_MAX = 4;
const POLL_TIMEOUT_MS = 10_000;
const RETRY_MS = 5_000;
/** After a refusal that will hardly pass by itself. */
const REFUSED_RETRY_MS = 30_000;

export class Reader {
  #clusters;
  #listener;
  /** @type {Map<string, AbortController>} by alias */
  #runs = new Map();

  /**
   * @param {Clusters} clusters
   * @param {Listener} listener
   */
  constructor(clusters, listener) {
    this.#clusters = clusters;
    this.#listener = listener;
  }

  /**
   * Reads a cluster at once, in place of what is under way; not while the page is hidden.
   * @param {Look} look
   */
  start(look) {
    this.#runs.get(look.cluster.alias)?.abort();
    Object.assign(look, { beganAt: Date.now(), againAt: undefined });
    if (!document.hidden && !this.#clusters.session.isOver) this.#run(look);
  }

  stop() {
    for (const run of this.#runs.values()) run.abort();
  }

  /** @param {Look} look */
  async #run(look) {
    const run = new AbortController();
    const { signal } = run;
    this.#runs.set(look.cluster.alias, run);
    while (!signal.aborted) {
      try {
        if (this.#isCrowded(look)) await this.#poll(look, signal);
        else await this.#watch(look, signal);
      } catch (error) {
        if (!signal.aborted) this.#failed(look, { error: /** @type {PeeringError} */ (error) });
      }
      const pause = look.error ? (look.error.retryable ? RETRY_MS : REFUSED_RETRY_MS) : INTERVAL_MS;
      if (look.error) look.againAt = Date.now() + pause;
      await sleep(pause, signal);
    }
  }

  /** @param {Look} look */
  #isCrowded({ cluster }) {
    const { origin } = new URL(cluster.address);
    return [...this.#clusters].filter(({ address }) => new URL(address).origin === origin).length > WATCHED_MAX;
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
  async #poll(look, signal) {
    this.#seen(look, await list(this.#target(look), { signal, timeout: POLL_TIMEOUT_MS }));
  }

  /**
   * The cluster, with a fetch that shows that what was read is still true: a watch reports only differences.
   * @param {Look} look
   */
  #target(look) {
    /** @type {Send} */
    const send = async (url, init) => {
      const response = await this.#clusters.session.fetch(url, init).catch((error) => {
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
    this.#listener.seen(look);
  }

  /** @param {Look} look */
  #sure(look) {
    const was = look.status();
    const fine = { error: undefined, trouble: undefined, againAt: undefined, failedAt: undefined };
    Object.assign(look, { ...fine, sureAt: Date.now() });
    void look.cluster.identify();
    // What was refused before may be allowed now.
    void look.cluster.askRights(was !== "sure");
    if (was !== "sure") this.#listener.changed(look);
  }

  /**
   * @param {Look} look
   * @param {Partial<Pick<Look, "error" | "trouble">>} why
   */
  #failed(look, why) {
    const cause = why.error ? causeIn(why.error) : look.lastCause;
    look.failedAt ??= Date.now();
    Object.assign(look, { error: undefined, trouble: undefined, cause }, why);
    // A cluster that refuses can be asked why.
    if (look.error && !look.error.retryable) {
      void look.cluster.askRights(true);
      void look.cluster.identify();
    }
    this.#listener.changed(look);
  }
}

/**
 * Why the server of this page had no response to pass on, where that is why a call has failed.
 * @param {PeeringError} error
 */
const causeIn = ({ cause }) => (isServeError(cause) ? cause.code : undefined);

/**
 * Resolves early where `signal` aborts.
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
