// Compares the duration of two implementations. They run alternately (A B B A), so that other load on the machine affects
// both. The result is the ratio within each block, with the median and the quartiles of all blocks.
import { spread } from "./statistics.js";

/** Short enough that other load on the machine rarely affects only one of the two. */
const SAMPLE_MS = 5;
const BLOCK_MS = 200;
const LEAST_BLOCKS = 5;

/**
 * @typedef {(index: number) => unknown} Way  performs one call; a returned promise is awaited
 * @typedef {import("./statistics.js").Spread} Spread
 * @typedef {{ ours: Spread, raw: Spread, ratio: Spread, difference: Spread, blocks: number }} Paired
 */

/**
 * Compares two fast implementations in this process, after a warm-up. Times are in ms per call.
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
 * Compares two functions that return a measured value.
 * @param {() => Promise<number>} ours
 * @param {() => Promise<number>} raw
 * @param {number | ((blocks: number) => boolean)} wanted  the number of blocks, or a function that returns whether a number is enough
 * @param {number} [turns]  per block
 * @returns {Promise<Paired>}
 */
export async function inTurns(ours, raw, wanted, turns = 1) {
  const enough = typeof wanted === "number" ? (blocks) => blocks >= wanted : wanted;
  const ways = { ours, raw };
  const blocks = [];
  while (!enough(blocks.length)) {
    const sums = { ours: 0, raw: 0 };
    for (let turn = 0; turn < turns; turn++) {
      const turned = (blocks.length + turn) % 2 === 1; // each begins equally often
      const [outer, inner] = turned ? ["raw", "ours"] : ["ours", "raw"];
      for (const way of [outer, inner, inner, outer]) sums[way] += await ways[way]();
    }
    blocks.push({ ours: sums.ours / (2 * turns), raw: sums.raw / (2 * turns) });
  }
  return paired(blocks);
}

/** Summarizes pairs of measurements. @param {{ ours: number, raw: number }[]} blocks @returns {Paired} */
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

/** Runs both until their speed is stable. Returns the number of calls per sample and of turns per block. */
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

/** The mean duration of a call in ms, of a number of consecutive calls. @param {Way} way */
export async function time(way, calls = 1) {
  const began = performance.now();
  for (let i = 0; i < calls; i++) {
    const done = way(i);
    // Awaiting a synchronous call would cost more than the call.
    if (typeof done?.then === "function") await done;
  }
  return (performance.now() - began) / calls;
}
