// Time for the simulated clusters: the machine's, or a manual clock.

import { setImmediate as turn } from "node:timers/promises";

/**
 * @typedef {import("../simulator.js").Clock} Clock
 * @typedef {{ action: () => void, due: number }} Timer
 */

/**
 * The machine's time.
 * @implements {Clock}
 */
export class RealClock {
  /** A date, by the monotonic clock: setting the system's clock moves no timer. */
  now = () => Math.floor(performance.timeOrigin + performance.now());

  /**
   * Runs `action` after `ms`. A `background` timer does not keep the process alive.
   * @param {() => void} action
   * @param {number} ms
   * @param {{ background?: boolean }} how
   */
  setTimeout(action, ms, { background = false } = {}) {
    const timer = setTimeout(action, ms);
    if (background) timer.unref?.();
    return timer;
  }

  /** @param {any} timer */
  clearTimeout(timer) {
    clearTimeout(timer);
  }
}

/** Enough turns of the event loop for all work without a timer. */
const TURNS = 8;

/**
 * A clock that advances only manually.
 * @implements {Clock}
 */
export class ManualClock {
  #now;
  #serial = 0;
  /** @type {Map<number, Timer>} */
  #timers = new Map();

  constructor(now = Date.now()) {
    this.#now = now;
  }

  now = () => this.#now;

  /**
   * @param {() => void} action
   * @param {number} ms
   */
  setTimeout(action, ms) {
    const id = ++this.#serial;
    this.#timers.set(id, { action, due: this.#now + Math.max(0, Number(ms) || 0) });
    return id;
  }

  /** @param {number} id */
  clearTimeout(id) {
    this.#timers.delete(id);
  }

  /** When the next timer is due; undefined if none is set. */
  get next() {
    return this.#earliest()?.[1].due;
  }

  /**
   * Advances time by `ms`. Due timers run in order, each with everything that it causes.
   * @param {number} ms
   */
  async advance(ms) {
    const end = this.#now + ms;
    await settle();
    for (let timer = this.#earliest(); timer && timer[1].due <= end; timer = this.#earliest()) {
      const [id, { action, due }] = timer;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, due);
      action();
      await settle();
    }
    this.#now = end;
  }

  #earliest() {
    /** @type {[number, Timer] | undefined} */
    let earliest;
    for (const timer of this.#timers) if (!earliest || timer[1].due < earliest[1].due) earliest = timer;
    return earliest;
  }
}

async function settle() {
  for (let turns = 0; turns < TURNS; turns++) await turn();
}
