// The simulated clusters of one run, what every call sends to them, and raw looks at what stands: past the module, past
// the faults, and without a word in the log.

import { startSimulator } from "../../pkg/simulator.js";
import { brief, recordOf } from "./record.js";

/** Marks a request of the model itself. */
const MODEL = "x-model";
/** An establish that nobody waits for any more goes on for so long: the exchange is tried for 3 s. */
const EXCHANGE_MS = 3_500;
/** A server that is down is asked again after so long. */
const LOOK_AGAIN_MS = 20;

export class World {
  /** Every POST and DELETE for a peering that was sent: `{ call, cluster, name, sent, until, … }`. */
  writes = [];
  /** Every record that was ever seen, by id: `{ cluster, name, at, stood }`. */
  ids = new Map();
  counts = { calls: 0, faults: 0, requests: 0 };
  #faults = [];

  constructor(time, trace) {
    this.time = time;
    this.trace = trace;
  }

  /**
   * @param {object} options the simulator's, and `latency()`: how long the next request, or its answer, is on its way;
   *   `roundTrip`: how long both take at most
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

  // -- Looking ------------------------------------------------------------------------------------------------------

  /** Asks a cluster, past everything. Fails where it does not answer in this very moment, as one without a leader. */
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

  /** What stands under a name; null where nothing does, undefined where it cannot be seen just now. */
  async look(cluster, name) {
    try {
      const response = await this.#ask(cluster, `/v1/peering/${name}`);
      if (response.status === 404) return null;
      if (response.status !== 200) return undefined;
      return this.#note(cluster, recordOf(JSON.parse(await response.text())));
    } catch {
      return undefined;
    }
  }

  /** The same, as soon as it can be seen: `{ record, late }`. */
  async lookAsSoon(cluster, name) {
    for (let late = false; ; late = true) {
      const record = await this.look(cluster, name);
      if (record !== undefined) return { record, late };
      await this.time.sleep(LOOK_AGAIN_MS);
    }
  }

  /** All that stands on a cluster. */
  async lookAtAll(cluster) {
    const response = await this.#ask(cluster, "/v1/peerings");
    return JSON.parse(await response.text()).map((raw) => this.#note(cluster, recordOf(raw)));
  }

  #note(cluster, record) {
    if (!this.ids.has(record.id)) this.ids.set(record.id, { cluster, name: record.name, at: this.time.now });
    return record;
  }

  // -- Sending ------------------------------------------------------------------------------------------------------

  /** A cluster as a call gets it: whatever it sends is noted in `call.requests`, and `judge` hears of each write. */
  clusterFor(call, judge) {
    const { address, fetch, token } = this.clusters[call.at];
    const send = (url, init) => this.#send(call, url.slice(address.length), init, fetch, url, judge);
    return { address, fetch: send, ...(token && { token: call.token ?? token }) };
  }

  async #send(call, path, init, fetch, url, judge) {
    this.counts.requests++;
    const { method } = init;
    const request = { call, method, path, sent: this.time.now, signal: init.signal };
    if (call.settled !== undefined) request.tooLate = true;
    call.requests.push(request);
    const write = this.#asWrite(request, init.body);
    if (write) {
      request.write = write;
      write.before = await this.look(write.cluster, write.name);
      judge(write);
      this.writes.push(write);
    }
    const what = `${call.label} ${method} ${path}`;
    if (write) this.trace(`${what} over ${brief(write.before)}`);
    try {
      await this.#travel(init.signal);
      const response = await fetch(url, init);
      // Only of a write: what a read has seen is so in this very moment, and can be held against what stands.
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
      // A refusal counts even where its text is lost; so the module gets it as a host's fetch would give it.
      if (request.status === undefined || request.broken === "AbortError") throw error;
      const { status } = request;
      return { status, headers: { get: () => request.retryAfter }, text: () => Promise.reject(error) };
    } finally {
      request.answered = this.time.now;
      if (write) {
        const known = request.status !== undefined || request.broken === "ECONNREFUSED";
        write.until =
          this.time.now + (known && request.status !== 504 ? 0 : write.kind === "establish" ? EXCHANGE_MS : 1);
        await this.look(write.cluster, write.name);
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

  /** What others wrote, or may have written, under a call's name between two moments. */
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

  // -- What goes wrong ----------------------------------------------------------------------------------------------

  /** Orders a fault; the model's own looks never meet it. */
  fault({ cluster, method, path, ...fault }) {
    const match = (request) =>
      !request.headers[MODEL] &&
      (cluster === undefined || request.cluster === cluster) &&
      (method === undefined || request.method === method) &&
      (path === undefined || path.test(request.path));
    this.#faults.push(this.simulator.fault({ ...fault, match }));
    this.trace(`fault ${JSON.stringify({ ...fault, cluster, method, path: path?.source })}`);
  }

  /** Nothing goes wrong from now on. */
  heal() {
    for (const fault of this.#faults) fault.remove();
    this.counts.faults += this.#faults.reduce((sum, { hits }) => sum + hits, 0);
    this.#faults = [];
    this.trace("the faults are over");
  }
}

/** What a read of a peering was answered; undefined where it is no such answer. */
function readRecord({ method, path, status, text }) {
  if (method !== "GET" || !path.startsWith("/v1/peering/")) return undefined;
  if (status === 404 && text.startsWith("Peering not found")) return null;
  return status === 200 ? safely(() => recordOf(JSON.parse(text))) : undefined;
}

function shown({ status, text, record }, write) {
  if (write?.kind === "token" && status === 200) return "a token";
  if (record) return brief(record);
  // What is not refused and no peering says who the cluster is: a certificate is another one each time.
  return status === 200 && text.startsWith("{\n") ? "{ … }" : JSON.stringify(text.slice(0, 90));
}

function safely(look) {
  try {
    return look();
  } catch {
    return undefined;
  }
}
