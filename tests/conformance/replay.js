// Sends the recorded requests to simulated clusters, in the same order and with the same concurrency, and compares the
// responses.
//
// Time does not pass between the requests. If a read does not return the recorded state yet, time advances to the next
// event, and the read is repeated. So no recorded state is skipped, regardless of the point in a leader's round of five
// seconds at which the recording began.

import { isDeepStrictEqual } from "node:util";
import { ManualClock, startSimulator } from "../../pkg/simulator.js";
import { peeringToken } from "../node/secrets.js";
import { comparable } from "./comparable.js";
import { RecordedTokens } from "./recorded-tokens.js";

/** Longer than any recorded wait: a leader's round, the second retry of a stream, a denied read. */
const WITHIN_MS = 15_000;
/** The shortest duration of a recorded request. */
const REQUEST_MS = 1;
/** The interval of the recorded polls: shorter states may be missing. */
const POLLED_EVERY_MS = 50;

/**
 * @param {object} recording a file of tests/recordings
 * @param {object} setup     its setup: `clusters` by name, actions `after` a row, the rows that ran concurrently (`sideBySide`)
 * @returns {Promise<{ compared: number, differences: { exchange: number, recorded, simulated }[] }>}
 */
export async function replay({ exchanges }, { version, clusters, before, after = {}, sideBySide = [] }) {
  const clock = new ManualClock(Date.parse("2026-11-24T06:00:00Z"));
  const names = [...new Set(exchanges.map(({ cluster }) => cluster))];
  const simulator = await startSimulator({
    clusters: names.map((name) => ({ name, version, ...clusters[name] })),
    clock,
    listen: false,
    seed: 1,
  });
  const player = new Player(simulator, exchanges, after);
  try {
    await before?.(simulator);
    for (let row = 0; row < exchanges.length; row++) {
      const together = sideBySide.find(({ rows }) => rows.includes(row)) ?? { rows: [row] };
      row = Math.max(...together.rows);
      // Consecutive polls may have run concurrently.
      const polls = [];
      while (exchanges[row + 1]?.poll) polls.push(++row);
      await player.step(together, polls);
    }
  } finally {
    await simulator.stop();
  }
  return { compared: player.compared, differences: player.differences };
}

class Player {
  compared = 0;
  differences = [];
  #tokens = new RecordedTokens();
  #indexes = new Map(); // recorded to simulated

  constructor(simulator, exchanges, after) {
    const { clusters, clock } = simulator;
    Object.assign(this, { simulator, clusters, clock, exchanges, after });
  }

  /** Replays an exchange, or concurrent exchanges, and the polls that follow. */
  async step({ rows, apart = 0 }, pollRows) {
    const pause = /^(\d+(\.\d+)?) s later/.exec(this.exchanges[rows[0]].note ?? "")?.[1];
    if (pause) await this.clock.advance(Number(pause) * 1_000);
    const polls = pollRows.map((row) => new Poll(row, this.exchanges[row]));
    // The point in a leader's round at which a request arrives is random. A state with which a recorded poll began may be
    // over here before the poll begins.
    for (const poll of polls) if (poll.wanted.length > 1) await this.#readState(poll);
    const answers = [];
    for (const row of [...rows].sort((a, b) => this.#turn(a) - this.#turn(b))) {
      answers[row] = this.#send(row);
      if (apart > 0) await this.clock.advance(apart);
    }
    const settled = await this.#until(Promise.all(answers));
    for (const row of rows) await this.#compare(row, settled[row]);
    await this.clock.advance(REQUEST_MS);
    for (const row of rows) await this.after[row]?.(this.simulator);
    if (polls.length > 0) await this.#poll(polls);
  }

  /** Orders concurrent requests: blocking queries first, then the requests that succeeded in the recording. */
  #turn(row) {
    const { request, response } = this.exchanges[row];
    return /[?&]index=/.test(request.path) ? 0 : response.status === 200 ? 1 : 2;
  }

