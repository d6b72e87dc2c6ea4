/**
 * Takes a step of the module's, and gives back what it threw. Only a trap throws: the module catches all else.
 * @param {() => void} step
 */
export function trapOf(step) {
  try {
    step();
  } catch (trap) {
    return trap;
  }
}

/**
 * Something to wait for, and what ends it. `begin` is given what to call once it has come, and gives back what ends it:
 * that is called when nobody waits for it any more, whether it has come or not. Ended, the promise settles too, because
 * the module frees what waits for a promise only then.
 * @template T
 * @param {(come: (value: T) => void) => () => void} begin
 */
export function awaited(begin) {
  let end = () => {};
  /** @type {Promise<T | void>} */
  const promise = new Promise((resolve) => {
    const stop = begin(resolve);
    end = () => {
      stop();
      resolve();
    };
  });
  return { promise, end };
}
