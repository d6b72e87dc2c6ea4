// Empty states: the reason, and what to do hint.
import { h } from "./dom.js";

/**
 * A whole view.
 * @param {string} heading
 * @param {import("./dom.js").Child} hint
 * @param {Node[]} more
 */
export const empty = (heading, hint, ...more) =>
  h("section", { class: "empty" }, h("h1", { tabindex: "-1" }, heading), h("p", {}, hint), more);

/**
 * A part of a view, below its heading.
 * @param {string} heading
 * @param {import("./dom.js").Child} hint
 * @param {Node[]} more
 */
export const emptyPart = (heading, hint, ...more) =>
  h("section", { class: "empty" }, h("h2", {}, heading), h("p", {}, hint), more);
