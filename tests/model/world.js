// The simulated clusters of one run, the requests of every call, and direct reads of the existing peerings, which bypass the
// module, the faults and the log.

import { startSimulator } from "../../pkg/simulator.js";
import { brief, recordOf } from "./record.js";

/** Marks a request of the model itself. */
const MODEL = "x-model";
/** An abandoned establish continues for this time: the exchange is retried for 3 s. */
const EXCHANGE_MS = 3_500;
/** The interval of reads while a server is down. */
const REREAD_MS = 20;

export class World {
  /** Every POST and DELETE for a peering that was sent: `{ call, cluster, name, sent, until, … }`. */
  writes = [];
  /** Every record that was ever read, by id: `{ cluster, name, at }`. */
  ids = new Map();
  counts = { calls: 0, faults: 0, requests: 0 };
  #faults = [];

  constructor(time, trace) {
    this.time = time;
    this.trace = trace;
  }

  /**
   * @param {object} options the simulator's, and `latency()`: the latency of the next request or response in ms;
   *   `roundTrip`: the maximum of both together
   */
  async start({ latency, roundTrip, ...options }) {
    Object.assign(this, { latency, roundTrip });
    this.simulator = await startSimulator({ ...options, clock: this.time.clock, listen: false });
    this.clusters = this.simulator.clusters;
    this.names = Object.keys(this.clusters);
  }

  async stop() {
    await this.simulator.stop();
  }

  // -- Reading ------------------------------------------------------------------------------------------------------

