// Where the module waits, it waits here. A call of the module is a task: a step that is taken again whenever something
// that it waits for has come.

let wake; // of the task whose step is being taken

/** Takes `step` until it answers with something or throws: that is what becomes of the promise. */
export const run = (step) =>
  new Promise((resolve, reject) => {
    let over = false;
    let due = false;
    const again = () => {
      if (due) return;
      due = true;
      queueMicrotask(take);
    };
    const take = () => {
      if (over) return; // the module has let go of it
      due = false;
      wake = again;
      try {
        const value = step();
        if (value === undefined) return;
        resolve(value);
      } catch (error) {
        reject(error);
      }
      over = true;
    };
    again();
  });

/**
 * Something to wait for. `begin` is given what to call once it has come, and gives back what ends it: that is called
 * when nobody waits for it any more, whether it has come or not.
 */
export function awaited(begin) {
  const tell = wake;
  const one = {};
  one.end = begin((what) => {
    one.come = what;
    tell();
  });
  return one;
}

/** What has come; undefined until then. */
export const come = (one) => one.come;
export const end = (one) => one.end();
