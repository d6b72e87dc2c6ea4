// Divides long work into one slice per frame, so that no task blocks the page.

/** The duration of a slice. */
const SLICE_MS = 8;
/** The pause between two runs that take more than one slice, so that the page handles other events. */
const PAUSE_MS = 400;

/** @typedef {Generator<number | undefined, void>} Work */

export class Slices {
  #create;
  /** @type {Work | undefined} the current run */
  #work;
  #isDue = false; // another run was requested
  #isPaused = false;
  #frame = 0;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {() => Work} create  starts a run. It may be interrupted at each `yield`, which gives the estimated ms that the
   *   browser needs to draw the changes since the last one
   */
  constructor(create) {
    this.#create = create;
  }

  /** Requests a run: starts it immediately, or after the current one. */
  request() {
    if (this.#work || this.#isPaused) this.#isDue = true;
    else this.#begin();
  }

  /** Cancels the current run; the next request starts immediately. */
  cancel() {
    cancelAnimationFrame(this.#frame);
    this.#work = undefined;
    this.#isPaused = this.#isDue = false;
  }

  #begin() {
    this.#isDue = false;
    const work = this.#create();
    this.#work = work;
    this.#slice(work, { isFirst: true });
  }

  /**
   * @param {Work} work
   * @param {{ isFirst: boolean }} how
   */
  #slice(work, { isFirst }) {
    if (!this.#isDone(work, performance.now() + SLICE_MS)) {
      this.#frame = requestAnimationFrame(() => this.#slice(work, { isFirst: false }));
      return;
    }
    this.#work = undefined;
    if (!isFirst) this.#pause();
  }

  /**
   * Works until `end`.
   * @param {Work} work
   * @param {number} end  on the monotonic clock
   */
  #isDone(work, end) {
    try {
      for (let step = work.next(); !step.done; step = work.next()) {
        end -= step.value ?? 0;
        if (performance.now() >= end) return false;
      }
      return true;
    } catch (error) {
      this.#work = undefined; // the next change starts a new run
      throw error;
    }
  }

  #pause() {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isPaused = false;
      if (this.#isDue && !this.#work) this.#begin();
    }, PAUSE_MS);
  }
}
