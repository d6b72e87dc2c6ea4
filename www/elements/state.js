// A state is told three ways at once: by a word, a shape and a colour. The shapes are 16 by 16; the colour is the style
// sheet's, by the attribute `data-state`.
import { knownState, UNKNOWN } from "../clusters/freshness.js";
import { h, setAttribute, svg } from "./dom.js";
import { texts } from "../texts.js";

/**
 * @import { Half } from "../clusters/links.js"
 * @import { Props } from "./dom.js"
 *
 * @typedef {[tag: "circle" | "path", props: Props][]} Shape
 */

const RING = { cx: 8, cy: 8, r: 5.25, class: "line" };
/** @type {Record<string, Shape>} */
const SHAPES = {
  ACTIVE: [["circle", { cx: 8, cy: 8, r: 6, class: "area" }]],
  PENDING: [["circle", RING]],
  ESTABLISHING: [
    ["circle", RING],
    ["path", { d: "M8 2.75a5.25 5.25 0 0 1 0 10.5z", class: "area" }],
  ],
  FAILING: [["path", { d: "M8 1.75 15 14H1z", class: "area" }]],
  TERMINATED: [["path", { d: "M3 3l10 10M13 3 3 13", class: "line thick" }]],
  DELETING: [["circle", { ...RING, class: "line dashed" }]],
  [UNKNOWN]: [
    ["path", { d: "M5 5.5a3 3 0 1 1 4.4 2.6Q8 8.9 8 10.6", class: "line" }],
    ["circle", { cx: 8, cy: 13.5, r: 1.25, class: "area" }],
  ],
};
/**
 * A state that Consul does not say, or that is not known here.
 * @type {Shape}
 */
const OTHER = [["path", { d: "M8 2 14 8l-6 6-6-6z", class: "line" }]];

/** In the order in which they want to be looked at. */
export const STATES = ["FAILING", "TERMINATED", UNKNOWN, "PENDING", "ESTABLISHING", "DELETING", "ACTIVE"];

/**
 * Sorts what wants to be looked at first to the front; what is unknown is among it.
 * @param {string} state
 */
export const urgency = (state) => STATES.indexOf(state);

/**
 * A state is whatever a server sends: it may be the name of a property that every object has.
 * @param {string} state
 */
const shapeOf = (state) => (Object.hasOwn(SHAPES, state) ? SHAPES[state] : OTHER);
/**
 * The shape by itself, for a drawing: elements to be put into a 16 by 16 place.
 * @param {string} state
 */
export const shape = (state) => shapeOf(state).map(([tag, props]) => svg(tag, props));

/** @param {string} state */
const icon = (state) => svg("svg", { viewBox: "0 0 16 16", class: "shape", "aria-hidden": "true" }, shape(state));

/**
 * A badge; `setState` makes it another state's.
 * @param {string} state
 */
export const badge = (state) => setState(h("span", { class: "badge" }), state);

/**
 * @template {HTMLElement} E
 * @param {E} element
 * @param {string} state
 * @param {string} [text]
 */
export function setState(element, state, text = state) {
  if (element.dataset.state === state && element.textContent === text) return element;
  setAttribute(element, "data-state", state);
  element.replaceChildren(icon(state), text);
  return element;
}

/**
 * The badge of a peering: where its state is not confirmed now, what it was.
 * @param {HTMLElement} element
 * @param {Half} side
 */
export const setStateOf = (element, side) =>
  setState(element, knownState(side), side.staleSince === undefined ? undefined : texts.was(side.peering.state));
