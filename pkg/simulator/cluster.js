// One simulated cluster: what it is, what can happen to its servers, and who waits for what. What is asked of it is the
// business of calls.js, what is stored that of records.js, when things happen that of leader.js, what flows to other
// clusters that of streams.js.

import { refuse, timestamp } from "./answers.js";
import { makeAuthority } from "./certificate.js";
import { sleep } from "./clock.js";
import { Leader } from "./leader.js";
import { Records } from "./records.js";
import { Streams } from "./streams.js";
import { versionOf } from "./version.js";
import { show } from "./view.js";

/** For so long a request is held back while there is no leader; what comes then is refused. */
const LEADER_WITHIN_MS = [7_000, 10_600];

export class SimulatedCluster {
  /** What is wrong with the server just now: undefined, "down" (nothing answers) or "leaderless". */
  trouble;
  #waiting = new Set(); // whom to tell that something has changed
  #recovery; // the timer of the end of a trouble

  /**
   * @param {object} world   the clock, the random numbers, and the other clusters
   * @param {object} options a cluster's options, all filled in
   */
  constructor(world, options) {
    this.world = world;
    this.name = options.name;
    this.options = options;
    this.version = versionOf(options.version);
    this.datacenter = options.datacenter;
    const { random, clock } = world;
    this.trustDomain = options.trust_domain ?? `${random.uuid()}.consul`;
    this.nodeId = random.uuid();
    this.serverName = `server.${this.datacenter}.peering.${this.trustDomain}`;
    this.authority = makeAuthority(this.trustDomain, random.hex(7), clock.now());
    this.exports = new Map(Object.entries(options.exported_services));
    this.records = new Records();
    this.records.watch(() => this.#changed());
    this.streams = new Streams(this);
    this.leader = new Leader(this);
  }

  // -- What is there -------------------------------------------------------------------------------------------------

  /** The record of a name; without one, the index of the last change to any. */
  read(name) {
    const record = this.records.find(name);
    return record ? { index: record.modifyIndex, value: this.#show(record) } : { index: this.records.index };
  }

  list() {
    return { index: this.records.index, value: this.records.all.map((record) => this.#show(record)) };
  }

  // -- Waiting ------------------------------------------------------------------------------------------------------

  /** Resolves once `come` says so, or after `ms`. */
  async until(come, ms, signal) {
    if (come()) return;
    const done = new AbortController();
    const look = () => come() && done.abort();
    this.#waiting.add(look);
    try {
      await sleep(this.world.clock, ms, AbortSignal.any([done.signal, ...(signal ? [signal] : [])]));
    } catch (reason) {
      if (signal?.aborted) throw reason;
    } finally {
      this.#waiting.delete(look);
    }
  }

  /** Holds a request back while there is no leader, `times` as long as usual; refuses it when none comes. */
  async mustHaveLeader(signal, { times = 1, headers } = {}) {
    const { pace, random } = this.world;
    const hasLeader = () => this.trouble !== "leaderless";
    await this.until(hasLeader, pace(random.between(...LEADER_WITHIN_MS) * times), signal);
    if (!hasLeader()) throw refuse(500, "No cluster leader", headers);
  }

  #changed() {
    for (const look of [...this.#waiting]) look();
  }

  // -- What happens to the servers ----------------------------------------------------------------------------------

  /** Nothing answers for `ms`. Then the server is back with its records, and without a stream. */
  restart(ms) {
    this.agent.goDown();
    this.#fail("down", ms);
  }

  /** The servers have no leader for `ms`. The one that comes then knows of no stream. */
  loseLeader(ms) {
    this.#fail("leaderless", ms);
  }

  /** Exports services to peers, `{ billing: ["us"] }`, in place of what was exported. */
  exportServices(services) {
    this.exports = new Map(Object.entries(services));
  }

  #fail(trouble, ms) {
    const { clock } = this.world;
    clock.clearTimeout(this.#recovery);
    this.trouble = trouble;
    this.leader.stop();
    this.streams.forget();
    const recover = () => {
      this.trouble = undefined;
      this.leader.startAnew();
      this.#changed();
    };
    this.#recovery = ms === Infinity ? undefined : clock.setTimeout(recover, ms, { background: true });
  }

  // -- What another cluster asks ------------------------------------------------------------------------------------

  /** Takes a token's secret, once, for one that a stream will need: `{ active }`, `{ spent: true }` or `{ error }`. */
  async takeSecret(peerId, secret) {
    try {
      await this.mustHaveLeader();
    } catch ({ text }) {
      return { error: `rpc error: code = Unknown desc = ${text}` };
    }
    if (!secret || this.records.secrets(peerId)?.establishment !== secret) return { spent: true };
    const active = this.world.random.uuid();
    this.records.exchange(peerId, active);
    return { active };
  }

  // -----------------------------------------------------------------------------------------------------------------

  /** The moment, as Consul writes it. */
  now() {
    const { clock, random } = this.world;
    return timestamp(clock.now(), random.between(1, 999_999));
  }

  #show(record) {
    return show(record, this.streams.status(record), this.version);
  }
}
