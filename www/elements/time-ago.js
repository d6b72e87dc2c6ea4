// <time-ago>: a relative time such as "2 minutes ago", which is kept up to date, with the exact time in its tooltip.
import { setAttribute, setText } from "./dom.js";
import { ago, moment } from "../format.js";

const TICK_MS = 1_000;
/** @type {Set<TimeAgo>} */
const shown = new Set();

/** @typedef {string | number | null} Moment  ISO text or ms since 1970; null shows `none` instead */

export class TimeAgo extends HTMLElement {
  /** @type {Moment} */
  #at = null;
  #time = document.createElement("time");
  none = "–";

  get at() {
    return this.#at;
  }
  set at(at) {
    this.#at = at;
    this.#show();
  }

  connectedCallback() {
    this.append(this.#time);
    shown.add(this);
    this.#show();
  }
  disconnectedCallback() {
    shown.delete(this);
  }

  #show() {
    const at = this.#at;
    setText(this.#time, at === null ? this.none : ago(at));
    setAttribute(this.#time, "title", at === null ? null : moment(at));
    setAttribute(this.#time, "datetime", at === null ? null : new Date(at).toISOString());
  }

  static tick() {
    for (const each of shown) each.#show();
  }
}

customElements.define("time-ago", TimeAgo);
setInterval(() => {
  if (!document.hidden) TimeAgo.tick();
}, TICK_MS);

/**
 * @param {Moment} at
 * @param {string} [none]
 */
export function timeAgo(at, none) {
  const element = /** @type {TimeAgo} */ (document.createElement("time-ago"));
  if (none !== undefined) element.none = none;
  element.at = at;
  return element;
}
