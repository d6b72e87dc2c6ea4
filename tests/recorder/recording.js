// A recording: sends requests to real agents and stores the responses, in the format of the files in ../recordings.

import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_EVERY_MS = 50;
const POLL_FOR_MS = 120_000;
/** Irrelevant, and different each time. */
const UNRECORDED = ["date", "keep-alive"];
const KEPT_CHARS = 1_500;

export class Recording {
  exchanges = [];
  #agents;
  #connections = new Agent({ keepAlive: true });

  /** @param {Record<string, { address: string }>} agents by the cluster's name */
  constructor(agents) {
    this.#agents = agents;
  }

  /** One more agent, of a cluster or by itself. */
  add(name, agent) {
    this.#agents = { ...this.#agents, [name]: agent };
  }

  /**
   * Sends one request, and appends the exchange.
   * @param {string} cluster
   * @param {{ method: string, path: string, headers?: object, body?: string }} sent
   * @param {{ note?: string, keep?: (body: string) => string }} [options] `keep`: what to keep of the body
   */
  async send(cluster, { method, path, headers = {}, body }, { note, keep = (text) => text } = {}) {
    const row = { cluster, note, request: { method, path, headers, body } };
    this.exchanges.push(row);
    const began = performance.now();
    const response = await this.#exchange(cluster, row.request);
    row.response = { ...response, body: keep(response.body) };
    row.ms = Math.round(performance.now() - began);
    return response;
  }

  /** A request with a JSON body, like `send`; the response's body parsed as JSON if it is some. */
  async ask(cluster, method, path, body, options) {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const response = await this.send(
      cluster,
      { method, path, headers, ...(body !== undefined && { body: JSON.stringify(body) }) },
      { keep: (text) => (path.startsWith("/v1/peering") ? text : text.slice(0, KEPT_CHARS)), ...options },
    );
    try {
      return JSON.parse(response.body);
    } catch {
      return response.body;
    }
  }

  /**
   * Reads a peering every 50 ms until it has a state, and appends each state with its time.
   * @param {string} cluster
   * @param {string} name
   * @param {string} last   the state to wait for: Consul's, with `+DeletedAt` where it has that, or `404`
   * @param {number} [least] for at least so many ms
   */
  async poll(cluster, name, last, least = 0) {
    const seen = [];
    this.exchanges.push({ cluster, poll: name, seen });
    const began = performance.now();
    for (;;) {
      const state = stateOf(await this.#exchange(cluster, { method: "GET", path: `/v1/peering/${name}` }));
      const ms = Math.round(performance.now() - began);
      if (seen.at(-1)?.state !== state) seen.push({ ms, state });
      if (state === last && ms >= least) return seen;
      if (ms > POLL_FOR_MS) throw new Error(`${name} at ${cluster} did not become ${last}: ${JSON.stringify(seen)}`);
      await sleep(POLL_EVERY_MS);
    }
  }

  /** The state of a peering, or all peerings of a list, without a row for it. */
  async stateAt(cluster, path) {
    return stateOf(await this.#exchange(cluster, { method: "GET", path }));
  }

  /** So that concurrent requests arrive together. */
  async openConnections(cluster, count) {
    const sent = { method: "GET", path: "/v1/status/leader" };
    await Promise.all(Array.from({ length: count }, () => this.#exchange(cluster, sent)));
  }

  close() {
    this.#connections.destroy();
  }

  // Not by fetch, which normalises paths and requests compressed responses.
  #exchange(cluster, { method, path, headers, body }) {
    const { hostname, port } = new URL(this.#agents[cluster].address);
    return new Promise((resolve, reject) => {
      const agent = this.#connections;
      const sent = request({ hostname, port, method, path, headers, agent }, async (response) => {
        try {
          const chunks = await response.toArray();
          const kept = Object.entries(response.headers).filter(([name]) => !UNRECORDED.includes(name));
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode, headers: Object.fromEntries(kept), body: text });
        } catch (error) {
          reject(error);
        }
      });
      sent.on("error", reject);
      if (body !== undefined) sent.setHeader("Content-Length", Buffer.byteLength(body));
      sent.end(body);
    });
  }
}

/** The result of a read of a peering, or of all: states, or the status of a refusal. */
export function stateOf({ status, body }) {
  if (status !== 200) return String(status);
  const read = JSON.parse(body);
  const state = ({ State, DeletedAt }) => (DeletedAt === undefined ? State : `${State}+DeletedAt`);
  return Array.isArray(read) ? read.map(state).sort().join() : state(read);
}
