// A modal dialog for something to be done. Closed by mistake, it keeps what was typed: opened again for the same thing, it
// is as it was left. The platform's own element traps the focus and closes with Escape.
import { h } from "../elements/dom.js";
import { texts } from "../texts.js";

const FIRST = "form :is(input, select, textarea, button, a)";
const kept = new Map();
let count = 0;

/**
 * @typedef {object} Handle  what `build` is given
 * @property {() => boolean} isOpen
 * @property {() => void} forget  the next time, it is made anew
 * @property {() => void} close
 * @property {() => void} show  once more, where it was closed
 *
 * @param {string} key  what it is for: the same key finds what was left there
 * @param {(handle: Handle) => { title: string, content: Node[], buttons: Node[], submit(): void, opened(): void,
 *   mayClose(): boolean, closed(): void }} build  makes it anew
 */
export function openDialog(key, build) {
  const made = kept.get(key) ?? make(key, build);
  kept.set(key, made);
  const { dialog, show } = made;
  show();
  [...dialog.querySelectorAll(FIRST)].find((element) => element.checkVisibility() && !element.disabled)?.focus();
  return dialog;
}

function make(key, build) {
  const id = `dialog-${++count}`;
  const dialog = h("dialog", { "aria-labelledby": id });
  const close = () => dialog.close();
  const forget = () => kept.delete(key);
  const show = () => {
    if (dialog.open) return;
    document.body.append(dialog);
    opened();
    dialog.showModal();
  };
  const { title, content, buttons, submit, opened, mayClose, closed } = build({
    isOpen: () => dialog.open,
    forget,
    close,
    show,
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
  // At a second Escape in a row, Chromium closes whatever `cancel` says.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !mayClose()) event.preventDefault();
  });
  dialog.addEventListener("close", () => {
    if (!mayClose()) return dialog.showModal(); // a browser that closes by other means
    dialog.remove();
    // The platform gives the focus back to what opened it, if that is still there.
    if (document.activeElement === document.body) document.querySelector("main h1")?.focus();
    closed();
  });
  return { dialog, show };
}
