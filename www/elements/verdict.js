// A verdict on a peering as it is shown: those of the package's `health`, and "unknown" where the cluster does not confirm
// the peering.
import { h, setAttribute, setText } from "./dom.js";
import { texts } from "../texts.js";

/** The worst first. */
const VERDICTS = ["broken", "degraded", "unknown", "ending", "starting", "healthy"];

/** Sorts the worst to the front. */
export const severity = (verdict) => VERDICTS.indexOf(verdict);

export const verdictLabel = () => h("span", { class: "mark" });

export function setVerdict(element, { verdict, reasons }) {
  setAttribute(element, "data-verdict", verdict);
  setAttribute(element, "title", reasons.join("\n") || null);
  setText(element, texts.peering.verdicts[verdict]);
}
