// The async iterator of `watch`: wasm-bindgen cannot make one.
/** @typedef {{ done: boolean, value: unknown }} Result */

const OPTIONS = ["signal", "interval", "onProgress"];
/** @type {Result} */
const DONE = Object.freeze({ done: true, value: undefined });

/**
 * @param {typeof import("#glue")} core
 * @param {unknown} cluster
 * @param {unknown} ref  or the options
 * @param {unknown} options
 */
export function watch(core, cluster, ref, options) {
  if (options === undefined && isOptions(ref)) [ref, options] = [undefined, ref];
  const observed = new core.Watch(cluster, ref ?? undefined, options);
  let closed = false;
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  const close = () => {
    closed = true;
    observed.stop();
  };
  /** @returns {Promise<Result>} */
  const next = async () => {
    if (closed) return DONE;
    try {
      const value = await observed.next();
      if (value !== undefined) return { done: false, value };
    } catch (error) {
      close();
      throw error;
    }
    close();
    return DONE;
  };
  return {
    next() {
      // Sequentially, like a generator's.
      const result = last.then(next);
      last = result.catch(() => {});
      return result;
    },
    /** @param {unknown} value @returns {Promise<Result>} */
    async return(value) {
      close();
      return { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * An object that names no peering, and nothing else that a reference could have.
 * @param {unknown} value
 */
function isOptions(value) {
  try {
    return value === Object(value) && Object.keys(/** @type {object} */ (value)).every((key) => OPTIONS.includes(key));
  } catch {
    return false;
  }
}
