// Where there is nothing to see: what is the case, and the first step.
import { h } from "./dom.js";

/**
 * As a whole view.
 * @param {string} heading
 * @param {import("./dom.js").Child} first
 * @param {Node[]} more
 */
export const empty = (heading, first, ...more) =>
  h("section", { class: "empty" }, h("h1", { tabindex: "-1" }, heading), h("p", {}, first), more);

/**
 * In a view, below its heading.
 * @param {string} heading
 * @param {import("./dom.js").Child} first
 * @param {Node[]} more
 */
export const emptyPart = (heading, first, ...more) =>
  h("section", { class: "empty" }, h("h2", {}, heading), h("p", {}, first), more);
