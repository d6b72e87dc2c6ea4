// Sends a request of gloo-net through a caller's fetch or the host's, and converts the result for gloo-net's Response.
// gloo-net's own `send` supports only the global fetch, and panics on an abort with a text, on an invalid status, and
// on other values that a caller's fetch may resolve to or throw.
import { now } from "./clock.js";
import { cancellable } from "./task.js";
import { tried } from "./value.js";

/**
 * @import { FetchInit, FetchLike, ResponseLike } from "../../pkg/index.js"
 * @import { Members, Request } from "./request.js"
 *
 * @typedef {ResponseLike & { type?: unknown, redirected?: unknown, body?: Body | null }} FetchResult  what
 *   a fetch resolves to, if it is a response at all
 * @typedef {{ getReader?: () => Reader, cancel?: () => Promise<unknown> }} Body
 * @typedef {{ read(): Promise<{ done: boolean, value: Uint8Array }>, cancel?: () => Promise<unknown> }} Reader  no value
 *   once it is done
 *
 * @typedef {object} AdaptedResponse  the part of a response that gloo-net reads
 * @property {number} status
 * @property {boolean} redirected
 * @property {{ get(name: string): string | undefined }} headers
 *
 * @typedef {{ missing: true } | { thrown: [error: unknown] } | { response?: AdaptedResponse, text?: string }} Exchanged
 *   `missing`: there is no fetch. `response` is undefined if the fetch resolved to something else, `text` if the body is
 *   larger than `maxBytes`, or was not read
 */

/** How long reading a body may block timers: a caller's body may resolve in microtasks only. */
const TURN_MS = 20;

/**
 * @param {FetchLike | undefined} own
 * @param {Request & Members} request
 * @param {AbortController} controller
 * @param {number} maxBytes
 */
export const exchange = (own, request, controller, maxBytes) =>
  cancellable((/** @type {(exchanged: Exchanged) => void} */ resolve) => {
    let settled = false;
    send(own, request, controller, maxBytes)
      .catch((error) => /** @type {Exchanged} */ ({ thrown: [error] }))
      .then((exchanged) => {
        settled = true;
        resolve(exchanged);
      });
    return () => settled || controller.abort();
  });

/**
 * An async function, so that anything a fetch throws becomes a rejection.
 * @param {FetchLike | undefined} own
 * @param {Request & Members} request
 * @param {AbortController} controller
 * @param {number} maxBytes
 * @returns {Promise<Exchanged>}
 */
async function send(own, request, controller, maxBytes) {
  /** @type {FetchLike} */
  const fetch = own ?? globalThis.fetch; // looked up each time, since tests and tools replace it
  if (typeof fetch !== "function") return { missing: true };
  const { url, method, redirect } = request;
  // A plain object: npm's undici and users' wrappers refuse a foreign Request.
  /** @type {FetchInit} */
  const init = { method, headers: Object.fromEntries(request.headers), signal: controller.signal, redirect };
  if (method === "POST") init.body = await request.text();
  // Consul sends no caching headers, so a browser would decide.
  if (globalThis.location) init.cache = "no-store";
  /** @type {FetchResult} */
  const fetched = await fetch(url, init);
  const response = toResponse(fetched);
  /** @type {string | undefined} */
  let text;
  try {
    if (response && !response.redirected) text = await readText(fetched, maxBytes, controller.signal);
  } catch (error) {
    // Except for 429, Consul's text determines the meaning of a status.
    if (response?.status !== 429) throw error;
    text = "";
  }
  // An unread body would keep its connection, and with it the process, alive.
  if (text === undefined) controller.abort();
  return { response, text };
}

/**
 * The fields of a response that gloo-net reads, each of the expected type; undefined if it is not a response.
 * @param {FetchResult} fetched
 * @returns {AdaptedResponse | undefined}
 */
function toResponse(fetched) {
  return tried(() => {
    const { status, type, text } = fetched;
    const redirected = type === "opaqueredirect" || Boolean(fetched.redirected) || (status >= 300 && status < 400);
    const isStatus = typeof status === "number" && status >= 200 && status < 600;
    if (!redirected && !(isStatus && typeof text === "function")) return undefined;
    return { status: Number(status) || 0, redirected, headers: { get: (name) => header(fetched, name) } };
  });
}

/**
 * @param {ResponseLike} response
 * @param {string} name
 */
const header = (response, name) =>
  tried(() => {
    const value = response.headers.get(name);
    return typeof value === "string" ? value : undefined;
  });

/**
 * The whole body as text; undefined if it is too large. Read in chunks if its size is unknown, since it may be endless.
 * @param {FetchResult} response
 * @param {number} maxBytes
 * @param {AbortSignal} signal
 */
async function readText(response, maxBytes, signal) {
  const length = header(response, "content-length");
  if (Number(length) > maxBytes) return giveUp(response.body);
  const reader = length && !header(response, "content-encoding") ? undefined : response.body?.getReader?.();
  if (reader === undefined) return String(await response.text());
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  let since = now();
  for (;;) {
    const { done, value } = await reader.read();
    if (now() - since >= TURN_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      since = now();
    }
    if (signal.aborted) return giveUp(reader);
    if (done) return text + decoder.decode();
    if ((bytes += value.byteLength) > maxBytes) return giveUp(reader);
    text += decoder.decode(value, { stream: true });
  }
}

/**
 * A fetch of the caller may ignore the signal.
 * @param {Body | Reader | null | undefined} body
 * @returns {undefined} there is no text
 */
function giveUp(body) {
  body?.cancel?.().catch(() => {});
}
