// Says to screen readers what others see happen.
import { byId, setText } from "./dom.js";

const regions = { polite: byId("polite"), assertive: byId("assertive") };

/**
 * @param {string} text
 * @param {"polite" | "assertive"} [how]  assertive interrupts: for errors
 */
export function announce(text, how = "polite") {
  const region = regions[how];
  // What is behind an open dialog is not heard.
  const place = document.querySelector("dialog[open]") ?? document.body;
  if (region.parentElement !== place) place.append(region);
  setText(region, ""); // the same words again are news too
  setTimeout(() => setText(region, text), 100);
}
