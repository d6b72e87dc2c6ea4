// Where a dialog shows the same on the command line, to be copied.
import { copyButton } from "../elements/copy.js";
import { h, setText } from "../elements/dom.js";
import { texts } from "./texts.js";

/** Shows a command, folded; `update` shows another, or none. */
export function commandBox() {
  const code = h("code", {});
  const copy = copyButton(() => code.textContent, texts.command.what);
  const element = h("details", { class: "command" }, h("summary", {}, texts.command.label), h("div", {}, code, copy));
  return {
    element,
    /** @param {string} [text] */
    update(text) {
      element.hidden = text === undefined;
      setText(code, text ?? "");
    },
  };
}
