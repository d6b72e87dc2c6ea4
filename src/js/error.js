/**
 * @typedef {Record<string, unknown>} Details  the members of a PeeringError, as the module has made them
 *
 * @typedef {{ reason: string, timeout?: number }} Parts  `timeout` in ms: the call timed out, and `reason` is the failure
 *   that came last, empty where there was none
 */

/** A class of its own has to extend Error in JavaScript: wasm-bindgen cannot. */
export class PeeringError extends Error {
  /**
   * @param {string} message
   * @param {Details} details
   * @param {unknown} [cause]
   */
  constructor(message, details, cause) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, details);
  }

  // `JSON.stringify` alone would leave out name and message.
  toJSON() {
    return Object.assign({ name: this.name, message: this.message }, this);
  }
}
// A minifier renames classes, and the name is what `isPeeringError` and logs go by.
for (const named of [PeeringError, PeeringError.prototype]) {
  Object.defineProperty(named, "name", { value: "PeeringError", configurable: true, writable: true });
}

/**
 * What an error was made of, for a call that reports it as its own.
 * @type {WeakMap<Error, Parts>}
 */
const PARTS = new WeakMap();
/** @param {unknown} error @returns {error is PeeringError} */
export const isOwn = (error) => PARTS.has(/** @type {Error} */ (error)); // which takes anything
/** @param {Error} error @returns {Parts} */
export const partsOf = (error) => PARTS.get(error) ?? { reason: error.message };

/**
 * The error of a call.
 * @param {string} where  the operation and the cluster
 * @param {Parts} parts
 * @param {Details} details
 * @param {unknown} [cause]
 */
export function peeringError(where, { reason, timeout }, details, cause) {
  const why = timeout === undefined ? reason : timedOut(timeout, reason);
  const error = new PeeringError(`${where}: ${why}`, { ...details, reason: why }, cause);
  PARTS.set(error, { reason, timeout });
  return error;
}

/**
 * @param {number} ms
 * @param {string} last
 */
const timedOut = (ms, last) => `timed out after ${duration(ms)}${last ? `; last failure: ${last}` : ""}`;
/** @param {number} ms */
const duration = (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`);

/**
 * By name, so that it holds across realms and copies of the package.
 * @param {unknown} error
 */
export function isPeeringError(error) {
  try {
    const { name, code } = /** @type {{ name?: unknown, code?: unknown }} */ (error);
    return typeof error === "object" && name === "PeeringError" && typeof code === "string";
  } catch {
    return false; // a proxy, or a getter that throws
  }
}
