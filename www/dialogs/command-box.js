// The equivalent command of a dialog, with a button that copies it.
import { copyButton } from "../elements/copy.js";
import { h, setText } from "../elements/dom.js";
import { texts } from "./texts.js";

/** Collapsed at first. `update` replaces the command; without one, the box is hidden. */
export function commandBox() {
  const code = h("code", {});
  const copy = copyButton(() => code.textContent, texts.command.what);
  const line = h("div", { class: "block" }, code, copy);
  const element = h("details", { class: "command" }, h("summary", {}, texts.command.label), line);
  return {
    element,
    /** @param {string} [text] */
    update(text) {
      element.hidden = text === undefined;
      setText(code, text ?? "");
    },
  };
}
