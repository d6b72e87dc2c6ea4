// Virtual time for tests that run in memory: it advances as soon as nothing else is left to do, so a wait of a minute
// takes none, and the machine's load has no effect. It replaces `setTimeout`, `Date.now` and `performance.now`. A child
// process or a socket would be outrun.
import { ManualClock } from "../../pkg/simulator.js";

/** Turns of the event loop for work without a timer, in addition to those of the clock around each step. */
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

/** A turn of the event loop, which keeps the process alive only for timers. */
function oneTurn() {
  return new Promise((resolve) => {
    const immediate = turn(resolve);
    if (waiting.size === 0) immediate.unref();
  });
}

/** Resolves after `ms` of this time. */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
