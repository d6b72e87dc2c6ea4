// A button that copies a text. The text is asked for when the button is pressed, and is in no attribute.
import { announce } from "./announce.js";
import { h, setText } from "./dom.js";
import { texts } from "../texts.js";

const DONE_MS = 2_000;

/**
 * @param {() => string} text
 * @param {string} what  named to screen readers, as in "Copy the id"
 */
export function copyButton(text, what) {
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
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page that came over plain http from another machine has no clipboard of that kind.
    const before = document.activeElement;
    const area = h("textarea", { class: "unseen", value: text });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus();
    return done;
  }
}
