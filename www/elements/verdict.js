// A verdict on a peering as it is shown: those of the package's `health`, and "unknown" where the cluster does not confirm
// the peering.
import { h, setAttribute, setText } from "./dom.js";
import { texts } from "../texts.js";

/** @typedef {import("consul-peering").Verdict | "unknown"} Verdict */

/**
 * The worst first.
 * @type {Verdict[]}
 */
const VERDICTS = ["broken", "degraded", "unknown", "ending", "starting", "healthy"];

/**
 * Sorts the worst to the front.
 * @param {Verdict} verdict
 */
export const severity = (verdict) => VERDICTS.indexOf(verdict);

export const verdictLabel = () => h("span", { class: "mark" });

/**
 * @param {Element} element
 * @param {{ verdict: Verdict, reasons: string[] }} judged
 */
export function setVerdict(element, { verdict, reasons }) {
  setAttribute(element, "data-verdict", verdict);
  setAttribute(element, "title", reasons.join("\n") || null);
  setText(element, texts.peering.verdicts[verdict]);
}
