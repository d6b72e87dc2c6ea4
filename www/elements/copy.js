// A button that copies a text. The text is read when the button is pressed, and is never stored in an attribute.
import { announce } from "./announce.js";
import { h, setText } from "./dom.js";
import { texts } from "../texts.js";

const DONE_MS = 2_000;

/**
 * @param {() => string} text
 * @param {string} what  for the accessible name: "Copy the id"
 * @param {{ copied?(): void, failed?(): void }} [outcome]  copied: called after the clipboard has confirmed it
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
 * Returns whether the text was copied.
 * @param {string} text
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text); // navigator.clipboard does not exist on a page served over http from another machine
  }
}

/**
 * Some browsers report success without copying: only the event confirms it. The event also keeps the text out of the document.
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
  const area = h("textarea", { class: "visually-hidden", value: " " }); // the command needs a selection
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  area.addEventListener("copy", write);
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done && written;
}
