// The work that a cluster's leader does by itself whenever a peering has changed: connecting what should be connected,
// ending what was deleted, and removing what is marked for deletion. It holds itself back: five looks at all peerings
// may follow on one another, then there is one every five seconds, however many wait for it.

import { Limiter } from "./limiter.js";
import { isActive, isDialer } from "./records.js";

const LOOK_INTERVAL_MS = 5_000;
const LOOK_BURST = 5;
const REMOVAL_INTERVAL_MS = 100;
const REMOVAL_BURST = 10;

export class Leader {
  #looks;
  #removals;
  #look; // the timer of the next one
  #removing = new Map(); // the timers, by the record's id
  #terminated = 0; // how many records were, when it last looked for removals

  constructor(cluster) {
    this.cluster = cluster;
    cluster.records.watch(() => this.#wake());
    this.startAnew();
  }

  /** A server that has just become the leader. */
  startAnew() {
    const { pace } = this.cluster.world;
    this.stop();
    this.#looks = new Limiter(pace(LOOK_INTERVAL_MS), LOOK_BURST);
    this.#removals = new Limiter(pace(REMOVAL_INTERVAL_MS), REMOVAL_BURST);
    this.#wake();
  }

  stop() {
    const { clock } = this.cluster.world;
    for (const timer of [this.#look, ...this.#removing.values()]) clock.clearTimeout(timer);
    this.#look = undefined;
    this.#removing.clear();
  }

  #wake() {
    if (this.cluster.trouble !== undefined) return;
    this.#removeSoon();
    if (this.#look !== undefined) return;
    this.#look = this.#at(this.#looks.reserve(this.cluster.world.clock.now()), () => this.#lookAtAll());
  }

  #lookAtAll() {
    const { records, streams } = this.cluster;
    this.#look = undefined;
    const connected = streams.connected; // before anything is dialled anew
    for (const record of records.all) {
      const { active } = records.secrets(record.id) ?? {};
      if (!isActive(record) || !isDialer(record) || active === undefined) continue;
      if (!streams.isConnected(record.id)) streams.dial(record, active);
    }
    for (const id of connected) {
      const record = records.byId(id);
      if (!record || !isActive(record)) streams.sayGoodbye(id);
    }
  }

  /** While there are TERMINATED peerings, Consul cleans up after them without end, and a removal has to queue up. */
  #removeSoon() {
    const { records, world } = this.cluster;
    const now = world.clock.now();
    for (const record of records.all) {
      if (record.state !== "DELETING" || this.#removing.has(record.id)) continue;
      if (this.#terminated > 0) this.#removals.drain(now);
      const others = world.random.between(0, world.pace(REMOVAL_INTERVAL_MS) * 2 * this.#terminated);
      const remove = () => {
        this.#removing.delete(record.id);
        // A goodbye that comes meanwhile makes it TERMINATED, and that it stays, until it is deleted once more.
        if (records.byId(record.id).state === "DELETING") records.remove(record);
      };
      this.#removing.set(record.id, this.#at(this.#removals.reserve(now) + others, remove));
    }
    this.#terminated = records.all.filter(({ state }) => state === "TERMINATED").length;
  }

  #at(due, action) {
    const { clock } = this.cluster.world;
    return clock.setTimeout(action, due - clock.now(), { background: true });
  }
}
