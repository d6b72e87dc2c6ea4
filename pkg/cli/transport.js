// A fetch for TLS settings that the global one does not accept: a certificate authority, a client certificate, a server
// name. It follows no redirect, and fails as Node's own fetch does: with a TypeError whose cause is the reason.

import http from "node:http";
import https from "node:https";
import { checkTls, readPem } from "./pem.js";
import { UsageError } from "./usage-error.js";

// Shorter than servers keep an idle connection: a write on one that was just closed would look like a lost response.
const IDLE_MS = 4_000;
const NULL_BODY_STATUS = [204, 205, 304];
// HTTP allows any number of interim responses (100, 103). Consul sends none, and a proxy one or two.
const INTERIM_MAX = 10;

/**
 * @typedef {object} Settings
 * @property {string | null} [ca_file]
 * @property {string | null} [cert_file]
 * @property {string | null} [key_file]
 * @property {string | null} [tls_server_name]
 *
 * @typedef {{ method?: string, headers?: RequestInit["headers"], body?: string | Uint8Array | null,
 *   signal?: AbortSignal | null }} Init
 *
 * @typedef {(url: string, init?: Init) => Promise<Response>} Fetch
 */

/**
 * @param {Settings} settings
 * @returns {Fetch}
 */
export function tlsFetch(settings) {
  const agent = new https.Agent({ ...readSettings(settings), keepAlive: true, timeout: IDLE_MS });
  // Async, and without a listener that does more than settle a promise: whatever a server sends must reject, never
  // throw.
  return async (url, init = {}) => {
    const { signal } = init;
    signal?.throwIfAborted();
    const secure = new URL(url).protocol === "https:";
    const request = (secure ? https : http).request(url, {
      method: init.method ?? "GET",
      headers: Object.fromEntries(new Headers(init.headers)),
      agent: secure ? agent : undefined,
    });
    const abort = () => request.destroy();
    signal?.addEventListener("abort", abort);
    request.on("close", () => signal?.removeEventListener("abort", abort));
    const incoming = responseTo(request);
    request.end(init.body ?? undefined);
    try {
      return toResponse(await incoming, signal);
    } catch (cause) {
      request.destroy();
      throw reason("fetch failed", cause, signal);
    }
  };
}

/**
 * @param {http.ClientRequest} request @returns {Promise<http.IncomingMessage>} rejects however the request ends without one
 */
function responseTo(request) {
  return new Promise((resolve, reject) => {
    /** @param {string} message */
    const fail = (message) => {
      reject(new Error(message));
      request.destroy();
    };
    let interim = 0;
    request.on("response", resolve);
    request.on("error", reject);
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      fail("the server switched to another protocol (101)");
    });
    request.on("information", () => {
      if (++interim > INTERIM_MAX) fail("the server sends only interim responses");
    });
    request.on("close", () => reject(new Error("the connection was closed without a response")));
  });
}

/**
 * @param {http.IncomingMessage} incoming
 * @param {AbortSignal | null | undefined} signal
 */
function toResponse(incoming, signal) {
  const { statusCode: status = 0 } = incoming;
  if (status < 200 || status > 599) throw new Error(`the server sent the invalid status ${status}`);
  const empty = NULL_BODY_STATUS.includes(status);
  if (empty) incoming.resume();
  // Without the status text, which is unused, and which a Response often rejects.
  return new Response(empty ? null : ReadableStream.from(bodyOf(incoming, signal)), {
    status,
    headers: pairs(incoming),
  });
}

/**
 * Cancelling the body destroys the response. A generator would not: one that has not started returns without running its
 * `finally`, and the connection would stay open.
 * @param {http.IncomingMessage} incoming
 * @param {AbortSignal | null | undefined} signal
 * @returns {AsyncIterable<Uint8Array>}
 */
function bodyOf(incoming, signal) {
  const chunks = chunksOf(incoming, signal);
  const cancel = () => {
    incoming.destroy();
    return chunks.return();
  };
  return { [Symbol.asyncIterator]: () => ({ next: () => chunks.next(), return: cancel }) };
}

/**
 * @param {http.IncomingMessage} incoming
 * @param {AbortSignal | null | undefined} signal
 */
async function* chunksOf(incoming, signal) {
  try {
    for await (const chunk of incoming) yield new Uint8Array(chunk);
    signal?.throwIfAborted();
  } catch (cause) {
    throw reason("terminated", cause, signal);
  }
}

/**
 * Why a fetch fails: the signal's own reason if it has aborted.
 * @param {string} message
 * @param {unknown} cause
 * @param {AbortSignal | null | undefined} signal
 */
const reason = (message, cause, signal) => (signal?.aborted ? signal.reason : new TypeError(message, { cause }));

/** @param {Settings} settings */
function readSettings({ ca_file, cert_file, key_file, tls_server_name }) {
  if (!cert_file !== !key_file) {
    throw new UsageError(
      `A client ${cert_file ? "certificate" : "key"} is set without its ${cert_file ? "key" : "certificate"}.`,
      "Set both: CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY, or cert_file and key_file.",
    );
  }
  const options = {
    ...(ca_file && { ca: readPem(ca_file, "certificate authority", "CERTIFICATE") }),
    ...(cert_file && { cert: readPem(cert_file, "client certificate", "CERTIFICATE") }),
    ...(key_file && { key: readPem(key_file, "client key", "PRIVATE KEY") }),
    ...(tls_server_name && { servername: tls_server_name }),
  };
  return checkTls(options, { cert: cert_file, key: key_file });
}

/**
 * @param {http.IncomingMessage} incoming
 * @returns {[string, string][]}
 */
function pairs({ rawHeaders }) {
  return Array.from({ length: rawHeaders.length / 2 }, (_, i) => [rawHeaders[2 * i], rawHeaders[2 * i + 1]]);
}
