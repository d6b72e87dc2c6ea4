// Limits the concurrency of background requests. A browser opens six connections per origin, and behind the page's server
// all clusters share one origin. So that actions of the user never queue, background requests use at most four connections
// for reads and one for the permission checks that the package sends during a slow read.

const READS_MAX = 4;
const PERMISSION_CHECKS_MAX = 1;

/** @typedef {{ free: number, waiting: (() => void)[] }} Semaphore */

/** @type {Map<string, Semaphore>} by limit and origin */
const semaphores = new Map();

/**
 * Waits for a free connection to the origin of `url`, then sends. Rejects if the signal aborts first.
 * @template T
 * @param {string} url
 * @param {{ method?: string, signal?: AbortSignal | null }} init
 * @param {() => Promise<T>} send
 */
export async function limited(url, { method, signal }, send) {
  const limit = method === "GET" ? READS_MAX : PERMISSION_CHECKS_MAX;
  const key = `${limit} ${new URL(url).origin}`;
  const semaphore = semaphores.get(key) ?? { free: limit, waiting: [] };
  semaphores.set(key, semaphore);
  await acquire(semaphore, signal);
  try {
    return await send();
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
