// A button that copies a text. The text is read when the button is pressed, and is in no attribute.
import { announce } from "./announce.js";
import { h, setText } from "./dom.js";
import { texts } from "../texts.js";

const DONE_MS = 2_000;

/**
 * @param {() => string} text
 * @param {string} what  named to screen readers, as in "Copy the id"
 * @param {{ copied?(): void, failed?(): void }} [outcome]  copied: the clipboard has confirmed it
 */
export function copyButton(text, what, { copied, failed } = {}) {
  const button = h(
    "button",
    { type: "button", class: "small copy", "aria-label": texts.copy.label(what) },
    texts.copy.button,
  );
  button.addEventListener("click", async () => {
    const done = await copy(text());
    announce(done ? texts.copy.done(what) : texts.copy.failed, done ? "polite" : "assertive");
    setText(button, done ? texts.copy.short : texts.copy.failedShort);
    setTimeout(() => setText(button, texts.copy.button), DONE_MS);
    (done ? copied : failed)?.();
  });
  return button;
}

/**
 * Whether the clipboard has taken it.
 * @param {string} text
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text); // a page served over plain http from another machine has no navigator.clipboard
  }
}

/**
 * Some browsers report success without a copy: the event is the confirmation, and carries the text past the document.
 * @param {string} text
 */
function copyByCommand(text) {
  let written = false;
  /** @param {ClipboardEvent} event */
  const write = (event) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    written = true;
  };
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const area = h("textarea", { class: "unseen", value: " " }); // the command needs a selection
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  area.addEventListener("copy", write);
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done && written;
}
