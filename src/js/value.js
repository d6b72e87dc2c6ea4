// Looks at values that may throw when they are looked at. No exception gets out of here: wasm-bindgen never frees the
// place in its table that was meant for the result of an import that throws, so each would cost memory for good.

function tried(look, otherwise) {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

const THREW = Symbol("a getter that throws");

/** A member; undefined where it cannot be read. */
export const member = (object, key) => tried(() => object[key]);
/** As `member`, with a symbol in place of what cannot be read, which no rule takes for "not set". */
export const ownMember = (object, key) => tried(() => object[key], THREW);
/** Its own enumerable keys; undefined where they cannot be had. */
export const keys = (object) => tried(() => Object.keys(object));
/** What tells arrays and plain objects from maps, dates and the like, in any realm. */
export const tag = (value) => tried(() => Object.prototype.toString.call(value));
/** A text in words of its own. */
export const toText = (value) => tried(() => String(value));
/** What a JSON text says; undefined where it is none. */
export const parse = (text) => tried(() => JSON.parse(text));
/** The bytes of a base64 text, a character each; undefined where it is none. */
export const decodeBase64 = (text) => tried(() => atob(text));
/** Whether it is made by a literal, or has no prototype, in any realm. */
export const isPlain = (object) =>
  tried(() => {
    const prototype = Object.getPrototypeOf(object);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
  }, false);
/** Tells a listener, whose own faults are its own. */
export const tell = (listener, progress) => tried(() => void listener(progress));
/** What a caller's function answers; with a second item, what it throws. */
export const answer = (ask, given) => {
  try {
    return [ask(given)];
  } catch (thrown) {
    return [undefined, thrown];
  }
};
