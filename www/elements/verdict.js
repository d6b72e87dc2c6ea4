// Shows a verdict on a peering: one of the package's `health`, or "unknown" if the cluster does not confirm the peering.
import { h, setAttribute, setText } from "./dom.js";
import { texts } from "../texts.js";

/** @typedef {import("consul-peering").Verdict | "unknown"} Verdict */

/**
 * The worst first.
 * @type {Verdict[]}
 */
const VERDICTS = ["broken", "degraded", "unknown", "ending", "starting", "healthy"];

/**
 * A sort key that puts the worst first.
 * @param {Verdict} verdict
 */
export const severity = (verdict) => VERDICTS.indexOf(verdict);

export const verdictLabel = () => h("span", { class: "mark" });

/**
 * @param {Element} element
 * @param {{ verdict: Verdict, reasons: string[] }} evaluation
 */
export function setVerdict(element, { verdict, reasons }) {
  setAttribute(element, "data-verdict", verdict);
  setAttribute(element, "title", reasons.join("\n") || null);
  setText(element, texts.peering.verdicts[verdict]);
}
