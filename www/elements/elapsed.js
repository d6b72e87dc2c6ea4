// The elapsed time of a running operation, shown once it takes longer than usual.
import { h, setText } from "./dom.js";
import { seconds } from "../format.js";

/** Whatever takes longer than this is slow. */
export const SLOW_MS = 1_500;
const TICK_MS = 500;

export class Elapsed {
  element = h("span", { class: "hint" });
  /** @type {number | undefined} */
  #timer;

  /** Starts at zero, also if it is running. */
  start() {
    this.stop();
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      const ms = performance.now() - startedAt;
      if (ms > SLOW_MS) setText(this.element, seconds(ms));
    }, TICK_MS);
  }

  stop() {
    clearInterval(this.#timer);
    setText(this.element, "");
  }
}
