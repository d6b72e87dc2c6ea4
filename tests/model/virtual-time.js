// A virtual clock for the simulator and the module: waiting takes no real time, and a seed reproduces its run.

import { ManualClock } from "../../pkg/simulator.js";

/** The machine's time in ms, even while the clock is replaced. */
const machine = () => Performance.prototype.now.call(performance);

export class VirtualTime {
  #manual;
  #start;
  #real;

  /** @param {number} start ms since 1970 */
  constructor(start) {
    this.#manual = new ManualClock(start);
    this.#start = start;
    /** For the simulator. In whole milliseconds, as in the module's hosts. */
    this.clock = {
      now: () => this.#manual.now(),
      setTimeout: (action, ms) => this.#manual.setTimeout(action, Math.ceil(Number(ms) || 0)),
      clearTimeout: (timer) => this.#manual.clearTimeout(timer),
    };
  }

  /** ms since the start. */
  get now() {
    return this.#manual.now() - this.#start;
  }

  /** Replaces the host's clock, which the module resolves on each use. */
  install(random) {
    const { setTimeout, clearTimeout, Date, Math } = globalThis;
    this.#real = { setTimeout, clearTimeout, now: Date.now, random: Math.random };
    performance.now = this.clock.now; // an own property, over the prototype's
    globalThis.setTimeout = this.clock.setTimeout;
    globalThis.clearTimeout = this.clock.clearTimeout;
    Date.now = this.clock.now;
    Math.random = random;
  }

  restore() {
    const { setTimeout, clearTimeout, now, random } = this.#real;
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Date.now = now;
    Math.random = random;
    delete performance.now;
  }

  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const aborted = () => {
        this.clock.clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = this.clock.setTimeout(() => {
        signal?.removeEventListener("abort", aborted);
        resolve();
      }, ms);
      signal?.addEventListener("abort", aborted, { once: true });
    });
  }

  /**
   * Advances time until the promise settles, and returns its result. Throws if no timer is left that could settle it,
   * or if it takes more than `limit` ms of real time.
   */
  async until(promise, limit) {
    let settled = false;
    const noted = promise.finally(() => (settled = true));
    noted.catch(() => {}); // it is awaited below
    const began = machine();
    await this.#manual.advance(0);
    while (!settled) {
      const { next } = this.#manual;
      if (next === undefined) throw new Error("it never settles: nothing is left to wait for");
      if (machine() - began > limit) throw new Error(`it has not settled after ${limit} ms of real time`);
      await this.#manual.advance(next - this.#manual.now());
    }
    return noted;
  }
}
