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
 * A promise and the function that ends it. `begin` is passed the function that resolves it, and returns one that cleans
 * up, which is called when the module stops waiting. Ending it settles the promise too, because only then the module
 * frees its waiter.
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
