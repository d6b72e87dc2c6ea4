import { awaited } from "./task.js";

const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * ms of the monotonic clock, for every duration: a date jumps when the system's clock is set. Looked up with each use,
 * because tests replace it.
 */
export const now = () => globalThis.performance?.now() ?? forward();

let passed = 0;
let seen;

/** For hosts without `performance`: the date, of which steps back do not count. */
function forward() {
  const date = Date.now();
  passed += Math.max(0, date - (seen ?? date));
  seen = date;
  return passed;
}

/** Waits: no longer than timers can count. */
export const sleep = (ms) =>
  awaited((come) => {
    const timer = setTimeout(() => come(true), Math.min(ms, TIMER_MAX_MS));
    return () => clearTimeout(timer);
  });
