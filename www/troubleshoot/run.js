// A run of `troubleshoot`: its progress, its elapsed time and its cancellation.
import { h, setText } from "../elements/dom.js";
import { Elapsed } from "../elements/elapsed.js";

/**
 * @import { Progress } from "consul-peering"
 *
 * @typedef {{ signal: AbortSignal, onProgress(progress: Progress): void }} Call  options for `troubleshoot`
 */

let runs = 0;

export class Run {
  #call = new AbortController();
  #line;
  #elapsed = new Elapsed();
  #withAliases;
  element;
  number = ++runs;

  /**
   * @param {string} text         shown until the first progress
   * @param {boolean} isRequested by the user, as opposed to in the background
   * @param {(text: string) => string} withAliases  replaces the addresses of clusters with their aliases
   */
  constructor(text, isRequested, withAliases) {
    this.isRequested = isRequested;
    this.#withAliases = withAliases;
    this.#line = h("span", {}, text);
    this.element = h("span", { class: "busy" }, this.#line, " ", this.#elapsed.element);
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
    this.#elapsed.start();
    /** @param {Progress} progress */
    const onProgress = ({ text }) => {
      this.#elapsed.start();
      setText(this.#line, this.#withAliases(text));
    };
    try {
      return { found: await work({ signal: this.#call.signal, onProgress }) };
    } catch (error) {
      return { error };
    } finally {
      this.#elapsed.stop();
    }
  }
}
