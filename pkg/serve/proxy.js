// The proxy to a cluster: one call and its response. Nothing else of the browser's request is forwarded, or of Consul's
// response.

import { systemError } from "../cli/system-error.js";
import { BudgetSpent, readBody, readUpTo } from "./body.js";
import { actionOf, isList, peerOf, waitOf } from "./allow-list.js";
import { plain, plainStatus } from "./pages.js";

/**
 * @import { Audit } from "./audit.js"
 * @import { Call } from "./allow-list.js"
 * @import { Served } from "./clusters.js"
 * @import { Reply } from "./pages.js"
 * @import { Session } from "./sessions.js"
 *
 * @typedef {{ alias: string, cluster: Served, call: Call }} ProxyTarget
 *
 * @typedef {object} BrowserRequest  the browser's request
 * @property {string} method
 * @property {import("node:http").IncomingMessage} incoming
 * @property {Session} session
 * @property {AbortSignal} signal  the response has been sent, the browser has gone, or signed out
 * @property {Audit} audit
 *
 * @typedef {{ limits: typeof LIMITS, budget: import("./body.js").Budget }} Bounds
 */

const BODY_MAX = 1024 * 1024; // a peering token has a few kB
const MB = 1024 * 1024;
export const LIMITS = {
  /** ms. Longer than the page's own calls take; a browser that disappeared must not be waited for. */
  timeout: 75_000,
  /** Bytes of a response. 40,000 peerings with a CA each are 60 MB. */
  list: 64 * MB,
  other: MB,
  refusal: 64 * 1024,
  /** The bytes of all responses that are held at once. */
  held: 192 * MB,
};
/** No other header is forwarded: a server could repeat a secret there, and only bodies are searched for it. */
const RETURNED = {
  "X-Consul-Index": /^\d{1,20}$/,
  // It shows the page whether ACLs are enabled, without a request that Consul answers with 401.
  "X-Consul-Default-ACL-Policy": /^(allow|deny)$/,
  // It shows that Consul has left out what the ACL token may not read.
  "X-Consul-Results-Filtered-By-ACLs": /^(true|false)$/,
  "Retry-After":
    /^(\d{1,10}|(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT)$/,
};
/**
 * Of a browser's six connections to one server, blocking calls may use this many. With many clusters, they would use
 * all six, and block everything else.
 */
const BLOCKING_MAX = 3;
/** The call had no effect. */
const NOT_SENT = ["ECONNREFUSED", "ENOTFOUND"];

/**
 * @param {ProxyTarget} to
 * @param {BrowserRequest} request
 * @param {Bounds} bounds
 * @returns {Promise<Reply>}
 */
export async function pass(to, request, bounds) {
  const { method, incoming, session, audit } = request;
  // No page of another site can send this type without a preflight request, whatever else it bypasses.
  if (method !== "GET" && incoming.headers["content-type"] !== "application/json") return plainStatus(415);
  const body = await readBody(incoming, method === "POST" ? BODY_MAX : 0);
  if (!body) return plainStatus(413);
  const answer = await forward(to, body, request, bounds);
  const action = actionOf(method, to.call);
  if (action) audit({ session, cluster: to.alias, action, peer_name: peerOf(to.call, body), status: answer.status });
  return answer;
}

/**
 * @param {ProxyTarget} to
 * @param {Buffer} body
 * @param {BrowserRequest} request
 * @param {Bounds} bounds
 * @returns {Promise<Reply>}
 */
async function forward({ alias, cluster, call }, body, request, { limits, budget }) {
  const { method, incoming, session, signal } = request;
  const query = new URLSearchParams(call.query);
  const holds = query.has("index");
  const tooMany = holds && session.held >= BLOCKING_MAX;
  // Returned at once, as by a Consul without blocking queries: the page then polls.
  if (tooMany) for (const name of ["index", "wait"]) query.delete(name);
  const release = holds && !tooMany ? hold(session) : () => {};
  const { stop, done } = signalWithTimeout(signal, limits.timeout + waitOf(query));
  try {
    const answer = await (cluster.fetch ?? fetch)(`${cluster.address}/${call.path}${query.size ? `?${query}` : ""}`, {
      method,
      headers: requestHeaders(incoming.headers, cluster),
      body: method === "POST" ? body : undefined,
      redirect: "manual",
      signal: stop,
    });
    const longest = !answer.ok ? limits.refusal : isList(call) ? limits.list : limits.other;
    const returned = await readResponse(answer, alias, cluster, longest, budget.taker(signal));
    if (tooMany) delete returned.headers["X-Consul-Index"];
    return returned;
  } catch (error) {
    return unanswered(error, alias, method !== "GET");
  } finally {
    done();
    release();
  }
}

/**
 * A signal that aborts with another one or at a timeout. Not by AbortSignal.any and AbortSignal.timeout: while a body
 * is read, nothing references those, and one that was garbage-collected never aborts.
 * @param {AbortSignal} signal
 * @param {number} ms
 */
function signalWithTimeout(signal, ms) {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new DOMException("The request timed out.", "TimeoutError")), ms);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  return {
    stop: controller.signal,
    done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    },
  };
}

