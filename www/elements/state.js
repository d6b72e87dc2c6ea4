// Shows a state by a word, a shape and a colour. Shapes are 16 by 16; the style sheet sets the colour by `data-state`.
import { knownState, UNKNOWN } from "../clusters/freshness.js";
import { h, setAttribute, svg } from "./dom.js";
import { texts } from "../texts.js";

/**
 * @import { PeeringSide } from "../clusters/links.js"
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
 * For unknown states.
 * @type {Shape}
 */
const OTHER = [["path", { d: "M8 2 14 8l-6 6-6-6z", class: "line" }]];

/** The most urgent first. */
export const STATES = ["FAILING", "TERMINATED", UNKNOWN, "PENDING", "ESTABLISHING", "DELETING", "ACTIVE"];

/**
 * A sort key that puts the most urgent first, and unknown states at the front.
 * @param {string} state
 */
export const urgency = (state) => STATES.indexOf(state);

/**
 * Servers may send any text as a state, also the name of an inherited property.
 * @param {string} state
 */
const shapeOf = (state) => (Object.hasOwn(SHAPES, state) ? SHAPES[state] : OTHER);
/**
 * The elements of a shape, for an area of 16 by 16.
 * @param {string} state
 */
export const shape = (state) => shapeOf(state).map(([tag, props]) => svg(tag, props));

/** @param {string} state */
const icon = (state) => svg("svg", { viewBox: "0 0 16 16", class: "shape", "aria-hidden": "true" }, shape(state));

/**
 * A badge; `setState` changes its state.
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
 * Sets the badge of a peering. If its state is not confirmed now, shows the last one as "was …".
 * @param {HTMLElement} element
 * @param {PeeringSide} side
 */
export const setStateOf = (element, side) =>
  setState(element, knownState(side), side.staleSince === undefined ? undefined : texts.was(side.peering.state));
