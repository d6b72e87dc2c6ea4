// A line that describes the element under the pointer, or a hint if there is none. Its height does not change, so that the
// content below never moves away from the pointer.
import { h, setText } from "./dom.js";

/**
 * @param {"p" | "figcaption"} tag
 * @param {string} hint
 */
export function readout(tag, hint) {
  const description = h("span", {});
  return {
    element: h(tag, { class: "readout" }, h("span", {}, hint), description),
    /** @param {string} [text] */
    show: (text = "") => setText(description, text),
  };
}
