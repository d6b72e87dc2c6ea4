// Two real clusters and the link between them: created by the package and by raw requests.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, disconnect, plan, read, wait } from "../../pkg/node.js";
import { raw } from "../long/incidents.js";
import { assertLinked } from "./ends.js";
import { record } from "./recorder.js";
import { peeringToken } from "./secrets.js";

/** A leader reads its peerings at most this often, however many wait for it. */
export const ROUND_MS = 5_000;

let serial = 0;

/** Both sides of a new link of these two clusters, and its name on both. */
export function pair(acceptor, dialer) {
  const peer_name = `link-${++serial}`;
  const sides = [
    { cluster: acceptor.address, peer_name, server_external_addresses: [] },
    { cluster: dialer.address, peer_name },
  ];
  return { peer_name, sides };
}

/** The same sides, and the number of writes on each. */
export function recorded(sides) {
  const recorders = sides.map(({ cluster }) => record({ address: cluster }));
  return {
    sides: sides.map((side, index) => ({ ...side, cluster: recorders[index].cluster })),
    written: () => recorders.map(({ writes }) => writes().length),
  };
}

/** A token by a raw request, usable or not. */
export async function tokenRaw(agent, PeerName) {
  const { text } = await raw(agent, "POST", "/v1/peering/token", { PeerName });
  return peeringToken(JSON.parse(text).PeeringToken);
}

/** Establishes by a raw request, once the previous record is gone; returns the status. */
export async function establishRaw(agent, PeerName, PeeringToken) {
  for (;;) {
    const { status, text } = await raw(agent, "POST", "/v1/peering/establish", { PeerName, PeeringToken });
    if (!/marked for deletion/.test(text)) return status;
    await sleep(20);
  }
}

/** Whether a side is notified of the deletion. Sometimes it is not: then it stays FAILING. */
export async function isNotified(agent, peer_name) {
  try {
    await wait(agent.address, peer_name, "TERMINATED", { timeout: 3 * ROUND_MS });
    return true;
  } catch (error) {
    if (error.code !== "timeout") throw error;
    return false;
  }
}

/** Checks that it is linked, stays so for longer than a cycle, has no pending steps, and can be disconnected. */
export async function assertStays(sides, linked) {
  assertLinked(linked);
  await sleep(ROUND_MS + 500);
  const again = await connect(...sides);
  assertLinked(again);
  assert.equal(again.changed, false);
  assert.deepEqual([again.acceptor.id, again.dialer.id], [linked.acceptor.id, linked.dialer.id]);
  assert.deepEqual((await plan(...sides)).steps, []);
  await disconnect(...sides);
  assert.deepEqual(await Promise.all(sides.map(({ cluster, peer_name }) => read(cluster, peer_name))), [null, null]);
}
