// A modal dialog for something to be done. Closed by mistake, it keeps what was typed: opened again for the same thing, it
// is as it was left. The platform's own element traps the focus and closes with Escape.
import { h } from "../elements/dom.js";
import { texts } from "../texts.js";

const FIRST = "form :is(input, select, textarea, button, a)";
const kept = new Map();
let made = 0;

/**
 * @typedef {object} Handle  what `build` is given
 * @property {() => boolean} isOpen
 * @property {() => void} forget  the next time, it is made anew
 * @property {() => void} close
 *
 * @param {string} key  what it is for: the same key finds what was left there
 * @param {(handle: Handle) => { title: string, content: Node[], buttons: Node[], submit(): void, opened(): void,
 *   mayClose(): boolean, closed(): void }} build  makes it anew
 */
export function openDialog(key, build) {
  const dialog = kept.get(key) ?? make(key, build);
  kept.set(key, dialog);
  document.body.append(dialog);
  dialog.opened();
  dialog.showModal();
  [...dialog.querySelectorAll(FIRST)].find((element) => element.checkVisibility() && !element.disabled)?.focus();
  return dialog;
}

function make(key, build) {
  const id = `dialog-${++made}`;
  const dialog = h("dialog", { "aria-labelledby": id });
  const close = () => dialog.close();
  const forget = () => kept.delete(key);
  const { title, content, buttons, submit, opened, mayClose, closed } = build({
    isOpen: () => dialog.open,
    forget,
    close,
  });
  const form = h("form", { novalidate: true }, content, h("div", { class: "buttons" }, buttons));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  const cross = h("button", { type: "button", class: "close", "aria-label": texts.dialog.close }, "×");
  cross.addEventListener("click", () => mayClose() && close());
  dialog.append(h("header", {}, h("h2", { id }, title), cross), form);
  dialog.addEventListener("cancel", (event) => mayClose() || event.preventDefault());
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The platform gives the focus back to what opened it, if that is still there.
    if (document.activeElement === document.body) document.querySelector("main h1")?.focus();
    closed();
  });
  return Object.assign(dialog, { opened });
}
