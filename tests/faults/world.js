// Two clusters with ACLs: `here`, the target of the calls, and `there`, the other one; their records, read without the
// package; and the requests of a call.

import { startSimulator } from "../../pkg/simulator.js";
import { aclToken, peeringToken } from "../node/secrets.js";

/** Consul's five seconds take a quarter of one, and the three for which it dials a token's address 0.15. */
const SPEED = 20;
const MARK = "x-fault";

/** Requests that were sent after their call had settled. */
export const late = [];

export async function startWorld({ sockets = false, speed = SPEED } = {}) {
  const clusters = ["us", "eu"].map((name) => ({ name, acl: true }));
  const simulator = await startSimulator({ clusters, speed, listen: sockets });
  const secrets = [];
  const cluster = (name) => {
    secrets.push(aclToken(simulator.clusters[name].token));
    return { name, ...simulator.clusters[name] };
  };
  const world = { simulator, secrets, here: cluster("us"), there: cluster("eu"), sockets };
  return Object.assign(world, {
    raw: (where, method, path, body) => raw(where, method, path, body),
    records: async () => ({ here: await record(world.here, "eu"), there: await record(world.there, "us") }),
    /** Waits until an accepted peering is connected. */
    connected: async () => {
      while ((await record(world.here, "eu"))?.State === "ESTABLISHING") await pause();
    },
    token: async (where, peer) => {
      const { PeeringToken } = await raw(where, "POST", "/v1/peering/token", { PeerName: peer });
      return keep(world, PeeringToken);
    },
    keep: (token) => keep(world, token),
    watch: (meets, act) => watch(world, meets, act),
    stop: () => simulator.stop(),
  });
}

/** Registers a generated peering token. */
function keep({ secrets }, token) {
  secrets.push(token, readToken(token).EstablishmentSecret);
  return peeringToken(token);
}

export const readToken = (token) => JSON.parse(Buffer.from(token, "base64").toString());

/** A request of the test, without faults: its response, null for a missing peering. */
async function raw({ address, token, fetch }, method, path, body) {
  const headers = { "Content-Type": "application/json", "X-Consul-Token": token };
  const response = await fetch(address + path, { method, headers, body: body && JSON.stringify(body) });
  if (response.status === 404) return null;
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** The record of a peer, null if it does not exist. Retries, since a server may be restarting. */
async function record(where, peer) {
  for (let tried = 0; ; tried++) {
    try {
      return await raw(where, "GET", `/v1/peering/${peer}`);
    } catch (error) {
      if (tried === 50) throw error;
      await pause();
    }
  }
}

/**
 * `here` for a call. Every request is recorded, those that `meets` picks are marked for the fault, and `act` runs when
 * the first of them is sent.
 */
function watch({ here, sockets }, meets, act) {
  const requests = [];
  const watched = { requests, met: [], settled: false };
  const reach = sockets ? globalThis.fetch : here.fetch;
  const fetch = async (url, init) => {
    const { method, body, signal } = init;
    const request = { method, path: url.slice(here.address.length), body, signal, at: performance.now(), open: true };
    if (watched.settled) late.push(`${method} ${request.path}`);
    if (meets(request, requests)) {
      if (watched.met.push(request) === 1) await act?.();
      init = { ...init, headers: { ...init.headers, [MARK]: "1" } };
    }
    requests.push(request);
    try {
      return await reach(url, init);
    } finally {
      request.open = false;
    }
  };
  return Object.assign(watched, { cluster: { address: here.address, token: here.token, fetch } });
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Marks a request for the simulator's fault. */
export const isMarked = ({ headers }) => headers[MARK] !== undefined;
