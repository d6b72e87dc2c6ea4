// Two ways to the same end, measured beside each other: in turns A B B A, so that whatever the machine does meanwhile
// befalls both. What counts is the ratio within a block, and the median and quartiles of all blocks.
import { spread } from "./statistics.js";

/** So short that what else the machine does seldom befalls one of them alone. */
const SAMPLE_MS = 5;
const BLOCK_MS = 200;
const LEAST_BLOCKS = 5;

/**
 * @typedef {(index: number) => unknown} Way  does it once; where it returns a promise, that is awaited
 * @typedef {import("./statistics.js").Spread} Spread
 * @typedef {{ ours: Spread, raw: Spread, ratio: Spread, difference: Spread, blocks: number }} Paired
 */

/**
 * What is quick, in one process, warmed up. Times are in ms, of a call.
 * @param {Way} ours
 * @param {Way} raw
 * @param {{ ms: number }} options  roughly how long to measure
 * @returns {Promise<Paired>}
 */
export async function pair(ours, raw, { ms }) {
  const { calls, turns } = await warmUp(ours, raw, ms / 5);
  const until = performance.now() + ms;
  const least = ms < LEAST_BLOCKS * BLOCK_MS ? 2 : LEAST_BLOCKS;
  const enough = (blocks) => blocks >= least && performance.now() >= until;
  return inTurns(
    () => time(ours, calls),
    () => time(raw, calls),
    enough,
    turns,
  );
}

/**
 * What measures itself, whatever it measures.
 * @param {() => Promise<number>} ours
 * @param {() => Promise<number>} raw
 * @param {number | ((blocks: number) => boolean)} wanted  how many blocks, or whether so many are enough
 * @param {number} [turns]  in a block
 * @returns {Promise<Paired>}
 */
export async function inTurns(ours, raw, wanted, turns = 1) {
  const enough = typeof wanted === "number" ? (blocks) => blocks >= wanted : wanted;
  const ways = { ours, raw };
  const blocks = [];
  while (!enough(blocks.length)) {
    const sums = { ours: 0, raw: 0 };
    for (let turn = 0; turn < turns; turn++) {
      const turned = (blocks.length + turn) % 2 === 1; // as many begin with the one as with the other
      const [outer, inner] = turned ? ["raw", "ours"] : ["ours", "raw"];
      for (const way of [outer, inner, inner, outer]) sums[way] += await ways[way]();
    }
    blocks.push({ ours: sums.ours / (2 * turns), raw: sums.raw / (2 * turns) });
  }
  return paired(blocks);
}

/** What measurements that belong together come to. @param {{ ours: number, raw: number }[]} blocks @returns {Paired} */
export function paired(blocks) {
  const over = (of) => spread(blocks.map(of));
  return {
    ours: over((block) => block.ours),
    raw: over((block) => block.raw),
    ratio: over((block) => block.ours / block.raw),
    difference: over((block) => block.ours - block.raw),
    blocks: blocks.length,
  };
}

/** Both until they run as they will; how many calls then make a sample, and how many turns a block. */
async function warmUp(ours, raw, ms) {
  const until = performance.now() + ms;
  let calls = 1;
  let slower;
  do {
    slower = Math.max(await time(ours, calls), await time(raw, calls));
    calls = Math.max(1, Math.min(2 * calls, Math.ceil(SAMPLE_MS / slower)));
  } while (performance.now() < until || calls * slower < SAMPLE_MS / 2);
  return { calls, turns: Math.ceil(BLOCK_MS / (4 * calls * slower)) };
}

/** Milliseconds for a call, of so many made one after another. @param {Way} way */
export async function time(way, calls = 1) {
  const began = performance.now();
  for (let i = 0; i < calls; i++) {
    const done = way(i);
    // What is synchronous is not made to wait: a turn of the event loop costs more than it does.
    if (typeof done?.then === "function") await done;
  }
  return (performance.now() - began) / calls;
}