/** @param {Session} session */
function hold(session) {
  session.held++;
  return () => void session.held--;
}

/**
 * @param {import("node:http").IncomingHttpHeaders} typed
 * @param {Served} cluster
 * @returns {Record<string, string>}
 */
function requestHeaders({ "x-consul-token": typed }, { token = typed?.toString(), headers }) {
  return { ...headers, "Content-Type": "application/json", ...(token && { "X-Consul-Token": token }) };
}

/**
 * @param {Response} answer
 * @param {string} alias
 * @param {Served} cluster
 * @param {number} longest
 * @param {(bytes: number) => void} take
 * @returns {Promise<Reply>}
 */
async function readResponse(answer, alias, { token, headers: own = {} }, longest, take) {
  const { status, ok } = answer;
  /** @param {string} cause @param {string} why */
  const refuse = async (cause, why) => {
    await answer.body?.cancel();
    return unusable(502, cause, `The cluster ${alias} ${why}.`);
  };
  if (status >= 300 && status < 400) return refuse("redirected", "answered with a redirect, which is not followed");
  if (status < 200 || status > 599) return refuse("invalid_status", "answered with an invalid status");
  const secrets = [token ?? "", ...Object.values(own)].filter(Boolean);
  const json = /^application\/json\b/.test(answer.headers.get("content-type") ?? "");
  // Only these two types: no response can be a page or a script.
  /** @type {Reply["headers"]} */
  const headers = { "Content-Type": json ? "application/json" : "text/plain; charset=utf-8" };
  for (const [name, shape] of Object.entries(RETURNED)) {
    const value = answer.headers.get(name) ?? "";
    if (shape.test(value) && !secrets.includes(value)) headers[name] = value;
  }
  // The whole response first: a truncated one must not begin as a response.
  const body = await readUpTo(answer.body ?? [], longest, take);
  if (ok && body.length > longest)
    return unusable(502, "too_large", `The response of the cluster ${alias} is too large.`);
  // A response may quote the request. Not by `redact` of the package: only the exact token is replaced, as the page needs
  // the rest of the body unchanged, with its peering tokens.
  const quoted = secrets.filter((secret) => body.includes(secret));
  /** @param {string} text @param {string} secret */
  const hidden = (text, secret) => text.replaceAll(secret, "(hidden)");
  return { status, headers, body: quoted.length ? quoted.reduce(hidden, body.toString()) : body };
}

/**
 * In place of a response of the cluster, with a header that has the cause as a code, by which programs distinguish it
 * from Consul's own.
 * @param {number} status
 * @param {string} cause
 * @param {string} text
 * @param {Record<string, string>} [headers]
 */
const unusable = (status, cause, text, headers) => plain(status, text, { "Consul-Peering-Cause": cause, ...headers });

/**
 * For a client, 502 and 504 mean that there was no response, and the request may have had an effect. 503 for a write:
 * it had none.
 * @param {unknown} error
 * @param {string} alias
 * @param {boolean} writes
 * @returns {Reply}
 */
function unanswered(error, alias, writes) {
  if (error instanceof BudgetSpent) {
    // A write has been carried out by then.
    const text = "This server holds too many responses at once.";
    return unusable(writes ? 502 : 503, "busy", text, { "Retry-After": "1" });
  }
  const { name, code: ownCode, cause: inner } = systemError(error);
  const { code: innerCode, message } = systemError(inner);
  // A port that fetch never connects to has no code, only this message.
  const known = message === "bad port" ? "bad_port" : (innerCode ?? ownCode);
  // A DOMException's own code is a number.
  const code = name === "TimeoutError" ? name : String(known ?? "unknown");
  const cause = /^\w+$/.test(code) ? code : "unknown";
  if (name === "TimeoutError") return unusable(504, cause, `The cluster ${alias} has not answered in time.`);
  const status = writes && NOT_SENT.includes(code) ? 503 : 502;
  return unusable(status, cause, `The cluster ${alias} cannot be reached from the server of this page (${code}).`);
}
