// A run of `troubleshoot`: how far it is, for how long, and how it is cancelled.
import { h, setText } from "../elements/dom.js";
import { seconds } from "../format.js";

/**
 * @import { Progress } from "consul-peering"
 *
 * @typedef {{ signal: AbortSignal, onProgress(progress: Progress): void }} Call  options of the package's call
 */

/** A run that takes longer says for how long. */
const SLOW_MS = 1_500;
const TICK_MS = 500;
let runs = 0;

export class Run {
  #call = new AbortController();
  #line;
  #waiting = h("span", { class: "hint" });
  #named;
  element;
  number = ++runs;

  /**
   * @param {string} text      what is done
   * @param {boolean} isAsked  by a person
   * @param {(text: string) => string} named  with the clusters' aliases for their addresses
   */
  constructor(text, isAsked, named) {
    this.isAsked = isAsked;
    this.#named = named;
    this.#line = h("span", {}, text);
    this.element = h("span", { class: "busy" }, this.#line, " ", this.#waiting);
  }

  get isCancelled() {
    return this.#call.signal.aborted;
  }

  cancel() {
    this.#call.abort();
  }

  /**
   * @template T
   * @param {(call: Call) => Promise<T>} work
   * @returns {Promise<{ found: T } | { error: unknown }>}
   */
  async start(work) {
    const began = performance.now();
    const clock = setInterval(() => {
      const ms = performance.now() - began;
      if (ms > SLOW_MS) setText(this.#waiting, seconds(ms));
    }, TICK_MS);
    /** @param {Progress} progress */
    const onProgress = ({ text }) => setText(this.#line, this.#named(text));
    try {
      return { found: await work({ signal: this.#call.signal, onProgress }) };
    } catch (error) {
      return { error };
    } finally {
      clearInterval(clock);
    }
  }
}
