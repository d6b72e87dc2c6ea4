// Measures the tasks of the page's thread in processor time, because on a busy machine other processes run meanwhile.
import assert from "node:assert/strict";

export const LONGEST_TASK_MS = 50;
const ATTEMPTS = 3;

/**
 * Fails if a task takes longer than LONGEST_TASK_MS while the user does something.
 * @param {() => Promise<void>} use  what the user does; more than once: the page's own code takes as long each time, a
 *   neighbour that empties the processor's caches does not
 */
export async function assertShortTasks(t, browser, page, use) {
  let longest = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && longest > LONGEST_TASK_MS; attempt++) {
    longest = Math.min(longest, await longestTask(t, browser, page, use));
  }
  assert.ok(longest <= LONGEST_TASK_MS, `${longest} ms`);
}

async function longestTask(t, browser, page, use) {
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "__metadata"] });
  await use();
  const tasks = mainTasks(JSON.parse(await browser.stopTracing()));
  const longest = Math.max(...tasks.map(({ own }) => own));
  const clock = Math.max(...tasks.map(({ whole }) => whole));
  t.diagnostic(`${tasks.length} tasks, the longest ${longest.toFixed(1)} ms (by the clock ${clock.toFixed(1)} ms)`);
  assert.ok(tasks.length > 100 && longest > 0);
  return longest;
}

/** The tasks of the page's thread, in ms: processor time and duration. */
function mainTasks({ traceEvents }) {
  const isMain = ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain";
  const threads = new Set(traceEvents.filter(isMain).map(({ pid, tid }) => `${pid}/${tid}`));
  return traceEvents
    .filter(({ name, ph, pid, tid }) => /RunTask$/.test(name) && ph === "X" && threads.has(`${pid}/${tid}`))
    .filter(({ tdur }) => tdur !== undefined) // one that was under way when the recording began
    .map(({ dur, tdur }) => ({ own: tdur / 1000, whole: dur / 1000 }));
}
