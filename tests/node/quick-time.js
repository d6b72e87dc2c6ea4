// Time in this process passes as soon as nothing else is left to do: a wait of a minute takes no time, and how busy the
// machine is decides nothing. For tests that do all in memory: a child process or a socket would be outrun. It replaces
// what the package, the simulator and the test look up with each use: `setTimeout`, `Date.now` and `performance.now`.
import { ManualClock } from "../../pkg/simulator.js";

/** Turns of the event loop for what waits for no timer, beside those that the clock gives before and after each step. */
const TURNS = 4;
const { setImmediate: turn } = globalThis;
const machine = performance.now.bind(performance);
const clock = new ManualClock(Math.floor(performance.timeOrigin + machine()));
const began = clock.now() - Math.floor(machine());
const waiting = new Set(); // those that keep the process alive
let passing = false;

class Timer {
  constructor(action, ms) {
    this.id = clock.setTimeout(
      () => {
        waiting.delete(this);
        action();
      },
      Math.max(1, Math.ceil(Number(ms) || 0)),
    );
    waiting.add(this);
  }
  unref() {
    waiting.delete(this);
    return this;
  }
}

globalThis.setTimeout = (action, ms, ...args) => {
  const timer = new Timer(() => action(...args), ms);
  if (!passing) pass();
  return timer;
};
globalThis.clearTimeout = (timer) => {
  if (!(timer instanceof Timer)) return;
  waiting.delete(timer);
  clock.clearTimeout(timer.id);
};
Date.now = () => clock.now();
performance.now = () => clock.now() - began;

async function pass() {
  passing = true;
  while (clock.next !== undefined) {
    for (let turns = 0; turns < TURNS; turns++) await oneTurn();
    const { next } = clock;
    if (next !== undefined) await clock.advance(Math.max(0, next - clock.now()));
  }
  passing = false;
}

/** What no timer keeps alive may end meanwhile. */
function oneTurn() {
  return new Promise((resolve) => {
    const immediate = turn(resolve);
    if (waiting.size === 0) immediate.unref();
  });
}

/** Resolves after `ms` of this time. */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
