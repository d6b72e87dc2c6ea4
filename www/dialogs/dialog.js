// A modal dialog for something to be done. Closed by mistake, it keeps what was typed: opened again for the same thing, it
// is as it was left. The platform's own element traps the focus and closes with Escape.
import { h } from "../elements/dom.js";
import { texts } from "../texts.js";

/** @import { Child } from "../elements/dom.js" */

const FIRST = "form :is(input, select, textarea, button, a)";
/** @type {Map<string, { dialog: HTMLDialogElement, show: () => void }>} */
const kept = new Map();
let count = 0;

/**
 * @typedef {object} Handle  what `build` is given
 * @property {() => boolean} isOpen
 * @property {() => void} forget  the next time, it is made anew
 * @property {() => void} close
 * @property {() => void} show  once more, where it was closed
 *
 * @typedef {object} Built
 * @property {string} title
 * @property {Child[]} content
 * @property {Node[]} buttons
 * @property {() => void} submit
 * @property {() => void} opened
 * @property {() => boolean} mayClose
 * @property {() => void} closed
 *
 * @typedef {(handle: Handle) => Built} Build
 */

/**
 * @param {string} key  what it is for: the same key finds what was left there
 * @param {Build} build  makes it anew
 */
export function openDialog(key, build) {
  const made = kept.get(key) ?? make(key, build);
  kept.set(key, made);
  const { dialog, show } = made;
  show();
  /** @type {NodeListOf<HTMLElement & { disabled?: boolean }>} */
  const focusable = dialog.querySelectorAll(FIRST);
  [...focusable].find((element) => element.checkVisibility() && !element.disabled)?.focus();
  return dialog;
}

/**
 * @param {string} key
 * @param {Build} build
 */
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
  cross.addEventListener("click", () => {
    if (mayClose()) close();
  });
  dialog.append(h("header", {}, h("h2", { id }, title), cross), form);
  dialog.addEventListener("cancel", (event) => {
    if (!mayClose()) event.preventDefault();
  });
  // At a second Escape in a row, Chromium closes whatever `cancel` says.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !mayClose()) event.preventDefault();
  });
  dialog.addEventListener("close", () => {
    if (!mayClose()) return dialog.showModal(); // a browser that closes by other means
    dialog.remove();
    // The platform gives the focus back to what opened it, if that is still there.
    /** @type {HTMLElement | null} */
    const heading = document.querySelector("main h1");
    if (document.activeElement === document.body) heading?.focus();
    closed();
  });
  return { dialog, show };
}
