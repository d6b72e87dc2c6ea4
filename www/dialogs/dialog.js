// A modal dialog with a form. A dialog that is closed keeps its input, and shows it when it is opened for the same subject
// again. The platform's <dialog> traps the focus and closes with Escape.
import { h } from "../elements/dom.js";
import { texts } from "../texts.js";

/** @import { Child } from "../elements/dom.js" */

const FOCUSABLE = "form :is(input, select, textarea, button, a)";
/** @type {Map<string, { dialog: HTMLDialogElement, show: () => void }>} */
const kept = new Map();
let count = 0;

/**
 * @typedef {object} Handle  the argument of `build`
 * @property {() => boolean} isOpen
 * @property {() => void} forget  discards the input: the next time, the dialog is built again
 * @property {() => void} close
 * @property {() => void} show  opens the dialog again if it was closed
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
 * @param {string} key  the subject: the same key opens the same dialog
 * @param {Build} build  creates its content, unless it was kept
 */
export function openDialog(key, build) {
  const entry = kept.get(key) ?? create(key, build);
  kept.set(key, entry);
  const { dialog, show } = entry;
  show();
  /** @type {NodeListOf<HTMLElement & { disabled?: boolean }>} */
  const focusable = dialog.querySelectorAll(FOCUSABLE);
  [...focusable].find((element) => element.checkVisibility() && !element.disabled)?.focus();
  return dialog;
}

/**
 * @param {string} key
 * @param {Build} build
 */
function create(key, build) {
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
  // At a second Escape in a row, Chromium closes the dialog even if "cancel" was prevented.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !mayClose()) event.preventDefault();
  });
  dialog.addEventListener("close", () => {
    if (!mayClose()) return dialog.showModal(); // closed without a "cancel" event
    dialog.remove();
    // The browser restores the focus to the element that opened the dialog, if that still exists.
    /** @type {HTMLElement | null} */
    const heading = document.querySelector("main h1");
    if (document.activeElement === document.body) heading?.focus();
    closed();
  });
  return { dialog, show };
}
