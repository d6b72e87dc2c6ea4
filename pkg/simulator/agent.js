// A cluster's agent: accepts requests over a socket (`listen`) or without one (`fetch`), with the same responses.

import { once } from "node:events";
import { createServer, validateHeaderName, validateHeaderValue } from "node:http";

const LOOPBACK = "127.0.0.1";
/** Consul has no limit; this one protects the memory of this process. */
const BODY_MAX_BYTES = 64 * 1024 * 1024;
/** A response with one of these has no body, and the constructor of `Response` refuses one. */
const NULL_BODY_STATUS = [204, 205, 304];

/**
 * Whether a response can have this header.
 * @param {string} name
 * @param {string} value
 */
export function isHeader(name, value) {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/**
 * @typedef {import("./world.js").Request} Request
 * @typedef {import("./world.js").Answer} Answer
 * @typedef {import("./world.js").Response} Reply
 */

export class Agent {
  #send;
  /** @type {import("node:http").Server | undefined} */
  #http;

  /**
   * @param {string} name  the cluster's
   * @param {(request: Request) => Promise<Answer>} send
   */
  constructor(name, send) {
    this.address = `http://${name}.simulator.invalid:8500`;
    this.#send = send;
  }

  /** Accepts requests on a free loopback port from now on, as well as by `fetch`. */
  async listen() {
    const server = createServer((incoming, outgoing) => {
      this.#overSocket(incoming, outgoing).catch((error) => {
        process.emitWarning(error);
        incoming.socket.destroy();
      });
    });
    server.keepAliveTimeout = 0; // as Consul, which closes no idle connection: a client may be about to use it
    this.#http = server;
    server.listen(0, LOOPBACK);
    await once(server, "listening");
    const address = /** @type {import("node:net").AddressInfo} */ (server.address());
    this.address = `http://${LOOPBACK}:${address.port}`;
  }

  breakConnections() {
    this.#http?.closeAllConnections();
  }

  async close() {
    this.breakConnections();
    if (!this.#http?.listening) return;
    this.#http.close();
    await once(this.#http, "close");
  }

  /**
   * @param {import("node:http").IncomingMessage} incoming
   * @param {import("node:http").ServerResponse} outgoing
   */
  async #overSocket(incoming, outgoing) {
    const left = new AbortController();
    outgoing.on("close", () => outgoing.writableFinished || left.abort());
    const pieces = [];
    let size = 0;
    try {
      for await (const piece of incoming) {
        pieces.push(piece);
        if ((size += piece.length) > BODY_MAX_BYTES) return void outgoing.writeHead(413).end();
      }
    } catch {
      return; // the client has disconnected
    }
    const { method = "", url: target = "" } = incoming;
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const body = Buffer.concat(pieces);
    const answer = await this.#send({ method, target, headers, body, signal: left.signal }).catch(failed);
    if (answer === "dropped" || answer === "refused") return void incoming.socket.destroy();
    const bytes = bodyOf(answer);
    outgoing.writeHead(answer.status, headersOf(answer));
    if (method === "HEAD" || !bytes) outgoing.end();
    else if (!answer.cut) outgoing.end(bytes);
    else outgoing.write(firstHalf(bytes), () => incoming.socket.destroy());
  }

  /**
   * A `fetch` that reaches only this agent. It never follows a redirect.
   * @param {string} url
   * @param {Partial<import("../index.js").FetchInit>} [init]
   */
  fetch = async (url, { method = "GET", headers = {}, body, signal } = {}) => {
    signal?.throwIfAborted();
    const { origin, pathname, search } = new URL(url);
    if (origin !== this.address) throw broken("ENOTFOUND", `getaddrinfo ENOTFOUND ${origin}`);
    const answer = await this.#send({
      method,
      target: pathname + search,
      headers: Object.fromEntries([...new Headers(headers)]),
      body: Buffer.from(body ?? ""),
      signal: signal ?? undefined,
    });
    signal?.throwIfAborted();
    if (answer === "refused") throw broken("ECONNREFUSED", "connect ECONNREFUSED");
    if (answer === "dropped") throw broken("ECONNRESET", "read ECONNRESET");
    const bytes = bodyOf(answer);
    const init = { status: answer.status, headers: headersOf(answer) };
    if (!bytes || !answer.cut) return new Response(bytes, init);
    const halves = new ReadableStream({
      start(controller) {
        controller.enqueue(firstHalf(bytes));
        controller.error(broken("ECONNRESET", "terminated"));
      },
    });
    return new Response(halves, init);
  };
}

/** @param {Reply} answer */
const bodyOf = ({ status, body }) => (NULL_BODY_STATUS.includes(status) ? null : body);

/** @param {Reply} answer */
function headersOf(answer) {
  const bytes = bodyOf(answer);
  return { ...answer.headers, ...(bytes && { "content-length": String(bytes.length) }) };
}

/** @param {Uint8Array} bytes */
const firstHalf = (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2));

/**
 * A bug of the simulator must not end the process that uses it.
 * @param {Error} error
 * @returns {Answer}
 */
function failed(error) {
  process.emitWarning(error);
  const body = Buffer.from(`the simulator has failed: ${error.name}`);
  return { status: 500, headers: { "content-type": "text/plain; charset=utf-8" }, body, cut: false };
}

/**
 * An error like that of Node's own fetch.
 * @param {string} code
 * @param {string} message
 */
function broken(code, message) {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
}
