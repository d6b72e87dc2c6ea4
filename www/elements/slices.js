// Work that is done in slices, one a frame, so that no task is long, however much there is to do.

/** Of the page's thread, in each frame. */
const SLICE_MS = 8;
/** Between two runs that take more than one slice, so that the page has time for other things. */
const PAUSE_MS = 400;

/** @typedef {Generator<number | undefined, void>} Work */

export class Slices {
  #make;
  /** @type {Work | undefined} what is under way */
  #work;
  #isDue = false; // it has to be done once more
  #isPaused = false;
  #frame = 0;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {() => Work} make  begins the work; it may be interrupted at each `yield`, and yields
   *   how many ms the browser will take to draw what was changed since the last one, where that is much
   */
  constructor(make) {
    this.#make = make;
  }

  /** Does the work once more: at once where nothing is under way, else after that. */
  request() {
    if (this.#work || this.#isPaused) this.#isDue = true;
    else this.#begin();
  }

  /** Drops what is under way; what is requested next is done at once. */
  drop() {
    cancelAnimationFrame(this.#frame);
    this.#work = undefined;
    this.#isPaused = this.#isDue = false;
  }

  #begin() {
    this.#isDue = false;
    const work = this.#make();
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
      this.#work = undefined; // what fails once is tried again with the next change
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
