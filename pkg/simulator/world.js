// The simulated clusters of one simulator: the module's, with a clock. Requests are passed to it, and their promises
// resolve when the module reports how they have ended.

import { setImmediate } from "node:timers";
import { isHeader } from "./agent.js";
import { Clusters } from "./glue.js";
import { toJson } from "./json.js";

/**
 * @typedef {object} Request  as an agent receives it
 * @property {string} method
 * @property {string} target  path and query, as they came
 * @property {Record<string, string>} headers  their names in lower case
 * @property {Uint8Array} body
 * @property {AbortSignal} [signal]  aborts when the caller has gone
 *
 * @typedef {{ status: number, headers: Record<string, string>, body: Uint8Array, cut: boolean }} Response
 *   `cut`: its body is truncated
 * @typedef {Response | "dropped" | "refused"} Answer  "dropped": the connection breaks; "refused": there is none
 */

/** A timer of JavaScript that is set for longer runs at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export class World {
  #clusters;
  #clock;
  #began;
  /** @type {Map<number, (answer: Answer) => void>} */
  #waiting = new Map();
  /** @type {unknown} */
  #timer;
  /** @type {NodeJS.Immediate | undefined} */
  #soon;
  #stopped = false;
  /** @type {import("./glue.js").Receiver} */
  #receiver;

  /**
   * @param {unknown} options  what `startSimulator` was given
   * @param {import("../simulator.js").Clock} clock
   * @param {number} began  ms since 1970
   * @param {(cluster: string) => void} broken  is called when a server goes down
   */
  constructor(options, clock, began, broken) {
    const json = toJson(options);
    this.#clusters = new Clusters(json, began);
    checkHeaders(JSON.parse(json).clusters);
    this.#clock = clock;
    this.#began = began;
    this.#receiver = {
      answered: (id, status, headers, body, cut) =>
        this.#settle(id, { status, headers: JSON.parse(headers), body: body.slice(), cut }),
      dropped: (id) => this.#settle(id, "dropped"),
      broken,
    };
    this.#follow();
  }

  get names() {
    return this.#clusters.names();
  }

  /**
   * The management token.
   * @param {string} cluster
   */
  token(cluster) {
    return this.#clusters.token(cluster);
  }

  /**
   * @param {string} cluster
   * @param {Request} request
   * @param {() => number[]} meet  the faults that it meets; is called where the server accepts it
   * @returns {Promise<Answer>}
   */
  async send(cluster, { method, target, headers, body, signal }, meet) {
    if (this.#stopped || !this.#clusters.isUp(cluster, this.#now)) return "refused";
    const faults = meet();
    const id = this.#clusters.submit(cluster, method, target, toJson(headers), body, faults, this.#now);
    if (id === undefined) return "refused"; // a fault's `match` has stopped the server
    return new Promise((resolve) => {
      const abort = () => {
        this.#clusters.abort(id);
        this.#settle(id, "dropped");
        this.#follow();
      };
      this.#waiting.set(id, (answer) => {
        signal?.removeEventListener("abort", abort);
        resolve(answer);
      });
      signal?.addEventListener("abort", abort);
      this.#follow();
    });
  }

  /**
   * The number of a new fault.
   * @param {object} fault
   */
  addFault(fault) {
    return this.#clusters.addFault(toJson(fault));
  }

  /**
   * @param {string} cluster
   * @param {number} ms
   */
  restart(cluster, ms) {
    this.#clusters.restart(cluster, ms, this.#now);
    this.#follow();
  }

  /**
   * @param {string} cluster
   * @param {number} ms
   */
  loseLeader(cluster, ms) {
    this.#clusters.loseLeader(cluster, ms, this.#now);
    this.#follow();
  }

  /**
   * @param {string} cluster
   * @param {Record<string, string[]>} services
   */
  exportServices(cluster, services) {
    this.#clusters.exportServices(cluster, toJson(services), this.#now);
    this.#follow();
  }

  /** For tests: holds all timers of the servers until {@link release}. */
  hold() {
    this.#clusters.hold(this.#now);
    this.#follow();
  }

  /** Fires all held timers now. */
  release() {
    this.#clusters.release(this.#now);
    this.#follow();
  }

  /** Breaks every connection, permanently. */
  stop() {
    for (const cluster of this.names) this.#clusters.restart(cluster, Infinity, this.#now);
    this.#stopped = true;
    this.#follow();
  }

  get #now() {
    return this.#clock.now() - this.#began;
  }

  /**
   * @param {number} id
   * @param {Answer} answer
   */
  #settle(id, answer) {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  /** Settles the ended requests, and sets a timer for the next event. */
  #follow() {
    this.#clusters.deliver(this.#receiver);
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const next = this.#stopped ? undefined : this.#clusters.next();
    if (next === undefined) return;
    const advance = () => {
      this.#clusters.advance(this.#now);
      this.#follow();
    };
    const ms = Math.max(0, Math.ceil(next - this.#now));
    // Only a pending request keeps the process alive. A timer that runs too early sets the next one.
    this.#timer = this.#clock.setTimeout(advance, Math.min(ms, TIMER_MAX_MS), { background: this.#waiting.size === 0 });
    // At this instant, but after the other requests that are sent at it.
    if (ms > 0 || this.#soon) return;
    this.#soon = setImmediate(() => {
      this.#soon = undefined;
      if (!this.#stopped) advance();
    });
  }
}

/**
 * Checks what the module does not: `response_headers` of clusters whose other options are valid.
 * @param {(string | { response_headers?: Record<string, string> })[]} [clusters]  default: clusters without any
 */
function checkHeaders(clusters = []) {
  for (const [index, cluster] of clusters.entries()) {
    const headers = typeof cluster === "string" ? {} : (cluster.response_headers ?? {});
    for (const [name, value] of Object.entries(headers)) {
      if (isHeader(name, value)) continue;
      throw new TypeError(`clusters[${index}].response_headers: ${JSON.stringify(name)} is not a valid header`);
    }
  }
}
