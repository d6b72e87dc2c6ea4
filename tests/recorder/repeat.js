// Repeats a recorded case: the same requests in the same order, with the tokens and the indexes of the new servers.

import { setTimeout as sleep } from "node:timers/promises";
import { RecordedTokens } from "../conformance/recorded-tokens.js";
import { SETUPS } from "../conformance/recorded-clusters.js";
import { agentOf, prepareAgents } from "./agents.js";
import { stateOf } from "./recording.js";

/** A leader processes a peering within 5 s. */
const STATE_WITHIN_MS = 6_000;

/** A race had another outcome than before, or a short state was read: to be repeated. */
export class Unlike extends Error {}

/** The case of a file of ../recordings. */
export function repeated({ case: name, why, exchanges }) {
  const file = `${name}.json`;
  const { clusters, sideBySide = [] } = SETUPS(file);
  const names = [...new Set(exchanges.map(({ cluster }) => cluster))];
  return {
    case: name,
    why,
    agents: () => names.map((cluster) => agentOf(cluster, clusters[cluster])),
    prepare: (agents) => prepareAgents(agents, clusters),
    run: (recording, agents) => new Repetition(recording, agents, exchanges, sideBySide, KILLED[file]).run(),
  };
}

/** After the row of a file, counted from 0, the cluster whose server is killed. */
const KILLED = { "failing.json": { 3: "gone" } };

class Repetition {
  #tokens = new RecordedTokens();
  #indexes = new Map(); // recorded to current

  constructor(recording, agents, exchanges, sideBySide, killed = {}) {
    Object.assign(this, { recording, agents, exchanges, sideBySide, killed });
  }

  async run() {
    const { exchanges, sideBySide, killed, agents } = this;
    for (let row = 0; row < exchanges.length; row++) {
      const together = sideBySide.find(({ rows }) => rows.includes(row));
      if (together) {
        await this.#sideBySide(together);
        row = Math.max(...together.rows);
      } else if (exchanges[row].poll) {
        const rows = [row];
        while (exchanges[row + 1]?.poll) rows.push(++row);
        await Promise.all(rows.map((each) => this.#poll(exchanges[each])));
      } else {
        await this.#untilLike(exchanges[row]);
        await this.#send(exchanges[row]);
      }
      if (row in killed) await agents[killed[row]].kill();
    }
  }

  /** Before a read: waits until it would return the recorded states. When a leader reaches them is chance. */
  async #untilLike({ cluster, request, response }) {
    const [path] = request.path.split("?");
    const isRead = request.method === "GET" && /^\/v1\/(peering\/[a-z0-9-]+|peerings)$/.test(path);
    if (!isRead || Object.keys(request.headers).length > 0 || ![200, 404].includes(response.status)) return;
    const wanted = stateOf(response);
    if (wanted.includes("ESTABLISHING")) return;
    const until = performance.now() + STATE_WITHIN_MS;
    while ((await this.recording.stateAt(cluster, path)) !== wanted && performance.now() < until) await sleep(20);
  }

  /** Each sent `apart` ms after the previous one, and kept in that order, whichever response is first. */
  async #sideBySide({ rows, apart = 0 }) {
    const sent = [];
    await this.recording.openConnections(this.exchanges[rows[0]].cluster, rows.length);
    for (const row of rows) {
      sent.push(this.#send(this.exchanges[row]));
      if (apart > 0) await sleep(apart);
    }
    await Promise.all(sent);
    const isRead = ({ method, path }) => method === "GET" && path.startsWith("/v1/peering");
    const outcome = ({ request, response }) => (isRead(request) ? stateOf(response) : String(response.status));
    const outcomes = (exchanges) => exchanges.map(outcome).sort().join();
    const [now, before] = [this.recording.exchanges.slice(-rows.length), rows.map((row) => this.exchanges[row])];
    if (outcomes(now) !== outcomes(before)) throw new Unlike(`${outcomes(now)}, not ${outcomes(before)}`);
  }

  async #poll({ cluster, poll, seen }) {
    const states = seen.map(({ state }) => state);
    // One that returns to a state was observed for a while.
    const isWatched = new Set(states).size < states.length;
    const now = await this.recording.poll(cluster, poll, states.at(-1), isWatched ? seen.at(-1).ms : 0);
    const isPassing = ({ state }) => state.endsWith("+DeletedAt") && state !== "DELETING+DeletedAt";
    if (now.some(isPassing) && !seen.some(isPassing)) throw new Unlike(JSON.stringify(now));
  }

  async #send({ cluster, note, request, response }) {
    const pause = /^(\d+(\.\d+)?) s later/.exec(note ?? "")?.[1];
    if (pause) await sleep(Number(pause) * 1_000);
    const { method, headers } = request;
    const path = request.path.replace(
      /([?&]index=)(\d+)/,
      (_, key, index) => key + (this.#indexes.get(index) ?? index),
    );
    const body = request.body ? this.#tokens.translate(request.body) : undefined;
    const keep = (text) => shortenedLike(response, text);
    const answer = await this.recording.send(cluster, { method, path, headers, body }, { note, keep });
    this.#tokens.learn(response.body, answer.body);
    const index = response.headers["x-consul-index"];
    if (index !== undefined) this.#indexes.set(index, answer.headers["x-consul-index"]);
  }
}

/** Of long bodies the recordings have the beginning, or only a note. */
function shortenedLike({ status, headers, body }, text) {
  if (body === `(${status})`) return body;
  const isCut = Buffer.byteLength(body) < Number(headers["content-length"] ?? 0);
  return isCut ? text.slice(0, body.length) : text;
}
