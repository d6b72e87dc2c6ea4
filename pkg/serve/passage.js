// The way through to a cluster: one call there, its answer back. Of the browser's request, nothing goes on but what is
// named here; of Consul's answer neither.

import { readBody, readUpTo } from "./body.js";
import { actionOf, peerOf, waitOf } from "./calls.js";
import { plain, plainStatus } from "./notices.js";

const LONGEST_BODY = 1024 * 1024; // a peering token has a few kB
const LONGEST_REFUSAL = 64 * 1024;
const LIMITS = {
  /** ms. Longer than the page's own calls take; a browser that is gone without a word must not be waited for. */
  patience: 75_000,
  /** Bytes. 100,000 peerings with a CA each are 150 MB. */
  longest: 256 * 1024 * 1024,
};
const RETURNED = ["X-Consul-Index", "Retry-After"];
/**
 * Of the six connections that a browser opens to one server, these may be held by calls that wait for a change. With many
 * clusters, all six would be, and nothing else would get through.
 */
const MOST_HELD = 3;
/** Nothing of the call can have been done. */
const NOT_SENT = ["ECONNREFUSED", "ENOTFOUND"];

/**
 * @param {{ alias: string, cluster: import("./clusters.js").Served, call: { path: string, query: URLSearchParams } }} to
 * @param {{ method: string, incoming: import("node:http").IncomingMessage, session: { held: number },
 *   signal: AbortSignal, audit: (event: object) => void }} request  `signal`: the browser has gone, or signed out
 * @param {typeof LIMITS} [limits]
 */
export async function pass(to, request, limits = LIMITS) {
  const { method, incoming, session, audit } = request;
  // No page of another site can send this type unasked, whatever else it gets past.
  if (method !== "GET" && incoming.headers["content-type"] !== "application/json") return plainStatus(415);
  const body = await readBody(incoming, method === "POST" ? LONGEST_BODY : 0);
  if (!body) return plainStatus(413);
  const answer = await forward(to, body, request, limits);
  const action = actionOf(method, to.call);
  if (action) audit({ session, cluster: to.alias, action, peer_name: peerOf(to.call, body), status: answer.status });
  return answer;
}

async function forward({ alias, cluster, call }, body, { method, incoming: { headers }, session, signal }, limits) {
  const query = new URLSearchParams(call.query);
  const holds = query.has("index");
  const tooMany = holds && session.held >= MOST_HELD;
  // Answered at once, as by a Consul that knows no blocking queries: the page then asks now and then.
  if (tooMany) for (const name of ["index", "wait"]) query.delete(name);
  const release = holds && !tooMany ? hold(session) : () => {};
  try {
    const answer = await (cluster.fetch ?? fetch)(`${cluster.address}/${call.path}${query.size ? `?${query}` : ""}`, {
      method,
      headers: sent(headers, cluster),
      body: method === "POST" ? body : undefined,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(limits.patience + waitOf(query))]),
    });
    return await returned(answer, alias, cluster, tooMany ? ["Retry-After"] : RETURNED, limits);
  } catch (error) {
    return unanswered(error, alias, method !== "GET");
  } finally {
    release();
  }
}

function hold(session) {
  session.held++;
  return () => session.held--;
}

function sent({ "x-consul-token": typed }, { token = typed, headers }) {
  return { ...headers, "Content-Type": "application/json", ...(token && { "X-Consul-Token": token }) };
}

async function returned(answer, alias, { token, headers: own = {} }, names, { longest }) {
  const { status, ok } = answer;
  if (status >= 300 && status < 400) {
    await answer.body?.cancel();
    return plain(502, `The cluster ${alias} answered with a redirect, which is not followed.`);
  }
  const json = /^application\/json\b/.test(answer.headers.get("content-type") ?? "");
  // Two types and no other: nothing that comes from there is ever a page or a script here.
  const headers = { "Content-Type": json ? "application/json" : "text/plain; charset=utf-8" };
  for (const name of names) if (answer.headers.has(name)) headers[name] = answer.headers.get(name);
  // The whole of it first: what is cut off must not begin as an answer.
  const body = await readUpTo(answer.body ?? [], ok ? longest : LONGEST_REFUSAL);
  if (ok && body.length > longest) return plain(502, `The answer of the cluster ${alias} is too long.`);
  // An answer may quote what was sent.
  const quoted = [token, ...Object.values(own)].filter((secret) => secret && body.includes(secret));
  const hidden = (text, secret) => text.replaceAll(secret, "(hidden)");
  return { status, headers, body: quoted.length ? quoted.reduce(hidden, body.toString()) : body };
}

/**
 * In words that are nobody's but ours. 502 and 504 mean to the page: no answer has come, and what was asked may have been
 * done. 503 to a write: it was not.
 */
function unanswered(error, alias, writes) {
  if (error.name === "TimeoutError") return plain(504, `The cluster ${alias} has not answered in time.`);
  const code = error.cause?.code ?? error.code ?? error.name;
  const status = writes && NOT_SENT.includes(code) ? 503 : 502;
  return plain(status, `The cluster ${alias} cannot be reached from the server of this page (${code}).`);
}
