// Two real clusters and the link between them: how it is made, by us and by others, and that it stays.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, disconnect, plan, read, wait } from "../../pkg/node.js";
import { raw } from "../long/incidents.js";
import { assertLinked } from "./ends.js";
import { record } from "./recorder.js";
import { peeringToken } from "./secrets.js";

/** A leader looks at its peerings at most this often, however many wait for it. */
export const ROUND_MS = 5_000;

let serial = 0;

/** Both sides of a link that these two clusters do not have yet, and the name that it has on both. */
export function pair(acceptor, dialer) {
  const peer_name = `link-${++serial}`;
  const sides = [
    { cluster: acceptor.address, peer_name, server_external_addresses: [] },
    { cluster: dialer.address, peer_name },
  ];
  return { peer_name, sides };
}

/** The same sides, and how much is written on each. */
export function recorded(sides) {
  const recorders = sides.map(({ cluster }) => record({ address: cluster }));
  return {
    sides: sides.map((side, index) => ({ ...side, cluster: recorders[index].cluster })),
    written: () => recorders.map(({ writes }) => writes().length),
  };
}

/** A token as anybody would make it, dead or not. */
export async function tokenRaw(agent, PeerName) {
  const { text } = await raw(agent, "POST", "/v1/peering/token", { PeerName });
  return peeringToken(JSON.parse(text).PeeringToken);
}

/** Establishes as anybody would, as soon as what stood before is gone; the status. */
export async function establishRaw(agent, PeerName, PeeringToken) {
  for (;;) {
    const { status, text } = await raw(agent, "POST", "/v1/peering/establish", { PeerName, PeeringToken });
    if (!/marked for deletion/.test(text)) return status;
    await sleep(20);
  }
}

/** Whether a side hears that its other half is gone. Now and then it does not: then it is FAILING for good. */
export async function hears(agent, peer_name) {
  try {
    await wait(agent.address, peer_name, "TERMINATED", { timeout: 3 * ROUND_MS });
    return true;
  } catch (error) {
    if (error.code !== "timeout") throw error;
    return false;
  }
}

/** It is linked, stays so for longer than a round, nothing is left to do, and it can be taken apart. */
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
