// Incidents at real servers at a chosen moment of a call, and their results; for the tests of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgents } from "../consul/agent.js";
import { generateToken, isPeeringError } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";

const paused = new Set();

/** Agents for one test, stopped after it in any state. */
export async function startFor(t, wanted) {
  const { agents, stop } = await startAgents(wanted);
  t.after(() => {
    Object.values(agents).forEach(resume);
    return stop();
  });
  return agents;
}

/** Stops the server while its connections stay open: SIGSTOP. */
export async function pause(agent) {
  process.kill(agent.pid, "SIGSTOP");
  paused.add(agent.pid);
  // On a busy machine, its threads continue until the one that gets the signal runs.
  while (isRunning(agent.pid)) await sleep(1);
}

/** If the system shows it; otherwise a signal counts as received once it is sent. */
function isRunning(pid) {
  if (process.platform !== "linux") return false;
  const [, state] = /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
  return state !== "T";
}

/** Resumes a paused server. */
export function resume(agent) {
  if (paused.delete(agent.pid)) process.kill(agent.pid, "SIGCONT");
}

/** Requests that change something. */
export const write = ({ method }, url) => method === "DELETE" || /\/v1\/peering\/(establish|token)$/.test(url);
/** Any request. */
export const any = () => true;

/**
 * A cluster as `agent`, for `calls` concurrent calls: when each of them is about to send its first request that is
 * `chosen`, `incident` happens, and then they continue.
 */
export function justBefore(chosen, agent, incident, calls = 1) {
  let come = 0;
  let happen;
  const happened = new Promise((resolve) => (happen = resolve));
  const fetch = async (url, init) => {
    if (chosen(init, url)) {
      if (++come === calls) happen(incident());
      await happened;
    }
    return globalThis.fetch(url, init);
  };
  return { address: agent.address, fetch };
}

/** A cluster as `agent`; `incident` happens `ms` after its first request that is `chosen` was sent. */
export function soonAfter(chosen, agent, incident, ms) {
  let happen;
  const happened = new Promise((resolve) => (happen = resolve));
  let timer;
  const fetch = (url, init) => {
    if (chosen(init, url)) timer ??= setTimeout(() => happen(incident()), ms);
    return globalThis.fetch(url, init);
  };
  return { cluster: { address: agent.address, fetch }, happened };
}

/** A cluster as `agent`; `incident` happens when Consul has accepted a token, before the next request. */
export function onceAccepted(agent, incident) {
  let accepted = false;
  const { address, fetch } = justBefore(() => accepted, agent, incident);
  return {
    address,
    async fetch(url, init) {
      const response = await fetch(url, init);
      accepted ||= response.ok && url.endsWith("/v1/peering/establish");
      return response;
    },
  };
}

/** An `onProgress`, and a promise of its first event of this kind. */
export function listener(kind) {
  let resolve;
  const first = new Promise((settle) => (resolve = settle));
  return { first, onProgress: (progress) => progress.kind === kind && resolve(progress) };
}

/** A rate below 1 leaves Consul's limiter no room for even one request. */
export const NONE = 0.5;

/** A `config` with Consul's own limit of requests, enforced; without a number, no limit. */
export function limits(rates) {
  const request_limits = { mode: "enforcing", read_rate: -1, write_rate: -1, ...rates };
  return { limits: { http_max_conns_per_client: -1, request_limits } };
}

/** A new token of `acceptor`, for the peer `peer_name`. */
export const token = async (acceptor, peer_name) => peeringToken(await generateToken(acceptor.address, { peer_name }));

/** A raw request: its status and text. */
export async function raw(agent, method, path, body) {
  const response = await fetch(agent.address + path, { method, body: body && JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

/** The record of a name, read without the package; null if it does not exist. */
export async function peeringOn(agent, peer_name) {
  const { status, text } = await raw(agent, "GET", `/v1/peering/${peer_name}`);
  if (status === 404) return null;
  assert.equal(status, 200, text);
  return JSON.parse(text);
}

/** The `PeeringError` that a call rejects with, its code one of `codes`. */
export async function rejects(promise, ...codes) {
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${JSON.stringify(value)?.slice(0, 80)}`),
    (error) => error,
  );
  assert.ok(isPeeringError(error), String(error));
  assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
  return error;
}

/** An error in one line. */
export const summary = ({ code, left_behind }) =>
  `\`${code}\`; left behind: ${left_behind.map(({ what }) => what).join("; ") || "nothing"}`;
