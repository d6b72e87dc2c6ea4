// One run of a scenario against a set of clusters: sends its requests, and records every response for the comparison.

import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { peeringToken } from "../node/secrets.js";
import { SECRETS } from "./clusters.js";
import { differs } from "./comparable.js";

const POLL_MS = 20;
const STATE_WITHIN_MS = 25_000;
/** Limits that only a failing run reaches: on a busy machine, a real Consul may take long. */
const ANSWER_WITHIN_MS = 60_000;
const SETTLED_WITHIN_MS = 60_000;
const BETWEEN_READS_MS = 500;

export class Session {
  /** The requests with their responses, in the order of the requests: `{ what, answer }` or `{ what, states }`. */
  rows = [];
  /** How many rows are final: those up to the end of the last `settled`, and all rows when the scenario has ended. */
  finalRows = 0;

  /**
   * @param {import("./clusters.js").Clusters} clusters
   * @param {Session} [expected] the same scenario on other clusters, which runs at the same time
   */
  constructor({ addresses, exportService }, expected) {
    this.addresses = addresses;
    this.exportService = exportService;
    this.expected = expected;
  }

  /** Plays a scenario; an error is its last row. */
  async play({ run }) {
    try {
      await run(this);
    } catch (error) {
      this.rows.push({ what: "the scenario's end", answer: error.message });
    }
    this.finalRows = Infinity;
  }

  /**
   * Sends a request such as `GET /v1/peerings`, and records the response.
   * @param {{ body?, as?, headers?, what? }} [how] an object as body is sent as JSON; `as` names an ACL token;
   *   `what` distinguishes requests that differ only in body or headers; `query` is sent but not recorded
   */
  async ask(cluster, line, { body, as, headers, query = "", what = "" } = {}) {
    const row = { what: [cluster, known(line), as && `as ${as}`, what].filter(Boolean).join(" ") };
    this.rows.push(row);
    const sent = typeof body === "object" ? JSON.stringify(body) : body;
    row.answer = await this.#send(cluster, line + query, sent, {
      ...(as && { "X-Consul-Token": SECRETS[as] }),
      ...headers,
    });
    return row.answer;
  }

  /** Generates a peering token; undefined if the request was refused. */
  async token(cluster, PeerName, more = {}, how = {}) {
    const { body } = await this.ask(cluster, "POST /v1/peering/token", { body: { PeerName, ...more }, ...how });
    return made(body);
  }

  establish(cluster, PeerName, PeeringToken, more = {}, how = {}) {
    return this.ask(cluster, "POST /v1/peering/establish", { body: { PeerName, PeeringToken, ...more }, ...how });
  }

  read(cluster, name) {
    return this.ask(cluster, `GET /v1/peering/${name}`);
  }

  /** Reads a peering after what may still change it. */
  readSettled(cluster, name) {
    return this.settled(() => this.read(cluster, name));
  }

  delete(cluster, name) {
    return this.ask(cluster, `DELETE /v1/peering/${name}`);
  }

  /** Sends a blocking query, and also records whether it waited. */
  async wait(cluster, line, ms) {
    const began = performance.now();
    const answer = await this.ask(cluster, line);
    this.note(`${cluster} ${known(line)} waited`, performance.now() - began >= ms * 0.9);
    return answer;
  }

  /** Sends a request without recording the response, which depends on timing. */
  sendUnrecorded(cluster, line, body) {
    return this.#send(cluster, line, body && JSON.stringify(body));
  }

  /** Records another value that must be the same. */
  note(what, answer) {
    this.rows.push({ what, answer });
  }

  /** Polls a peering until it has a state (`404`: until it is removed), and records the states in between. */
  until(cluster, name, wanted) {
    return this.#poll(cluster, name, STATE_WITHIN_MS, wanted);
  }

  /** Polls a peering for a time, and records its states. */
  watch(cluster, name, ms) {
    return this.#poll(cluster, name, ms);
  }

  pause(ms) {
    return sleep(ms);
  }

  /**
   * Reads what earlier requests lead to. The effect of a change takes a moment, and longer on a busy machine. So if the
   * responses are not the expected ones, it reads again; the last responses count.
   * @param {() => Promise<unknown>} read
   * @param {number} [ms] how long to wait before the first read
   */
  async settled(read, ms = 0) {
    await sleep(ms);
    const first = this.rows.length;
    for (const end = performance.now() + SETTLED_WITHIN_MS; ; await sleep(BETWEEN_READS_MS)) {
      await read();
      if ((await this.#isExpected(first)) || performance.now() > end) break;
      this.rows.length = first;
    }
    this.finalRows = this.rows.length;
  }

  async #isExpected(first) {
    if (!this.expected) return true;
    while (this.expected.finalRows < this.rows.length) await sleep(POLL_MS);
    return !this.rows.some((row, index) => index >= first && differs(row, this.expected.rows[index]));
  }

  /**
   * Deletes a peering repeatedly until it is removed. If both sides are deleted, one DELETE may not be enough: a
   * termination message between the mark and the removal makes it TERMINATED, with a permanent mark.
   */
  async deleteUntilGone(cluster, name) {
    for (const end = Date.now() + STATE_WITHIN_MS; Date.now() < end; await sleep(500)) {
      await this.sendUnrecorded(cluster, `DELETE /v1/peering/${name}`);
      if ((await this.sendUnrecorded(cluster, `GET /v1/peering/${name}`)).status === 404) break;
    }
    await this.read(cluster, name);
  }

  /** Creates both sides, and waits until both are ACTIVE. Both peerings have the same name. */
  async peer(dialer, acceptor, { name, meta, external } = {}) {
    const token = await this.token(acceptor, name, { ServerExternalAddresses: external });
    await this.establish(dialer, name, token, { Meta: meta });
    await this.until(dialer, name, "ACTIVE");
    await this.until(acceptor, name, "ACTIVE");
    await this.pause(50); // until both sides have exchanged their exports
    return token;
  }

  async #poll(cluster, name, ms, wanted) {
    const row = { what: `${cluster} ${name} ${wanted ? `until ${wanted}` : "watched"}`, states: [] };
    this.rows.push(row);
    const end = Date.now() + ms;
    for (let last; ; await sleep(POLL_MS)) {
      const state = stateOf(await this.#send(cluster, `GET /v1/peering/${name}`));
      if (state !== row.states.at(-1)) row.states.push(state);
      if (state === wanted) return;
      // The last state must have been read twice.
      if (Date.now() > end && state === last) return;
      last = state;
    }
  }

  /** Sends the path unchanged; a client that parses URLs would normalize it. */
  async #send(cluster, line, body, headers = {}) {
    const [, method, path] = /^(\S+) (.*)$/s.exec(line);
    const { hostname, port } = new URL(this.addresses[cluster]);
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const answer = await new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path, headers, signal, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => (text += piece));
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: text }));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
    const token = made(answer.body);
    if (token) peeringToken(token);
    return answer;
  }
}

/** The name of a request, which is the same on every cluster, without its index. */
const known = (line) => line.replace(/index=[2-9]\d*|index=1\d+/, "index=<number>");

const made = (body) => /"PeeringToken": ?"([^"]+)"/.exec(body)?.[1];

/** While its stream is open, a record that is marked for deletion is reported as ACTIVE; the mark takes precedence. */
function stateOf({ status, body }) {
  if (status !== 200) return String(status);
  const { State, DeletedAt } = JSON.parse(body);
  return DeletedAt === undefined ? State : "DELETING";
}
