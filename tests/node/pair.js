// Two simulated clusters and the link between them, in any state that a test needs.
import { sleep } from "./virtual-time.js";
import assert from "node:assert/strict";
import { establish, generateToken, list, read, remove, wait } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { worldOf } from "../../pkg/simulator/start.js";
import { record } from "./recorder.js";

/** The timers of a simulator's servers. While they are held, none fires. */
class Servers {
  #world;
  constructor(simulator) {
    this.#world = worldOf(simulator);
  }
  hold() {
    this.#world.hold();
  }
  /** Until no timer is set. */
  async quiet() {
    while (this.#world.held.length > 0) await sleep(5);
  }
  /** Fires only the timer that was set last. */
  pass() {
    this.#world.pass(Math.max(...this.#world.held));
  }
  /** Runs `action`, and fires only the first due of the timers that it has set. */
  async passAfter(act) {
    const before = new Set(this.#world.held);
    const result = await act();
    this.#world.pass(this.#world.held.find((serial) => !before.has(serial)));
    return result;
  }
  /** Fires all of them. */
  release() {
    this.#world.release();
  }
}

export const SPEED = 10;

/** Three clusters for one test, by default eu, us and ap; `recorded` with a recorder, `raw` without. */
export async function world(t, options) {
  const simulator = await startSimulator({
    clusters: ["eu", "us", "ap"],
    speed: SPEED,
    listen: false,
    ...options,
  });
  t.after(() => simulator.stop());
  const recorded = Object.entries(simulator.clusters).map(([name, cluster]) => [name, record(cluster)]);
  return new Pair(simulator, new Servers(simulator), Object.fromEntries(recorded));
}

/** eu accepts, and its peer is "us"; us dials, and its peer is "eu". */
class Pair {
  constructor(simulator, servers, recorded) {
    Object.assign(this, { simulator, servers, recorded, raw: simulator.clusters });
    this.sides = [
      { cluster: recorded.eu.cluster, peer_name: "us", server_external_addresses: [] },
      { cluster: recorded.us.cluster, peer_name: "eu" },
    ];
  }
  get requests() {
    return [...this.recorded.eu.requests, ...this.recorded.us.requests].sort((a, b) => a.at - b.at);
  }
  get writes() {
    return [...this.recorded.eu.writes(), ...this.recorded.us.writes()];
  }
  get secrets() {
    return Object.values(this.recorded).flatMap(({ secrets }) => secrets);
  }
  /** The peerings of both sides, under any name. */
  peerings() {
    return Promise.all([list(this.raw.eu), list(this.raw.us)]);
  }
  token(by = "eu", peer_name = "us") {
    return generateToken(this.recorded[by].cluster, { peer_name });
  }
  dial(peering_token, on = "us", peer_name = "eu", wait = true) {
    return establish(this.raw[on], { peer_name, peering_token }, { wait });
  }
  /** A dialer whose token was refused, as any other tool would leave it. */
  async spoil(token, peer_name = "eu") {
    const body = JSON.parse(Buffer.from(token, "base64").toString());
    const made_up = { ...body, EstablishmentSecret: "00000000-0000-4000-8000-000000000000" };
    const PeeringToken = Buffer.from(JSON.stringify(made_up)).toString("base64");
    assert.equal((await this.establishRaw({ PeerName: peer_name, PeeringToken })).status, 403);
  }
  establishRaw(body) {
    const { address, fetch } = this.raw.us;
    return fetch(`${address}/v1/peering/establish`, { method: "POST", body: JSON.stringify(body) });
  }
  async link(peer_name = "us", on = "us", other = "eu") {
    await this.dial(await this.token("eu", peer_name), on, other);
    // Until it has the CA of its dialer, a moment after ACTIVE.
    await wait(this.raw.eu, peer_name, (acceptor) => acceptor?.peer_ca_pems.length > 0);
  }
  /** Both servers are about to read their peerings, and are held. */
  async holdReads() {
    this.servers.hold();
    for (const side of ["eu", "us"]) await this.token(side, "any"); // eu will be the first to read
  }
  /** Deletes one side, without the other being notified yet. */
  async removeUnheard(side, peer_name) {
    await this.holdReads();
    await this.removeHeld(side, peer_name);
  }
  async removeHeld(side, peer_name) {
    await this.servers.passAfter(() => remove(this.raw[side], peer_name, { wait: false }));
    assert.equal(await read(this.raw[side], peer_name), null);
  }
  /** One server loses its streams, and none is opened again. */
  restart(side) {
    this.servers.hold();
    return this.servers.passAfter(() => this.simulator.restart(side)); // it is back
  }
  /** Marked for deletion, and held in that state. */
  deleting(side, peer_name) {
    this.servers.hold();
    return remove(this.raw[side], peer_name, { wait: false });
  }
  terminated(side, peer_name) {
    return wait(this.raw[side], peer_name, "TERMINATED");
  }
}
