// How each of several pairs is getting on: on a terminal a line for each pair, elsewhere a line for each event.

import { displayWidth, padded } from "./layout.js";

const OWN = ["step", "state", "warning"];

/**
 * An `onProgress` for a call on pairs. In a pipe, the lines of a pair begin with the first step that changes something.
 * @param {ReturnType<import("./output.js").createOutput>} output
 * @param {{ onProgress: (event: object) => void }} call  gets every other event
 * @param {{ name: string, sides: { name: string, address: string, peer_name: string }[] }[]} pairs
 * @param {{ verbose?: boolean }} [options] every event, also of pairs that stay as they are, and every warning
 */
export function tellPairs(output, call, pairs, { verbose = false } = {}) {
  const width = Math.max(...pairs.map(({ name }) => displayWidth(name)));
  const began = performance.now();
  const states = new Map(pairs.map(({ name, sides }) => [name, new Map(sides.map((side) => [side, undefined]))]));
  const changing = new Set();
  const warned = new Set();
  for (const { name } of pairs) output.progress.show(`${padded(name, width)}  looking at both sides`, began, name);

  return (event) => {
    if (!OWN.includes(event.kind)) call.onProgress(event);
    const at = ({ address, peer_name }) => address === event.cluster && peer_name === event.peer_name;
    const pair = pairs.find(({ sides }) => sides.some(at));
    if (!pair) return; // about a cluster as a whole: who it is, what stands there
    const { name, sides } = pair;
    const side = sides.find(at);
    const said = `${padded(name, width)}  ${side.name}: ${event.text}`;
    const log = () => output.log(`${(event.elapsed / 1000).toFixed(1).padStart(6)} s  ${said}`);
    if (event.kind === "warning") {
      // One that is about a cluster's token comes with each pair that uses one.
      const about = `${event.code} ${sides.find((each) => each !== side)?.name}`;
      if (!verbose && warned.has(about)) return;
      warned.add(about);
      output.note(said);
      return log();
    }
    if (event.kind === "step") changing.add(name);
    if (verbose || (changing.has(name) && OWN.includes(event.kind))) log();
    if (!OWN.includes(event.kind)) return;
    const seen = states.get(name);
    // A step may lead away from the state that was seen before it.
    seen.set(side, event.kind === "state" ? event.state : undefined);
    const linked = [...seen.values()].every((state) => state === "ACTIVE");
    if (linked) output.progress.end(`${padded(name, width)}  ACTIVE on both sides`, name);
    else output.progress.show(said, began, name);
  };
}

/** As `tellPairs`, for the two sides of one pair. */
export function tellPair(output, call, pair, options) {
  const sides = pair.map(({ name, address, side }) => ({ name, address, peer_name: side.peer_name }));
  return tellPairs(output, call, [{ name: sides.map(({ name }) => name).join(" – "), sides }], options);
}
