// The async iterator of `watch`: wasm-bindgen cannot make one.
const OPTIONS = ["signal", "interval", "onProgress"];
const DONE = Object.freeze({ done: true, value: undefined });

export function watch(core, cluster, ref, options) {
  if (options === undefined && isOptions(ref)) [ref, options] = [undefined, ref];
  const seen = new core.Watch(cluster, ref ?? undefined, options);
  let closed = false;
  let last = Promise.resolve();
  const close = () => {
    closed = true;
    seen.stop();
  };
  const next = async () => {
    if (closed) return DONE;
    try {
      const value = await seen.next();
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
      // One after the other, as a generator's.
      const result = last.then(next);
      last = result.catch(() => {});
      return result;
    },
    async return(value) {
      close();
      return { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** An object that names no peering, and nothing else that a reference could have. */
function isOptions(value) {
  try {
    return value === Object(value) && Object.keys(value).every((key) => OPTIONS.includes(key));
  } catch {
    return false;
  }
}
