// A simulator with a manual clock, and requests to its clusters that advance it.
import assert from "node:assert/strict";
import { afterEach } from "node:test";
import { ManualClock, startSimulator } from "../../pkg/simulator.js";
import { peeringToken } from "./secrets.js";

export const START = Date.parse("2026-01-01T00:00:00Z");

const started = [];
afterEach(async () => {
  for (const { stop } of started.splice(0)) await stop();
});

/** A simulator that is stopped after the test. */
export async function startFor(options) {
  const simulator = await startSimulator(options);
  started.push(simulator);
  return simulator;
}

/** A simulator with a manual clock; `ask` advances it until there is a response. */
export async function simulate(options = {}) {
  const clock = new ManualClock(START);
  const simulator = await startFor({ clock, listen: false, seed: 7, ...options });
  const settle = async (promise) => {
    let settled = false;
    promise.finally(() => (settled = true)).catch(() => {});
    await clock.advance(0);
    while (!settled) await clock.advance(Math.max(0, clock.next - clock.now()));
    return promise;
  };
  const send = (cluster, method, path, { body, token, signal } = {}) => {
    const { address, fetch } = simulator.clusters[cluster];
    const headers = token && { "X-Consul-Token": token };
    return fetch(address + path, { method, headers, signal, body: body && JSON.stringify(body) });
  };
  const ask = async (...request) => answerOf(await settle(send(...request)));
  const read = async (cluster, name) => (await ask(cluster, "GET", `/v1/peering/${name}`)).json;
  const token = async (cluster, PeerName) => {
    const { json } = await ask(cluster, "POST", "/v1/peering/token", { body: { PeerName } });
    return peeringToken(json.PeeringToken);
  };
  const establish = async (cluster, PeerName, PeeringToken) =>
    ask(cluster, "POST", "/v1/peering/establish", { body: { PeerName, PeeringToken } });
  /** `eu` dials `us`; each is named after the other. */
  const peer = async () => {
    assert.equal((await establish("eu", "us", await token("us", "eu"))).status, 200);
    await clock.advance(6_000);
    assert.equal((await read("eu", "us")).State, "ACTIVE");
  };
  return { ...simulator, clock, settle, send, ask, read, token, establish, peer };
}

/** For a fetch that fails like Node's own. */
export const brokenBy = (code) => (error) => error instanceof TypeError && error.cause.code === code;

/** A response as plain data. */
export async function answerOf(response) {
  const text = await response.text();
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, text, json: /^[[{]/.test(text) ? JSON.parse(text) : undefined };
}
