// Tests the rotation against clusters in memory, which answer like real ones and fail when they are told to:
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
  simulator = await startSimulator({ clusters: ["eu", "us", "ap"], speed: 100, listen: false });
  const { eu, us, ap } = simulator.clusters;
  const link = (name, cluster) => ({
    name,
    acceptor: { cluster: eu, peer_name: name, server_external_addresses: [] },
    dialer: { cluster, peer_name: "eu", meta: { team: "payments" } },
  });
  links = [link("us", us), link("ap", ap)];
  for (const { acceptor, dialer } of links) await connect(acceptor, dialer);
});
afterEach(() => simulator.stop());

const standing = () => Promise.all(links.map(({ dialer }) => read(dialer.cluster, dialer.peer_name)));
const fails = (kind, path, more) => simulator.fault({ kind, match: { path }, ...more });

test("every link has a new secret, and is the link that it was", async () => {
  const before = await standing();
  assert.deepEqual(await rotateAll(links), { rotated: 2, failed: [] });
  for (const [index, { id, state, meta, modify_index }] of (await standing()).entries()) {
    assert.deepEqual({ id, state, meta }, { id: before[index].id, state: "ACTIVE", meta: { team: "payments" } });
    assert.ok(modify_index > before[index].modify_index, "it was written");
  }
});

test("an answer that is lost on the way is no failure", async () => {
  const lost = fails("drop_after", "/v1/peering/establish");
  assert.deepEqual(await rotateAll(links), { rotated: 2, failed: [] });
  assert.equal(lost.hits, 1);
});

test("a busy cluster is waited for", async () => {
  const busy = fails("rate_limited", "/v1/peering/token", { retry_after: 1 });
  assert.deepEqual(await rotateAll(links), { rotated: 2, failed: [] });
  assert.equal(busy.hits, 1);
});

test("what may pass is tried once more, when the others are done", async () => {
  fails("drop_before", "/v1/peering/token");
  assert.deepEqual(await rotateAll(links), { rotated: 2, failed: [] });
});

test("a cluster that is down stops no other, and is named", async () => {
  simulator.restart("us", Infinity);
  const { rotated, failed } = await rotateAll(links, { timeout: 3_000 });
  assert.equal(rotated, 1);
  assert.deepEqual(
    failed.map(({ name, code }) => [name, code]),
    [["us", "network"]],
  );
  assert.equal((await read(simulator.clusters.ap, "eu"))?.state, "ACTIVE");
});

test("stopped in the middle, it leaves each link as it is", async () => {
  const before = await standing();
  fails("delay", "/v1/peering/token", { ms: 3_000 });
  const stop = new AbortController();
  setTimeout(() => stop.abort("enough"), 100);
  await assert.rejects(rotateAll(links, { signal: stop.signal }), (reason) => reason === "enough");
  assert.deepEqual(
    (await standing()).map(({ state, modify_index }) => [state, modify_index]),
    before.map(({ modify_index }) => ["ACTIVE", modify_index]),
  );
});
