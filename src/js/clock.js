/**
 * ms of the monotonic clock, for every duration: a date jumps when the system's clock is set. Looked up at each use,
 * because tests replace it.
 */
export const now = () => globalThis.performance?.now() ?? forward();

let passed = 0;
/** @type {number | undefined} */
let observed;

/** For hosts without `performance`: the date, ignoring steps back. */
function forward() {
  const date = Date.now();
  passed += Math.max(0, date - (observed ?? date));
  observed = date;
  return passed;
}
