// Two simulated clusters and the link between them, as a test needs them.
import "./virtual-time.js";
import assert from "node:assert/strict";
import { establish, generateToken, remove, wait } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { worldOf } from "../../pkg/simulator/start.js";
import { record } from "./recorder.js";

const SPEED = 10;

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
  return new Pair(simulator, Object.fromEntries(recorded));
}

/** eu accepts, and its peer is "us"; us dials, and its peer is "eu". */
class Pair {
  constructor(simulator, recorded) {
    Object.assign(this, { simulator, recorded, raw: simulator.clusters });
    this.servers = worldOf(simulator); // hold() pauses their timers, release() fires all of them
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
    const { address, fetch } = this.raw.us;
    const request = { method: "POST", body: JSON.stringify({ PeerName: peer_name, PeeringToken }) };
    assert.equal((await fetch(`${address}/v1/peering/establish`, request)).status, 403);
  }
  async link(peer_name = "us", on = "us", other = "eu") {
    await this.dial(await this.token("eu", peer_name), on, other);
    // Until it has the CA of its dialer, a moment after ACTIVE.
    await wait(this.raw.eu, peer_name, (acceptor) => acceptor?.peer_ca_pems.length > 0);
  }
  /** Marked for deletion, and held in that state. */
  deleting(side, peer_name) {
    this.servers.hold();
    return remove(this.raw[side], peer_name, { wait: false });
  }
}
