import { member, toText } from "./value.js";

/** @typedef {(text: string) => string} Redact  a text without the secrets of the call */

/** How deep a cause may have causes. */
const CAUSES = 2;

/**
 * Why a request broke, from whatever a fetch or a body threw, of any kind and any realm: the runtime's `code`, if any,
 * its own `text`, the `reason` and the `cause` to show, each text redacted.
 * @param {unknown} thrown
 * @param {Redact} redact
 */
export function describeError(thrown, redact) {
  const inner = member(thrown, "cause");
  const reason = text(thrown, "message") ?? toText(thrown) ?? "";
  const code = text(inner, "code") ?? text(thrown, "code");
  const why = text(inner, "code") ?? text(inner, "message");
  return {
    code: code && redact(code),
    text: redact([reason, text(inner, "message")].join(" ")),
    reason: redact(why ? `${reason} (${why})` : reason),
    cause: copy(thrown, redact, CAUSES),
  };
}

/** @param {unknown} value @returns {value is object} */
const isObject = (value) => typeof value === "object" && value !== null;

/**
 * @param {unknown} error
 * @param {string} key
 */
function text(error, key) {
  const value = member(error, key);
  return typeof value === "string" ? value : undefined;
}

/**
 * A copy of the relevant part. The error itself is not kept, since a caller's fetch may attach its input to it: a
 * configuration, a request.
 * @param {unknown} error
 * @param {Redact} redact
 * @param {number} depth  how many causes it may have, one inside the other
 * @returns {Error | string | undefined}
 */
function copy(error, redact, depth) {
  if (typeof error === "string") return redact(error);
  if (!isObject(error)) return undefined;
  /** @type {Error & { code?: string }} */
  const made = new Error(redact(text(error, "message") ?? ""));
  for (const key of /** @type {const} */ (["name", "code"])) {
    const value = text(error, key);
    if (value !== undefined) made[key] = redact(value);
  }
  made.stack = `${made.name}: ${made.message}`; // the stack of the copy is of no use
  const cause = member(error, "cause");
  if (depth > 0 && isObject(cause)) made.cause = copy(cause, redact, depth - 1);
  return made;
}
