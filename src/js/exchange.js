import { now } from "./clock.js";
import { awaited } from "./task.js";
import { tried } from "./value.js";

/** How long a body may keep timers from running: one of a caller's own may come in microtasks alone. */
const TURN_MS = 20;

// What an exchange has come to. fetch.rs has the same numbers.
const ANSWER = 0; // a status, and the whole body
const REDIRECT = 1;
const LARGE = 2;
const BROKEN = 3; // an error
const NONE = 4; // nothing to send it with
const FOREIGN = 5; // no Response at all

/**
 * One request and its answer, with the caller's own fetch or the host's. Comes to what there is to know, and never to
 * what is not known to be true. `more` are further headers: a name, its value, and so on. A body of more than
 * `maxBytes` is given up.
 */
export const exchange = (own, url, method, token, more, body, maxBytes) =>
  awaited((come) => {
    const fetch = own ?? hostFetch();
    const controller = tried(() => new AbortController());
    let landed = false;
    send(fetch, url, method, headers(token, more), body, maxBytes, controller)
      .catch((error) => ({ kind: BROKEN, error }))
      .then((answer) => {
        landed = true;
        come(answer);
      });
    return () => landed || controller?.abort();
  });

function headers(token, more) {
  const all = [];
  for (let i = 0; i < more.length; i += 2) {
    if (!/^(content-type|x-consul-token)$/i.test(more[i])) all.push([more[i], more[i + 1]]);
  }
  // Always: it makes a browser ask first, so that no foreign page's request can look like one of these.
  all.push(["Content-Type", "application/json"]);
  if (token !== undefined) all.push(["X-Consul-Token", token]);
  // Not by setting one after another: a name may be `__proto__`.
  return Object.fromEntries(all);
}

// An async function, so that whatever a fetch throws comes back as a rejection.
async function send(fetch, url, method, headers, body, maxBytes, controller) {
  if (!fetch || !controller) return { kind: NONE };
  // As plain as can be: npm's undici and users' wrappers refuse a foreign Request. Not redirect: "error", which workerd
  // does not know.
  const init = { method, headers, signal: controller.signal, redirect: "manual" };
  if (body !== undefined) init.body = body;
  // Consul says nothing about caching, so a browser would decide.
  if (globalThis.location) init.cache = "no-store";
  const response = await fetch(url, init);
  const { kind, status } = look(response);
  if (kind !== ANSWER) return unread(kind, status, controller);
  const retryAfter = header(response, "retry-after");
  const index = header(response, "x-consul-index");
  try {
    const text = await readText(response, maxBytes, controller.signal);
    if (text === undefined) return unread(LARGE, status, controller);
    return { kind: ANSWER, status, text, retryAfter, index: /^\d+$/.test(index) ? Number(index) : undefined };
  } catch (error) {
    // What a status means Consul says in the text. Only 429 is clear without.
    if (status !== 429) throw error;
    return { kind: ANSWER, status, text: "", retryAfter };
  }
}

// The host's fetch, looked up each time: tests and tools put others in its place.
const hostFetch = () => (typeof globalThis.fetch === "function" ? globalThis.fetch : undefined);

// What a fetch has resolved to, which may be anything.
function look(response) {
  try {
    const { status, type, redirected, text } = response;
    if (type === "opaqueredirect" || redirected || (status >= 300 && status < 400)) return { kind: REDIRECT, status };
    if (status >= 200 && status < 600 && typeof status === "number" && typeof text === "function") {
      return { kind: ANSWER, status };
    }
  } catch {
    // Nothing to take properties from, or a getter that throws.
  }
  return { kind: FOREIGN, status: 0 };
}

function header(response, name) {
  try {
    const value = response.headers.get(name);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

// A body that nobody reads would keep its connection, and with it the process, alive.
function unread(kind, status, controller) {
  controller.abort();
  return { kind, status };
}

// The whole body as text; undefined where it is too large. Read piece by piece where its size is not known, so that it
// has an end.
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

// A fetch of the caller's own may not look at the signal.
function giveUp(body) {
  body?.cancel?.().catch(() => {});
}
