// Announces changes to screen readers.
import { byId, setText } from "./dom.js";

const regions = { polite: byId("polite"), assertive: byId("assertive") };

// An announcement about the previous view is not for those who read the regions later.
addEventListener("hashchange", () => Object.values(regions).forEach((region) => setText(region, "")));

/**
 * @param {string} text
 * @param {"polite" | "assertive"} [politeness]  assertive interrupts the current announcement: for errors
 */
export function announce(text, politeness = "polite") {
  const region = regions[politeness];
  // Screen readers ignore live regions outside of an open modal dialog.
  const container = document.querySelector("dialog[open]") ?? document.body;
  if (region.parentElement !== container) container.append(region);
  setText(region, ""); // so that the same text is announced again
  setTimeout(() => setText(region, text), 100);
}
