// When a cluster's leader does what has been written: it looks at all peerings at once when nothing has changed lately,
// and at most every five seconds, however many wait for it. Removing what is marked for deletion is a work of its own.

const ROUND_MS = 5_000;
const START_MS = 40; // a first look, and the stream it opens, take a moment
const REMOVE_MS = 1;
const REMOVE_TERMINATED_MS = 190;
const REMOVE_AGAIN_MS = 200; // one removal after another is not begun sooner

export class Leader {
  #round; // the timer of the next one
  #last = -Infinity;
  #removed = -Infinity;

  constructor(cluster) {
    this.cluster = cluster;
  }

  /** Something was written that asks for a look. */
  wake() {
    if (this.#round !== undefined) return;
    const { clock, pace } = this.cluster.world;
    const due = Math.max(clock.now() + pace(START_MS), this.#last + pace(ROUND_MS));
    this.#round = clock.setTimeout(() => this.#look(), due - clock.now(), { background: true });
  }

  /** A server that has just started has not looked at anything. */
  startAnew() {
    const { clock } = this.cluster.world;
    clock.clearTimeout(this.#round);
    this.#round = undefined;
    this.#last = -Infinity;
    for (const record of this.cluster.records) if (record.deletedAt !== undefined) this.removeLater(record, false);
    this.wake();
  }

  removeLater(record, wasTerminated) {
    const { clock, pace } = this.cluster.world;
    const soonest = clock.now() + pace(wasTerminated ? REMOVE_TERMINATED_MS : REMOVE_MS);
    const due = Math.max(soonest, this.#removed + pace(REMOVE_AGAIN_MS));
    const remove = () => {
      if (this.cluster.trouble !== undefined) return; // taken up again when the server is back
      this.#removed = clock.now();
      this.cluster.drop(record);
      this.wake();
    };
    clock.setTimeout(remove, due - clock.now(), { background: true });
  }

  #look() {
    const { cluster } = this;
    this.#round = undefined;
    if (cluster.trouble !== undefined) return;
    this.#last = cluster.world.clock.now();
    cluster.streams.connectAll();
    cluster.streams.sayGoodbye();
  }
}
