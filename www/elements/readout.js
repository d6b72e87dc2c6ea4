// A line that describes what is pointed at. As long as that is nothing there is a hint, whose place stays: what is below
// must not move away from a pointer.
import { h, setText } from "./dom.js";

/**
 * @param {"p" | "figcaption"} tag
 * @param {string} hint
 */
export function readout(tag, hint) {
  const told = h("span", {});
  return {
    element: h(tag, { class: "readout" }, h("span", {}, hint), told),
    /** @param {string} [text] */
    tell: (text = "") => setText(told, text),
  };
}
