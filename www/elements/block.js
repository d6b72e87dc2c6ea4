// A block of text with a button that copies it.
import { copyButton } from "./copy.js";
import { h } from "./dom.js";

/**
 * @param {string} text
 * @param {string} what  see `copyButton`
 */
export const block = (text, what) =>
  h(
    "div",
    { class: "block" },
    h("pre", {}, h("code", {}, text)),
    copyButton(() => text, what),
  );
