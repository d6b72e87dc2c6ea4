import { awaited } from "./task.js";

const TIMER_MAX_MS = 2 ** 31 - 1;
let last = 0;

/** ms of a clock that only goes forward. `performance` is not everywhere; a date may go back. */
export const now = () => (last = Math.max(last, Date.now()));

/** Waits: no longer than timers can count. */
export const sleep = (ms) =>
  awaited((come) => {
    const timer = setTimeout(() => come(true), Math.min(ms, TIMER_MAX_MS));
    return () => clearTimeout(timer);
  });
