// A simulated agent: takes requests over a socket (`listen`) or without one (`fetch`), and answers both alike.

import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "./answers.js";
import { Api } from "./api.js";

const LOOPBACK = "127.0.0.1";
/** Consul has no limit; this is for the memory of the process that it is simulated in. */
const BODY_MAX_BYTES = 64 * 1024 * 1024;

export class Agent {
  #api;
  #faults;
  #http;
  #inFlight = new Set(); // how to drop each request that is being answered

  constructor(cluster, faults) {
    this.cluster = cluster;
    this.address = `http://${cluster.name}.simulator.invalid:8500`;
    this.#api = new Api(cluster);
    this.#faults = faults;
  }

  /** Breaks off whatever is being answered. */
  goDown() {
    for (const drop of [...this.#inFlight]) drop();
    this.#http?.closeAllConnections();
  }

  /** Takes requests on a free port of the loopback interface from now on, as well as by `fetch`. */
  async listen() {
    this.#http = createServer((incoming, outgoing) => void this.#overSocket(incoming, outgoing));
    this.#http.listen(0, LOOPBACK);
    await once(this.#http, "listening");
    this.address = `http://${LOOPBACK}:${this.#http.address().port}`;
  }

  async close() {
    this.goDown();
    if (!this.#http?.listening) return;
    this.#http.close();
    await once(this.#http, "close");
  }

  /** The answer, `{ dropped: true }` where the connection breaks first, `{ refused: true }` where nobody listens. */
  async #serve(request) {
    if (this.cluster.trouble === "down") return { refused: true };
    const broken = new AbortController();
    return new Promise((resolve, reject) => {
      const settle = (answer) => {
        this.#inFlight.delete(drop);
        request.signal?.removeEventListener("abort", drop);
        resolve(answer);
      };
      // Whether the caller or the server has gone, what was being done for the request ends with its connection.
      const drop = () => {
        settle({ dropped: true });
        broken.abort();
      };
      this.#inFlight.add(drop);
      request.signal?.addEventListener("abort", drop);
      const { signal } = broken;
      const context = { cluster: this.cluster, clock: this.cluster.world.clock, signal };
      const ask = () => (signal.aborted ? { dropped: true } : this.#api.answer({ ...request, signal }));
      this.#faults.apply(request, context, ask).then(settle, (error) => (signal.aborted ? undefined : reject(error)));
    });
  }

  async #overSocket(incoming, outgoing) {
    const left = new AbortController();
    outgoing.on("close", () => left.abort());
    const pieces = [];
    let size = 0;
    try {
      for await (const piece of incoming) {
        pieces.push(piece);
        if ((size += piece.length) > BODY_MAX_BYTES) return void outgoing.writeHead(413).end();
      }
    } catch {
      return; // the caller has gone
    }
    const { method, url: target, headers } = incoming;
    const request = { method, target, headers, body: Buffer.concat(pieces), signal: left.signal };
    const answer = await this.#serve(request).catch(failed);
    if (answer.dropped || answer.refused) return void incoming.socket.destroy();
    const bytes = Buffer.from(answer.body);
    outgoing.writeHead(answer.status, { ...answer.headers, "content-length": bytes.length });
    if (method === "HEAD") outgoing.end();
    else if (!answer.cut) outgoing.end(bytes);
    else outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => incoming.socket.destroy());
  }

  /** A `fetch` that reaches this agent and nothing else. It follows no redirect, whatever it is asked. */
  fetch = async (url, { method = "GET", headers = {}, body, signal } = {}) => {
    signal?.throwIfAborted();
    const { origin, pathname, search } = new URL(url);
    if (origin !== this.address) throw broken("ENOTFOUND", `getaddrinfo ENOTFOUND ${origin}`);
    const lower = Object.fromEntries([...new Headers(headers)]);
    const answer = await this.#serve({ method, target: pathname + search, headers: lower, body, signal });
    signal?.throwIfAborted();
    if (answer.refused) throw broken("ECONNREFUSED", "connect ECONNREFUSED");
    if (answer.dropped) throw broken("ECONNRESET", "read ECONNRESET");
    const bytes = Buffer.from(answer.body);
    const init = { status: answer.status, headers: { ...answer.headers, "content-length": String(bytes.length) } };
    if (!answer.cut) return new Response(bytes, init);
    const halves = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.subarray(0, Math.floor(bytes.length / 2)));
        controller.error(broken("ECONNRESET", "terminated"));
      },
    });
    return new Response(halves, init);
  };
}

/** A mistake of the simulator's own must not end the process that it is simulated in. */
function failed(error) {
  process.emitWarning(error);
  return text(500, `the simulator has failed: ${error.name}`);
}

/** An error as Node's own fetch throws it. */
function broken(code, message) {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
}
