// The progress of several pairs: on a terminal a line for each pair, otherwise a line for each event.

import { warningText } from "./hints.js";
import { displayWidth, padded } from "./layout.js";

/**
 * @import { Progress } from "../index.js"
 * @import { Output } from "./output.js"
 * @import { Pair } from "./pair.js"
 *
 * @typedef {{ onProgress: (event: Progress) => void }} Call  gets every other event
 * @typedef {{ name: string, address: string, peer_name: string }} ShownSide
 * @typedef {{ name: string, sides: ShownSide[] }} ShownPair
 * @typedef {{ verbose?: boolean }} Options  every event, also of pairs that stay as they are, and every warning
 */

/** @type {Progress["kind"][]} */
const OWN = ["step", "state", "warning"];

/**
 * An `onProgress` for a call on pairs. In a pipe, the lines of a pair begin with the first step that changes something.
 * @param {Output} output
 * @param {Call} call
 * @param {ShownPair[]} pairs
 * @param {Options} [options]
 * @returns {(event: Progress) => void}
 */
export function reportPairs(output, call, pairs, { verbose = false } = {}) {
  const width = Math.max(...pairs.map(({ name }) => displayWidth(name)));
  const began = performance.now();
  /** @type {Map<ShownSide, string | undefined>} */
  const states = new Map();
  const changing = new Set();
  const warned = new Set();
  for (const { name } of pairs) output.progress.show(`${padded(name, width)}  reading both sides`, began, name);

  return (event) => {
    if (!OWN.includes(event.kind)) call.onProgress(event);
    /** @param {ShownSide} side */
    const at = ({ address, peer_name }) => address === event.cluster && peer_name === event.peer_name;
    const pair = pairs.find(({ sides }) => sides.some(at));
    const side = pair?.sides.find(at);
    if (!pair || !side) return; // about a cluster as a whole: its identity, its list
    const { name, sides } = pair;
    if (!verbose && event.kind === "state" && event.state === "gone") return; // the step "deleted" follows
    const line = `${padded(name, width)}  ${side.name}: ${warningText(event)}`;
    const log = () => output.log(`${(event.elapsed / 1000).toFixed(1).padStart(6)} s  ${line}`);
    if (event.kind === "warning") {
      // An event about a cluster's token is repeated for each pair that uses it.
      const about = `${event.code} ${sides.find((each) => each !== side)?.name}`;
      if (!verbose && warned.has(about)) return;
      warned.add(about);
      output.note(line);
      return log();
    }
    if (event.kind === "step") changing.add(name);
    if (verbose || (changing.has(name) && OWN.includes(event.kind))) log();
    if (!OWN.includes(event.kind)) return;
    // A step may change the state that was reported before it.
    states.set(side, event.kind === "state" ? event.state : undefined);
    const linked = sides.every((each) => states.get(each) === "ACTIVE");
    if (linked) output.progress.end(`${padded(name, width)}  ACTIVE on both sides`, name);
    else output.progress.show(line, began, name);
  };
}

/**
 * As `reportPairs`, for the two sides of one pair.
 * @param {Output} output
 * @param {Call} call
 * @param {Pair} pair
 * @param {Options} options
 */
export function reportPair(output, call, pair, options) {
  const sides = pair.map(({ name, address, side }) => ({ name, address, peer_name: side.peer_name }));
  return reportPairs(output, call, [{ name: sides.map(({ name }) => name).join(" – "), sides }], options);
}
