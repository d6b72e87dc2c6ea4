// One run of a scenario against some clusters: sends its requests, and notes every answer for the comparison.

import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { peeringToken } from "../node/secrets.js";
import { SECRETS } from "./clusters.js";

const POLL_MS = 20;
const ANSWER_WITHIN_MS = 30_000;
const STATE_WITHIN_MS = 25_000;

export class Session {
  /** What was asked and answered, in the order in which it was asked: `{ what, answer }` or `{ what, states }`. */
  rows = [];

  /** @param {import("./clusters.js").Clusters} clusters */
  constructor({ addresses, exportService }) {
    this.addresses = addresses;
    this.exportService = exportService;
  }

  /**
   * Sends a request, `GET /v1/peerings`, and notes the answer.
   * @param {{ body?, as?, headers?, what? }} [how] a body that is no text is sent as JSON; `as` names an ACL token;
   *   `what` tells a request apart whose body or headers matter; `query` is what must not be told
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

  /** A peering token, as the answer had it; undefined where it was refused. */
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

  delete(cluster, name) {
    return this.ask(cluster, `DELETE /v1/peering/${name}`);
  }

  /** A request that may wait for a change: whether it did is noted too. */
  async wait(cluster, line, ms) {
    const began = performance.now();
    const answer = await this.ask(cluster, line);
    this.note(`${cluster} ${known(line)} waited`, performance.now() - began >= ms * 0.9);
    return answer;
  }

  /** A request whose answer is not noted: what it says is chance. */
  peek(cluster, line, body) {
    return this.#send(cluster, line, body && JSON.stringify(body));
  }

  /** Notes something else that must be the same. */
  note(what, answer) {
    this.rows.push({ what, answer });
  }

  /** Looks at a peering until it has a state (`404`: until it is gone), and notes the states on the way. */
  until(cluster, name, wanted) {
    return this.#look(cluster, name, STATE_WITHIN_MS, wanted);
  }

  /** Looks at a peering for so long, and notes its states. */
  watch(cluster, name, ms) {
    return this.#look(cluster, name, ms);
  }

  pause(ms) {
    return sleep(ms);
  }

  /**
   * Deletes a peering until it is gone. One delete may not be enough where both sides are deleted: a goodbye that comes
   * between the mark and the removal leaves it TERMINATED, and marked for good.
   */
  async deleteUntilGone(cluster, name) {
    for (const end = Date.now() + STATE_WITHIN_MS; Date.now() < end; await sleep(500)) {
      await this.peek(cluster, `DELETE /v1/peering/${name}`);
      if ((await this.peek(cluster, `GET /v1/peering/${name}`)).status === 404) break;
    }
    await this.read(cluster, name);
  }

  /** Both sides made anew, and ACTIVE: the names of the peering here (`dialer`) and there (`acceptor`). */
  async peer(dialer, acceptor, { name, meta, external } = {}) {
    const token = await this.token(acceptor, name, { ServerExternalAddresses: external });
    await this.establish(dialer, name, token, { Meta: meta });
    await this.until(dialer, name, "ACTIVE");
    await this.until(acceptor, name, "ACTIVE");
    await this.pause(50); // until both sides have told each other what there is
    return token;
  }

  async #look(cluster, name, ms, wanted) {
    const row = { what: `${cluster} ${name} ${wanted ? `until ${wanted}` : "watched"}`, states: [] };
    this.rows.push(row);
    const end = Date.now() + ms;
    for (let last; ; await sleep(POLL_MS)) {
      const state = stateOf(await this.#send(cluster, `GET /v1/peering/${name}`));
      if (state !== row.states.at(-1)) row.states.push(state);
      if (state === wanted) return;
      // What is seen last must be more than a flicker.
      if (Date.now() > end && state === last) return;
      last = state;
    }
  }

  /** As it stands: a client that knows URLs would tidy the path up. */
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

/** A request as it is called on every cluster, whatever its index has come to. */
const known = (line) => line.replace(/index=[2-9]\d*|index=1\d+/, "index=<number>");

const made = (body) => /"PeeringToken": ?"([^"]+)"/.exec(body)?.[1];

/** ACTIVE lies over a record that is marked for deletion, for as long as its stream lasts: what counts is the mark. */
function stateOf({ status, body }) {
  if (status !== 200) return String(status);
  const { State, DeletedAt } = JSON.parse(body);
  return DeletedAt === undefined ? State : "DELETING";
}
