// How many requests the page's own looking on may have under way. A browser keeps six connections to one origin, and
// with a server between, all clusters are one origin: so that what an operator does never queues, looking on holds at
// most four for reads and one for the questions that the module asks beside a slow read.

const READS = 4;
const QUESTIONS = 1;

/** @typedef {{ free: number, waiting: (() => void)[] }} Lane */

/** @type {Map<string, Lane>} */
const lanes = new Map();

/**
 * Waits for a free lane to where `url` leads, then sends; gives up waiting when the request is given up.
 * @template T
 * @param {string} url
 * @param {{ method?: string, signal?: AbortSignal | null }} init
 * @param {() => Promise<T>} send
 */
export async function inLane(url, { method, signal }, send) {
  const kind = method === "GET" ? READS : QUESTIONS;
  const key = `${kind} ${new URL(url).origin}`;
  const lane = lanes.get(key) ?? { free: kind, waiting: [] };
  lanes.set(key, lane);
  await enter(lane, signal);
  try {
    return await send();
  } finally {
    const next = lane.waiting.shift();
    if (next) next();
    else lane.free++;
  }
}

/**
 * @param {Lane} lane
 * @param {AbortSignal | null | undefined} signal
 * @returns {Promise<void>}
 */
async function enter(lane, signal) {
  signal?.throwIfAborted();
  if (lane.free > 0) return void lane.free--;
  await new Promise((/** @type {(entered?: undefined) => void} */ resolve, reject) => {
    const go = () => {
      signal?.removeEventListener("abort", leave);
      resolve();
    };
    const leave = () => {
      lane.waiting = lane.waiting.filter((each) => each !== go);
      reject(signal?.reason);
    };
    lane.waiting.push(go);
    signal?.addEventListener("abort", leave, { once: true });
  });
}
