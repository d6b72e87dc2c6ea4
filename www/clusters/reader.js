// Reads the peerings of each cluster while the page is visible: watches it, or polls it if many clusters share an origin.
import { list, watch } from "consul-peering";
import { isServeError } from "../session.js";
import { limitedPoll } from "./concurrency.js";
import { INTERVAL_MS } from "./snapshot.js";
import { PERMANENT_RETRY_MS, RETRY_MS } from "./retry.js";

/**
 * @import { Peering, PeeringError } from "consul-peering"
 * @import { Clusters, Send } from "./clusters.js"
 * @import { Snapshot } from "./snapshot.js"
 *
 * @typedef {object} Listener
 * @property {(snapshot: Snapshot) => void} changed  the status of a cluster has changed
 * @property {(snapshot: Snapshot) => void} read     the peerings of a cluster were read
 */

/** If more clusters than this share an origin, they are polled: a watch occupies a connection permanently. */
const WATCHED_MAX = 4;
const POLL_TIMEOUT_MS = 10_000;

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
   * Starts reading a cluster immediately, unless the page is hidden. Aborts the request that is pending.
   * @param {Snapshot} snapshot
   */
  start(snapshot) {
    this.#runs.get(snapshot.cluster.alias)?.abort();
    Object.assign(snapshot, { startedAt: Date.now(), retryAt: undefined, hasResponse: false });
    if (!document.hidden && !this.#clusters.session.hasEnded) this.#run(snapshot);
  }

  stop() {
    for (const run of this.#runs.values()) run.abort();
  }

  /** @param {Snapshot} snapshot */
  async #run(snapshot) {
    const run = new AbortController();
    const { signal } = run;
    this.#runs.set(snapshot.cluster.alias, run);
    while (!signal.aborted) {
      try {
        if (this.#isCrowded(snapshot)) await this.#poll(snapshot, signal);
        else await this.#watch(snapshot, signal);
      } catch (error) {
        if (!signal.aborted) this.#failed(snapshot, { error: /** @type {PeeringError} */ (error) });
      }
      const pause = snapshot.error ? (snapshot.error.retryable ? RETRY_MS : PERMANENT_RETRY_MS) : INTERVAL_MS;
      if (snapshot.error) snapshot.retryAt = Date.now() + pause;
      await sleep(pause, signal);
    }
  }

  /** @param {Snapshot} snapshot */
  #isCrowded({ cluster }) {
    const { origin } = new URL(cluster.address);
    return [...this.#clusters].filter(({ address }) => new URL(address).origin === origin).length > WATCHED_MAX;
  }

  /**
   * @param {Snapshot} snapshot
   * @param {AbortSignal} signal
   */
  async #watch(snapshot, signal) {
    /** @param {import("consul-peering").Progress} event */
    const onProgress = ({ kind, code }) => {
      if (kind === "retry") this.#failed(snapshot, { retryCode: code });
    };
    for await (const peerings of watch(this.#target(snapshot), { signal, interval: INTERVAL_MS, onProgress })) {
      this.#store(snapshot, peerings);
    }
  }

  /**
   * @param {Snapshot} snapshot
   * @param {AbortSignal} signal
   */
  async #poll(snapshot, signal) {
    // Waiting is not part of the timeout: otherwise, clusters that do not respond would make others time out.
    const options = { hasFailed: snapshot.error !== undefined, signal };
    const peerings = await limitedPoll(snapshot.cluster.address, options, () =>
      list(this.#target(snapshot), { signal, timeout: POLL_TIMEOUT_MS }),
    );
    this.#store(snapshot, peerings);
  }

  /**
   * The cluster, with a fetch that notes each valid response: a watch reports only differences.
   * @param {Snapshot} snapshot
   */
  #target(snapshot) {
    /** @type {Send} */
    const send = async (url, init) => {
      const isList = new URL(url).pathname.endsWith("/v1/peerings");
      // After an invalid response, a watch reports the failure before it sends the next request.
      if (isList && snapshot.hasResponse) this.#confirm(snapshot);
      const response = await this.#clusters.session.fetch(url, init).catch((error) => {
        if (isServeError(error)) snapshot.lastCause = error.code;
        throw error;
      });
      if (!isList) return response;
      snapshot.lastCause = undefined;
      const policy = response.headers.get("X-Consul-Default-ACL-Policy");
      if (policy !== null) snapshot.cluster.isOpen = policy === "allow";
      snapshot.hasResponse = response.ok && snapshot.peerings !== undefined;
      return response;
    };
    return snapshot.cluster.backgroundTarget(send);
  }

  /**
   * @param {Snapshot} snapshot
   * @param {Peering[]} peerings
   */
  #store(snapshot, peerings) {
    snapshot.peerings = peerings;
    this.#confirm(snapshot);
    this.#listener.read(snapshot);
  }

  /** @param {Snapshot} snapshot */
  #confirm(snapshot) {
    const before = snapshot.status();
    const noFailure = { error: undefined, retryCode: undefined, retryAt: undefined, failedAt: undefined };
    Object.assign(snapshot, { ...noFailure, checkedAt: Date.now(), hasResponse: false });
    void snapshot.cluster.identify();
    // After a failure, the permissions may have changed.
    void snapshot.cluster.fetchRights(before !== "current");
    if (before !== "current") this.#listener.changed(snapshot);
  }

  /**
   * @param {Snapshot} snapshot
   * @param {Partial<Pick<Snapshot, "error" | "retryCode">>} failure
   */
  #failed(snapshot, failure) {
    const cause = failure.error ? causeIn(failure.error) : snapshot.lastCause;
    snapshot.failedAt ??= Date.now();
    Object.assign(snapshot, { error: undefined, retryCode: undefined, cause, hasResponse: false }, failure);
    // The cluster responds: fetch the permissions, which may explain the error.
    if (snapshot.error && !snapshot.error.retryable) {
      void snapshot.cluster.fetchRights(true);
      void snapshot.cluster.identify();
    }
    this.#listener.changed(snapshot);
  }
}

/**
 * The code of the page's server, if the call failed because it had no response to forward.
 * @param {PeeringError} error
 */
const causeIn = ({ cause }) => (isServeError(cause) ? cause.code : undefined);

/**
 * Resolves early if `signal` aborts.
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