  /** The states of a poll must occur in the same order, with no other lengthy state between them. */
  async #poll(polls) {
    const until = this.clock.now() + WITHIN_MS * Math.max(...polls.map(({ wanted }) => wanted.length));
    for (;;) {
      for (const poll of polls) await this.#readState(poll);
      if (polls.every(({ complete }) => complete) || this.clock.now() > until) break;
      await this.#onward();
    }
    for (const { row, wanted, seen } of polls) this.#note(row, wanted, seen);
    await this.clock.advance(POLLED_EVERY_MS / 2);
  }

  async #readState(poll) {
    poll.see(stateOf(await this.#ask(poll.cluster, `/v1/peering/${poll.name}`)), this.clock.now());
  }

  async #compare(row, answer) {
    const { request, response } = this.exchanges[row];
    const { compare, recorded } = asRecorded(response);
    let simulated = compare(answer);
    const first = simulated;
    const isFollowed = /^\/v1\/peering|\?peer=/.test(request.path) && !/[?&]index=/.test(request.path);
    const isRead = request.method === "GET" && isFollowed;
    const until = this.clock.now() + WITHIN_MS;
    while (isRead && !isDeepStrictEqual(simulated, recorded) && this.clock.now() < until) {
      await this.#onward();
      answer = await this.#until(this.#send(row));
      simulated = compare(answer);
    }
    const equal = isDeepStrictEqual(simulated, recorded);
    this.#note(row, recorded, equal ? simulated : first);
    this.#tokens.learn(response.body, answer.body);
    const index = response.headers["x-consul-index"];
    if (index !== undefined) this.#indexes.set(index, answer.headers["x-consul-index"]);
  }

  #note(exchange, recorded, simulated) {
    this.compared++;
    if (!isDeepStrictEqual(recorded, simulated)) this.differences.push({ exchange, recorded, simulated });
  }

  #send(row) {
    const { cluster, request } = this.exchanges[row];
    const path = request.path.replace(
      /([?&]index=)(\d+)/,
      (_, key, index) => key + (this.#indexes.get(index) ?? index),
    );
    const body = request.body ? this.#tokens.translate(request.body) : undefined;
    return this.#fetch(cluster, path, { method: request.method, headers: request.headers, body });
  }

  #ask(cluster, path) {
    return this.#until(this.#fetch(cluster, path));
  }

  async #fetch(cluster, path, init) {
    const { address, fetch } = this.clusters[cluster];
    // The path is sent unchanged; a URL would be normalized.
    const response = await fetch(address + path, init);
    const body = init?.method === "HEAD" ? "" : await response.text();
    const made = /"PeeringToken": "([^"]+)"/.exec(body)?.[1];
    if (made) peeringToken(made);
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  }

  /** Lets time pass until a promise settles. */
  async #until(promise) {
    let settled = false;
    promise.finally(() => (settled = true)).catch(() => {});
    await this.clock.advance(0);
    const until = this.clock.now() + 2 * WITHIN_MS;
    while (!settled && this.clock.now() < until) await this.#onward();
    if (!settled) throw new Error(`no answer within ${2 * WITHIN_MS} ms`);
    return promise;
  }

  /** To the next moment when something happens. */
  async #onward() {
    const { next } = this.clock;
    await this.clock.advance(next === undefined ? WITHIN_MS : Math.max(0, next - this.clock.now()));
  }
}

/** Of long bodies the recordings have the beginning, or nothing but a note. Then no more is compared. */
function asRecorded({ status, headers, body }) {
  const isLeftOut = body === `(${status})`;
  const kept = isLeftOut ? "" : body;
  const recorded = comparable({ status, headers, body: indented(kept) });
  const isCut = isLeftOut || Buffer.byteLength(kept) < Number(headers["content-length"] ?? 0);
  const compare = (answer) => {
    const simulated = comparable(answer);
    return isCut ? { ...simulated, body: simulated.body.slice(0, recorded.body.length) } : simulated;
  };
  return { recorded, compare };
}

/** Agents that keep their data print peerings in one line. */
function indented(body) {
  if (!/^{"(ID|PeeringToken)"/.test(body)) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 4);
  } catch {
    return body;
  }
}

function stateOf({ status, body }) {
  if (status !== 200) return String(status);
  const { State, DeletedAt } = JSON.parse(body);
  return DeletedAt === undefined ? State : `${State}+DeletedAt`;
}

/** The states that one poll sees. */
class Poll {
  #states = []; // `{ state, since, wanted }`

  constructor(row, { cluster, poll, seen }) {
    Object.assign(this, { row, cluster, name: poll, wanted: seen.map(({ state }) => state) });
  }

  see(state, since) {
    // A removal takes no time, unless a TERMINATED peering is about: the recorded clusters had some from earlier on.
    if (state === "404" && this.wanted[this.#found] === "DELETING+DeletedAt") this.wanted.splice(this.#found, 1);
    if (this.complete || state === this.#states.at(-1)?.state) return;
    this.#states.push({ state, since, wanted: state === this.wanted[this.#found] });
  }

  get #found() {
    return this.#states.filter(({ wanted }) => wanted).length;
  }

  get complete() {
    return this.#found === this.wanted.length;
  }

  /** From the first one that was recorded on; without those that were over before one polls again. */
  get seen() {
    const first = this.#states.findIndex(({ wanted }) => wanted);
    const lasted = (index) => (this.#states[index + 1]?.since ?? Infinity) - this.#states[index].since;
    const kept = this.#states.filter(
      ({ wanted }, index) => wanted || (index >= first && lasted(index) >= POLLED_EVERY_MS),
    );
    return kept.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
  }
}
