// How each of several pairs is getting on: on a terminal a line for each pair, elsewhere a line for each event.

import { displayWidth, padded } from "./layout.js";

const SHOWN = ["step", "state"];

/**
 * An `onProgress` for a call on pairs.
 * @param {ReturnType<import("./output.js").createOutput>} output
 * @param {{ onProgress: (event: object) => void }} call  is told what is left behind
 * @param {{ name: string, sides: { name: string, address: string, peer_name: string }[] }[]} pairs
 */
export function tellPairs(output, call, pairs) {
  const width = Math.max(...pairs.map(({ name }) => displayWidth(name)));
  const began = performance.now();
  const states = new Map(pairs.map(({ name, sides }) => [name, new Map(sides.map((side) => [side, undefined]))]));
  for (const { name } of pairs) output.progress.show(`${padded(name, width)}  looking at both sides`, began, name);

  return (event) => {
    if (!SHOWN.includes(event.kind)) return call.onProgress(event);
    const at = ({ address, peer_name }) => address === event.cluster && peer_name === event.peer_name;
    const pair = pairs.find(({ sides }) => sides.some(at));
    if (!pair) return; // about a cluster as a whole: who it is, what stands there
    const { name, sides } = pair;
    const side = sides.find(at);
    const seen = states.get(name);
    const said = `${padded(name, width)}  ${side.name}: ${event.text}`;
    output.log(`${(event.elapsed / 1000).toFixed(1).padStart(6)} s  ${said}`);
    // A step may lead away from the state that was seen before it.
    seen.set(side, event.kind === "state" ? event.state : undefined);
    const linked = [...seen.values()].every((state) => state === "ACTIVE");
    if (linked) output.progress.end(`${padded(name, width)}  ACTIVE on both sides`, name);
    else output.progress.show(said, began, name);
  };
}

/** As `tellPairs`, for the two sides of one pair. */
export function tellPair(output, call, pair) {
  const sides = pair.map(({ name, address, side }) => ({ name, address, peer_name: side.peer_name }));
  return tellPairs(output, call, [{ name: sides.map(({ name }) => name).join(" – "), sides }]);
}