  /** Sends a direct request. Fails if the cluster does not respond immediately, for example without a leader. */
  async #ask(cluster, path) {
    const { address, fetch, token } = this.clusters[cluster];
    const headers = { [MODEL]: "1", ...(token && { "x-consul-token": token }) };
    const { clock } = this.time;
    const controller = new AbortController();
    const giveUp = clock.setTimeout(() => controller.abort(), 0);
    try {
      return await fetch(`${address}${path}`, { headers, signal: controller.signal });
    } finally {
      clock.clearTimeout(giveUp);
    }
  }

  /** Reads the peering of a name; null if there is none, undefined if it cannot be read now. */
  async read(cluster, name) {
    try {
      const response = await this.#ask(cluster, `/v1/peering/${name}`);
      if (response.status === 404) return null;
      if (response.status !== 200) return undefined;
      return this.#note(cluster, recordOf(JSON.parse(await response.text())));
    } catch {
      return undefined;
    }
  }

  /** The same, repeated until it can be read: `{ record, late }`. */
  async readAsSoonAsPossible(cluster, name) {
    for (let late = false; ; late = true) {
      const record = await this.read(cluster, name);
      if (record !== undefined) return { record, late };
      await this.time.sleep(REREAD_MS);
    }
  }

  /** Reads all peerings of a cluster. */
  async readAll(cluster) {
    const response = await this.#ask(cluster, "/v1/peerings");
    return JSON.parse(await response.text()).map((raw) => this.#note(cluster, recordOf(raw)));
  }

  #note(cluster, record) {
    if (!this.ids.has(record.id)) this.ids.set(record.id, { cluster, name: record.name, at: this.time.now });
    return record;
  }

  // -- Sending ------------------------------------------------------------------------------------------------------

  /** The cluster argument of a call: records its requests in `call.requests`, and passes each write to `check`. */
  clusterFor(call, check) {
    const { address, fetch, token } = this.clusters[call.at];
    const send = (url, init) => this.#send(call, url.slice(address.length), init, fetch, url, check);
    return { address, fetch: send, ...(token && { token: call.token ?? token }) };
  }

  async #send(call, path, init, fetch, url, check) {
    this.counts.requests++;
    const { method } = init;
    const request = { call, method, path, sent: this.time.now, signal: init.signal };
    if (call.settled !== undefined) request.tooLate = true;
    call.requests.push(request);
    const write = this.#asWrite(request, init.body);
    if (write) {
      request.write = write;
      write.before = await this.read(write.cluster, write.name);
      check(write);
      this.writes.push(write);
    }
    const what = `${call.label} ${method} ${path}`;
    if (write) this.trace(`${what} over ${brief(write.before)}`);
    try {
      await this.#travel(init.signal);
      const response = await fetch(url, init);
      // Only for a write: the result of a read is compared with the state at this moment.
      if (write) await this.#travel(init.signal);
      request.status = response.status;
      request.retryAfter = response.headers.get("retry-after");
      request.text = await response.text();
      request.record = readRecord(request);
      this.trace(`${what} = ${request.status} ${shown(request, write)}`);
      return { status: response.status, headers: response.headers, text: async () => request.text };
    } catch (error) {
      request.broken = error.cause?.code ?? error.name;
      this.trace(`${what} broke: ${request.broken}${request.status ? ` within the answer ${request.status}` : ""}`);
      // A refusal is valid even if its text is lost; the module receives it as from a host's fetch.
      if (request.status === undefined || request.broken === "AbortError") throw error;
      const { status } = request;
      return { status, headers: { get: () => request.retryAfter }, text: () => Promise.reject(error) };
    } finally {
      request.answered = this.time.now;
      if (write) {
        const known = request.status !== undefined || request.broken === "ECONNREFUSED";
        write.until =
          this.time.now + (known && request.status !== 504 ? 0 : write.kind === "establish" ? EXCHANGE_MS : 1);
        await this.read(write.cluster, write.name);
      }
    }
  }

  async #travel(signal) {
    const ms = this.latency();
    if (ms > 0) await this.time.sleep(ms, signal);
  }

  #asWrite(request, body) {
    const { call, method, path } = request;
    const write = { call, request, cluster: call.at, sent: request.sent, until: Infinity };
    if (method === "DELETE") return Object.assign(write, { kind: "delete", name: path.split("/").at(-1) });
    const kind = /^\/v1\/peering\/(token|establish)$/.exec(path)?.[1];
    if (method !== "POST" || !kind) return undefined;
    const { PeerName: name, PeeringToken: token } = JSON.parse(body);
    return name === "-" ? undefined : Object.assign(write, { kind, name, token });
  }

  /** The writes of other calls for the same peering that happened, or may have happened, in a period. */
  writesOfOthers(call, from, to) {
    const { at, peer_name } = call;
    return this.writes.filter(
      (write) =>
        write.call !== call &&
        write.cluster === at &&
        write.name === peer_name &&
        write.sent <= to &&
        write.until >= from,
    );
  }

  // -- Failures -----------------------------------------------------------------------------------------------------

  /** Adds a fault; the model's direct reads are not affected. */
  fault({ cluster, method, path, ...fault }) {
    const match = (request) =>
      !request.headers[MODEL] &&
      (cluster === undefined || request.cluster === cluster) &&
      (method === undefined || request.method === method) &&
      (path === undefined || path.test(request.path));
    this.#faults.push(this.simulator.fault({ ...fault, match }));
    this.trace(`fault ${JSON.stringify({ ...fault, cluster, method, path: path?.source })}`);
  }

  /** Removes all faults. */
  heal() {
    for (const fault of this.#faults) fault.remove();
    this.counts.faults += this.#faults.reduce((sum, { hits }) => sum + hits, 0);
    this.#faults = [];
    this.trace("the faults are over");
  }
}

/** The record in the response of a read; undefined for other responses. */
function readRecord({ method, path, status, text }) {
  if (method !== "GET" || !path.startsWith("/v1/peering/")) return undefined;
  if (status === 404 && text.startsWith("Peering not found")) return null;
  return status === 200 ? safely(() => recordOf(JSON.parse(text))) : undefined;
}

function shown({ status, text, record }, write) {
  if (write?.kind === "token" && status === 200) return "a token";
  if (record) return brief(record);
  // Other successful responses are about the identity of the cluster; their certificates differ each time.
  return status === 200 && text.startsWith("{\n") ? "{ … }" : JSON.stringify(text.slice(0, 90));
}

function safely(parse) {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
