// A class of its own has to extend Error in JavaScript: wasm-bindgen cannot.
export class PeeringError extends Error {
  constructor(message, details, cause) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, details);
  }

  // `JSON.stringify` alone would leave out name and message.
  toJSON() {
    return { name: this.name, message: this.message, ...this };
  }
}
// A minifier renames classes, and the name is what `isPeeringError` and logs go by.
for (const named of [PeeringError, PeeringError.prototype]) {
  Object.defineProperty(named, "name", { value: "PeeringError", configurable: true, writable: true });
}

/** What an error was made of, for a call that reports it as its own: `{ reason, timeout }`. */
const PARTS = new WeakMap();
export const isOwn = (error) => PARTS.has(error);
export const partsOf = (error) => PARTS.get(error) ?? { reason: error.message };

/**
 * The error of a call. `where` is the operation and the cluster; with `timeout`, in ms, the call timed out, and `reason`
 * is the failure that came last, empty where there was none.
 */
export function peeringError(where, { reason, timeout }, details, cause) {
  const why = timeout === undefined ? reason : timedOut(timeout, reason);
  const error = new PeeringError(`${where}: ${why}`, { ...details, reason: why }, cause);
  PARTS.set(error, { reason, timeout });
  return error;
}

const timedOut = (ms, last) => `timed out after ${duration(ms)}${last ? `; last failure: ${last}` : ""}`;
const duration = (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`);

// By name, so that it holds across realms and copies of the package.
export function isPeeringError(error) {
  try {
    return typeof error === "object" && error?.name === "PeeringError" && typeof error.code === "string";
  } catch {
    return false; // a proxy, or a getter that throws
  }
}
