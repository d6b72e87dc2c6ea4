/**
 * @typedef {Record<string, unknown>} Details  the members of a PeeringError, as the module has made them
 */

/** In JavaScript, since wasm-bindgen cannot extend Error. */
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

  // By default, `JSON.stringify` omits name and message.
  toJSON() {
    return Object.assign({ name: this.name, message: this.message }, this);
  }
}
// A minifier renames classes, and `isPeeringError` and logs use the name.
for (const named of [PeeringError, PeeringError.prototype]) {
  Object.defineProperty(named, "name", { value: "PeeringError", configurable: true, writable: true });
}

/** @type {WeakSet<object>} */
const made = new WeakSet();
/**
 * Whether this copy of the package created the error.
 * @param {unknown} error
 * @returns {error is PeeringError}
 */
export const isOwn = (error) => made.has(/** @type {object} */ (error)); // `has` accepts anything

/**
 * The error of a call.
 * @param {string} message
 * @param {Details} details
 * @param {unknown} [cause]
 */
export function peeringError(message, details, cause) {
  const error = new PeeringError(message, details, cause);
  made.add(error);
  return error;
}

/**
 * By name, so that it works across realms and copies of the package.
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
