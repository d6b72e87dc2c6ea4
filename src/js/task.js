/**
 * Runs a step of the module, and returns what it threw. Only a trap throws: the module catches all else.
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
 * A promise and the function that cancels it. `start` is passed `resolve`, and returns a function that cleans up, which is
 * called when the module stops waiting. Cancelling settles the promise too: only then the module frees its waiter.
 * @template T
 * @param {(resolve: (value: T) => void) => () => void} start
 */
export function cancellable(start) {
  let cancel = () => {};
  /** @type {Promise<T | void>} */
  const promise = new Promise((resolve) => {
    const cleanUp = start(resolve);
    cancel = () => {
      cleanUp();
      resolve();
    };
  });
  return { promise, cancel };
}
