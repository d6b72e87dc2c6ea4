// Limits the concurrency of background requests. A browser opens six connections per origin, and behind the page's server
// all clusters share one origin. So that actions of the user never queue, background requests use at most four connections
// for reads and one for the permission checks that the package sends during a slow read.

const READS_MAX = 4;
const PERMISSION_CHECKS_MAX = 1;

/** @typedef {{ free: number, waiting: (() => void)[] }} Semaphore */

/** @type {Map<string, Semaphore>} by kind and origin */
const semaphores = new Map();

/**
 * Waits for a free connection to the origin of `url`, then sends. Rejects if the signal aborts first.
 * @template T
 * @param {string} url
 * @param {{ method?: string, signal?: AbortSignal | null }} init
 * @param {() => Promise<T>} send
 */
export const limited = (url, { method, signal }, send) =>
  method === "GET"
    ? whenFree("read", READS_MAX, url, signal, send)
    : whenFree("check", PERMISSION_CHECKS_MAX, url, signal, send);

/**
 * Waits until a cluster may be polled. Those whose last poll failed never occupy all connections: if they do not respond,
 * each poll takes until its timeout.
 * @template T
 * @param {string} url
 * @param {{ hasFailed: boolean, signal: AbortSignal }} options
 * @param {() => Promise<T>} poll
 */
export function limitedPoll(url, { hasFailed, signal }, poll) {
  const run = () => whenFree("poll", READS_MAX, url, signal, poll);
  return hasFailed ? whenFree("failed poll", READS_MAX - 1, url, signal, run) : run();
}

/**
 * @template T
 * @param {string} kind
 * @param {number} limit  of this kind per origin
 * @param {string} url
 * @param {AbortSignal | null | undefined} signal
 * @param {() => Promise<T>} run
 */
async function whenFree(kind, limit, url, signal, run) {
  const key = `${kind} ${new URL(url).origin}`;
  const semaphore = semaphores.get(key) ?? { free: limit, waiting: [] };
  semaphores.set(key, semaphore);
  await acquire(semaphore, signal);
  try {
    return await run();
  } finally {
    const next = semaphore.waiting.shift();
    if (next) next();
    else semaphore.free++;
  }
}

/**
 * @param {Semaphore} semaphore
 * @param {AbortSignal | null | undefined} signal
 * @returns {Promise<void>}
 */
async function acquire(semaphore, signal) {
  signal?.throwIfAborted();
  if (semaphore.free > 0) return void semaphore.free--;
  await new Promise((/** @type {(acquired?: undefined) => void} */ resolve, reject) => {
    const proceed = () => {
      signal?.removeEventListener("abort", cancel);
      resolve();
    };
    const cancel = () => {
      semaphore.waiting = semaphore.waiting.filter((each) => each !== proceed);
      reject(signal?.reason);
    };
    semaphore.waiting.push(proceed);
    signal?.addEventListener("abort", cancel, { once: true });
  });
}
