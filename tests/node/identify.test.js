// The identity of a cluster, and health with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, health, identify, isPeeringError, read, wait } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";

const codes = ({ checks }) => checks.map(({ code }) => code);

test("identify: datacenter and trust domain, without a permission", async (t) => {
  const federated = "11111111-2222-4333-8444-555555555555.consul";
  const simulator = await startSimulator({
    clusters: [
      { name: "eu", acl: true },
      { name: "us", trust_domain: federated },
      { name: "ap", trust_domain: federated },
    ],
    listen: false,
  });
  t.after(() => simulator.stop());
  const { eu, us, ap } = simulator.clusters;
  const found = await Promise.all([{ ...eu, token: undefined }, us, ap].map((cluster) => identify(cluster)));
  assert.deepEqual(
    found.map(({ datacenter }) => datacenter),
    ["eu", "us", "ap"],
  );
  assert.deepEqual(
    found.slice(1).map(({ trust_domain }) => trust_domain),
    [federated, federated],
  );
  assert.match(found[0].trust_domain, /^[0-9a-f-]{36}\.consul$/);
  assert.deepEqual(Object.keys(found[0]), ["datacenter", "trust_domain"]);
});

test("a cluster that does not respond, and an invalid one", async () => {
  const refused = { address: "http://127.0.0.1:1", fetch: () => Promise.reject(new TypeError("fetch failed")) };
  for (const [cluster, code] of [
    [refused, "network"],
    [7, "invalid"],
  ]) {
    await assert.rejects(identify(cluster, { timeout: 30_000 }), (error) => {
      assert.ok(isPeeringError(error), String(error));
      assert.deepEqual([error.code, error.operation], [code, "identify"]);
      return true;
    });
  }
});

test("health with the identity of the other cluster", async (t) => {
  const clusters = [{ name: "eu" }, { name: "us" }, { name: "rebuilt", datacenter: "eu" }];
  const simulator = await startSimulator({ clusters, speed: 20, listen: false });
  t.after(() => simulator.stop());
  const { eu, us, rebuilt } = simulator.clusters;
  await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  const dialer = await wait(us, "eu", (found) => found.stream.last_heartbeat !== null);
  const other = await read(eu, "us");
  const codesOf = async (cluster, found) =>
    codes(health(dialer, { other: found, otherCluster: await identify(cluster) }));
  assert.deepEqual(await codesOf(eu, other), []);
  assert.deepEqual(await codesOf(eu, null), ["one_sided"]);
  assert.deepEqual(await codesOf(rebuilt, null), ["rebuilt"]);
  assert.deepEqual(await codesOf(us, null), ["wrong_cluster"]);
});
