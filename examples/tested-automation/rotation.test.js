// Tests the rotation against clusters in memory, which respond like real ones and fail on demand:
//
//   node --test
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { connect, read } from "consul-peering";
import { startSimulator } from "consul-peering/simulator";
import { rotateAll } from "./rotation.js";

let simulator;
let links;
beforeEach(async () => {
  simulator = await startSimulator({ clusters: ["east", "west", "north"], speed: 100, listen: false });
  const { east, west, north } = simulator.clusters;
  const link = (name, cluster) => ({
    name,
    acceptor: { cluster: east, peer_name: name, server_external_addresses: [] },
    dialer: { cluster, peer_name: "east", meta: { team: "payments" } },
  });
  links = [link("west", west), link("north", north)];
  for (const { acceptor, dialer } of links) await connect(acceptor, dialer);
});
afterEach(() => simulator.stop());

const readAll = () => Promise.all(links.map(({ dialer }) => read(dialer.cluster, dialer.peer_name)));
const fails = (kind, path, more) => simulator.fault({ kind, match: { path }, ...more });

test("gives every link a new secret and changes nothing else", async () => {
  const before = await readAll();
  assert.deepEqual(await rotateAll(links), { rotated: 2, failed: [] });
  for (const [index, { id, state, meta, modify_index }] of (await readAll()).entries()) {
    assert.deepEqual({ id, state, meta }, { id: before[index].id, state: "ACTIVE", meta: { team: "payments" } });
    assert.ok(modify_index > before[index].modify_index, "it was written");
  }
});

test("recovers from a lost response", async () => {
  const lost = fails("drop_after", "/v1/peering/establish");
  assert.deepEqual(await rotateAll(links), { rotated: 2, failed: [] });
  assert.equal(lost.hits, 1);
});

test("waits for a busy cluster", async () => {
  const busy = fails("rate_limited", "/v1/peering/token", { retry_after: 1 });
  assert.deepEqual(await rotateAll(links), { rotated: 2, failed: [] });
  assert.equal(busy.hits, 1);
});

test("retries a retryable failure once, after the other links", async () => {
  fails("drop_before", "/v1/peering/token");
  assert.deepEqual(await rotateAll(links), { rotated: 2, failed: [] });
});

test("reports a cluster that is down and rotates the others", async () => {
  simulator.restart("west", Infinity);
  const { rotated, failed } = await rotateAll(links, { timeout: 3_000 });
  assert.equal(rotated, 1);
  assert.deepEqual(
    failed.map(({ name, error }) => [name, error.code]),
    [["west", "network"]],
  );
  assert.equal((await read(simulator.clusters.north, "east"))?.state, "ACTIVE");
});

test("reports what a failed call left behind", async () => {
  fails("proxy_page", "/v1/peering/establish", { status: 200, times: Infinity });
  const { failed } = await rotateAll(links.slice(0, 1));
  assert.deepEqual(
    failed[0].error.left_behind.map(({ code }) => code),
    ["establish_unanswered"],
  );
});

test("leaves every link unchanged when cancelled", async () => {
  const before = await readAll();
  fails("delay", "/v1/peering/token", { ms: 3_000 });
  const stop = new AbortController();
  setTimeout(() => stop.abort("enough"), 100);
  await assert.rejects(rotateAll(links, { signal: stop.signal }), (reason) => reason === "enough");
  assert.deepEqual(
    (await readAll()).map(({ state, modify_index }) => [state, modify_index]),
    before.map(({ modify_index }) => ["ACTIVE", modify_index]),
  );
});
