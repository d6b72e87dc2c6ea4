// Reads values that may throw when they are read. No exception leaves this file: wasm-bindgen never frees the table
// entry for the result of an import that throws, so each would leak memory.

/**
 * The result of `read`; `otherwise` if it throws.
 * @template T
 * @template [O=undefined]
 * @param {() => T} read
 * @param {O} [otherwise]
 */
export function tried(read, otherwise) {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

const THREW = Symbol("a getter that throws");

/** @typedef {{ [key: string]: unknown }} Foreign  any value of a caller; reading a member of one without members throws */

/**
 * A member; undefined if it cannot be read.
 * @param {unknown} object
 * @param {string} key
 */
export const member = (object, key) => tried(() => /** @type {Foreign} */ (object)[key]);
/**
 * As `member`, with a symbol in place of a member that cannot be read: no rule takes that for "not set".
 * @param {unknown} object
 * @param {string} key
 */
export const ownMember = (object, key) => tried(() => /** @type {Foreign} */ (object)[key], THREW);
/**
 * Its own enumerable keys; undefined if they cannot be read.
 * @param {unknown} object
 */
export const keys = (object) => tried(() => Object.keys(/** @type {Foreign} */ (object)));
/** @type {Record<string, number | undefined>} */
const KINDS = { undefined: 0, string: 1, number: 2, boolean: 3 };
/** @type {Record<string, number | undefined>} */
const TAGS = { "[object Array]": 4, "[object Object]": 5, "[object Function]": 6, "[object AsyncFunction]": 6 };
/**
 * The type of a value, as value.rs matches it: 0 null or undefined, 1 string, 2 number, 3 boolean, 4 array, 5 object,
 * 6 function, 7 other than plain data (a map, a date and the like, of any realm), 8 unreadable.
 * @param {unknown} value
 */
export const kind = (value) =>
  value === null ? 0 : (KINDS[typeof value] ?? tried(() => TAGS[Object.prototype.toString.call(value)] ?? 7, 8));
/**
 * Whether it is a Terraform resource other than Consul's peerings.
 * @param {{ mode: unknown, type: string }} item  or anything else
 */
export const isForeign = (item) =>
  tried(() => typeof item.mode === "string" && !item.type.startsWith("consul_peering"), false);
/**
 * A text as well-formed Unicode.
 * @param {unknown} value
 */
export const toText = (value) => tried(() => String(value));
/**
 * The value of a JSON text; undefined if it is not JSON.
 * @param {string} text
 * @returns {unknown}
 */
export const parse = (text) => tried(() => JSON.parse(text));
/**
 * Whether it is a plain object, of any realm.
 * @param {unknown} object
 */
export const isPlain = (object) =>
  tried(() => {
    const prototype = Object.getPrototypeOf(object);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
  }, false);
/**
 * Calls a listener and ignores its errors.
 * @param {(progress: unknown) => void} listener
 * @param {unknown} progress
 */
export const notify = (listener, progress) => tried(() => void listener(progress));
/**
 * The result of a caller's function; a second item is what it threw.
 * @param {(argument: unknown) => unknown} call
 * @param {unknown} argument
 */
export const callFunction = (call, argument) => {
  try {
    return [call(argument)];
  } catch (thrown) {
    return [undefined, thrown];
  }
};
