// <time-ago>: a time as "2 minutes ago", which stays true, with the exact one on hover.
import { setAttribute, setText } from "./dom.js";
import { ago, moment } from "../format.js";

const TICK_MS = 1_000;
const shown = new Set();

/** @property {string | number | null} at  ISO text or ms; null shows `none` instead */
export class TimeAgo extends HTMLElement {
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
setInterval(() => document.hidden || TimeAgo.tick(), TICK_MS);

export function timeAgo(at, none) {
  const element = document.createElement("time-ago");
  if (none !== undefined) element.none = none;
  element.at = at;
  return element;
}
