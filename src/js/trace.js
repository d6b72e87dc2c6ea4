// The stack of an error, taken at the caller: where the error is created, the caller is no longer on the stack.
import { isOwn } from "./error.js";

/**
 * Errors that already have the stack of their caller.
 * @type {WeakSet<Error>}
 */
const traces = new WeakSet();

/**
 * A function of the package whose errors, thrown or rejected, have the stack of the call.
 * @template {unknown[]} Given
 * @template Result
 * @param {(...given: Given) => Result} perform
 * @returns {(...given: Given) => Result}
 */
export function traced(perform) {
  return function call(...given) {
    /** @type {{ stack?: string }} */
    const here = {};
    // Without this function, the frames of the package come first.
    if (Error.captureStackTrace) Error.captureStackTrace(here, call);
    else here.stack = new Error().stack;
    let result;
    try {
      result = perform(...given);
    } catch (error) {
      throw withCallerStack(here, error);
    }
    return isPromise(result) ? /** @type {Result} */ (withTracedErrors(result, here)) : result;
  };
}

/** @param {unknown} result @returns {result is Promise<{ pairs?: { error?: unknown }[] } | null>} */
const isPromise = (result) => typeof (/** @type {{ then?: unknown } | null} */ (result)?.then) === "function";

/**
 * @param {Promise<{ pairs?: { error?: unknown }[] } | null>} promise  with `pairs`: of a mesh
 * @param {{ stack?: string }} here
 */
async function withTracedErrors(promise, here) {
  try {
    const result = await promise;
    for (const { error } of result?.pairs ?? []) if (error) withCallerStack(here, error);
    return result;
  } catch (error) {
    throw withCallerStack(here, error);
  }
}

/**
 * The error with that stack, if it is the package's. V8 begins a stack with the error's own text.
 * @param {{ stack?: string }} here
 * @param {unknown} error
 */
function withCallerStack({ stack }, error) {
  if (!isOwn(error) || traces.has(error) || typeof stack !== "string") return error;
  traces.add(error); // a caller may use it as the reason of an abort
  const frames = /^Error[^\n]*\n/.test(stack) ? stack.slice(stack.indexOf("\n") + 1) : stack;
  const text = `${error.name}: ${error.message}\n${frames}`;
  Object.defineProperty(error, "stack", { value: text, configurable: true, writable: true });
  return error;
}
