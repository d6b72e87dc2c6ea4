// troubleshoot on simulated clusters, set up as users set up a cluster: nothing fails where all works, and a fault of each
// family is found until it is mended.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, troubleshoot } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { aclToken } from "./secrets.js";

const CLUSTERS = [
  { name: "east", acl: true },
  { name: "west", acl: true },
];
const GATEWAY = { Kind: "mesh-gateway", Name: "gateway", Address: "gateway.east.example", Port: 8443 };
const WEB = {
  Name: "web",
  Port: 80,
  Check: { TTL: "60m", Status: "passing" },
  Connect: { SidecarService: {} },
};

/** Sends a request to a cluster. */
async function ask({ address, fetch, token }, method, path, body) {
  const headers = { "X-Consul-Token": token };
  const response = await fetch(address + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.status, 200, `${method} ${path}: ${text}`);
}
const register = (cluster, service) => ask(cluster, "PUT", "/v1/agent/service/register", service);
const deregister = (cluster, id) => ask(cluster, "PUT", `/v1/agent/service/deregister/${id}`);
const set = (cluster, entry) => ask(cluster, "PUT", "/v1/config", entry);
const unset = (cluster, kind, name) => ask(cluster, "DELETE", `/v1/config/${kind}/${name}`);
const exportTo = (cluster, Peer) =>
  set(cluster, { Kind: "exported-services", Name: "default", Services: [{ Name: "web", Consumers: [{ Peer }] }] });
const allow = (cluster) =>
  set(cluster, {
    Kind: "service-intentions",
    Name: "web",
    Sources: [{ Name: "*", Peer: "west", Action: "allow" }],
  });

const sidesOf = ({ east, west }) => [
  { cluster: east, peer_name: "west", server_external_addresses: [] },
  { cluster: west, peer_name: "east" },
];
const idsOf = ({ checks }, wanted) => checks.filter(({ status }) => status === wanted).map(({ id }) => id);

/** What is found once it is as expected: what is written takes a moment to reach the other side. */
async function found(sides, isExpected) {
  for (let left = 200; ; left--) {
    const result = await troubleshoot(...sides);
    if (isExpected(result)) return result;
    assert.ok(left > 0, JSON.stringify(result.checks.filter(({ status }) => status !== "pass")));
    await sleep(5);
  }
}

/** By the id of the check that fails: what breaks it, what mends it, and where it is found. */
const FAULTS = {
  "mode.gateway": {
    in: "east",
    fault: async ({ east }) => {
      await deregister(east, "gateway");
      await set(east, { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } });
    },
    fix: async ({ east }) => {
      await register(east, GATEWAY);
      await unset(east, "mesh", "mesh");
    },
  },
  "gateways.registered": {
    in: "east",
    fault: ({ east }) => deregister(east, "gateway"),
    fix: ({ east }) => register(east, GATEWAY),
  },
  "gateways.passing": {
    in: "east",
    fault: ({ east }) => register(east, { ...GATEWAY, Check: { TTL: "60m" } }),
    fix: ({ east }) => ask(east, "PUT", "/v1/agent/check/pass/service:gateway"),
  },
  "exports.consumers": {
    in: "east",
    fault: ({ east }) => exportTo(east, "West"),
    fix: ({ east }) => exportTo(east, "west"),
  },
  "imports.instances": {
    in: "west",
    fault: ({ east }) => ask(east, "PUT", "/v1/agent/check/fail/service:web"),
    fix: ({ east }) => ask(east, "PUT", "/v1/agent/check/pass/service:web"),
  },
  "intentions.allowed": {
    in: "east",
    fault: ({ east }) => unset(east, "service-intentions", "web"),
    fix: ({ east }) => allow(east),
  },
  "routing.peers": {
    in: "west",
    fault: ({ west }) =>
      set(west, { Kind: "service-resolver", Name: "api", Redirect: { Peer: "typo", Service: "api" } }),
    fix: ({ west }) => unset(west, "service-resolver", "api"),
  },
};

describe("troubleshoot on simulated clusters", () => {
  let simulator, clusters, sides;
  before(async () => {
    simulator = await startSimulator({ clusters: CLUSTERS, speed: 100, listen: false });
    ({ clusters } = simulator);
    for (const { token } of Object.values(clusters)) aclToken(token);
    sides = sidesOf(clusters);
  });
  after(() => simulator.stop());

  test("no peering: only that fails, and what depends on it", async () => {
    const { ok, checks } = await troubleshoot(...sides);
    assert.equal(ok, false);
    const states = checks.filter(({ id }) => id === "peering.state");
    assert.deepEqual(
      states.map(({ status, message }) => [status, message]),
      [
        ["fail", "the peering does not exist"],
        ["fail", "the peering does not exist; a consequence of peering.state of the other cluster, which has the fix"],
      ],
    );
    assert.deepEqual(
      states.map(({ fix }) => fix !== null),
      [true, false],
    );
  });

  test("a working set-up passes every check", async () => {
    const { east } = clusters;
    await connect(...sides);
    await register(east, WEB);
    await register(east, GATEWAY);
    await exportTo(east, "west");
    await allow(east);
    const { checks, services } = await found(sides, ({ ok }) => ok);
    assert.deepEqual(
      checks.filter(({ status }) => status !== "pass"),
      [],
    );
    assert.equal(new Set(checks.map(({ id }) => id)).size >= 24, true);
    const [{ name, exporter, importer, exported, imported, instances, problems }] = services;
    assert.deepEqual(
      [name, exported, imported, instances, problems],
      ["web", true, true, { total: 1, passing: 1 }, []],
    );
    assert.deepEqual([exporter, importer], [clusters.east.address, clusters.west.address]);
  });

  for (const [id, { in: where, fault, fix }] of Object.entries(FAULTS)) {
    test(`${id} fails, and passes once it is mended`, async () => {
      await fault(clusters);
      const { address } = clusters[where];
      const check = ({ checks }) => checks.find((each) => each.id === id && each.cluster === address);
      const broken = await found(sides, (result) => check(result).status === "fail");
      assert.equal(broken.ok, false);
      assert.ok(check(broken).message, id);
      await fix(clusters);
      const mended = await found(sides, ({ ok }) => ok);
      assert.equal(check(mended).status, "pass");
    });
  }

  test("with the right to read peerings alone, what needs more is skipped and names its rule", async () => {
    const token = aclToken("33333333-aaaa-4bbb-8ccc-000000000001");
    const limited = await startSimulator({
      clusters: CLUSTERS.map((options) => ({ ...options, acl: { tokens: { [token]: { peering: "read" } } } })),
      listen: false,
    });
    try {
      const { checks } = await troubleshoot(...sidesOf(limited.clusters).map((side) => ({ ...side, token })));
      const skipped = checks.filter(({ status, needs }) => status === "skipped" && needs);
      assert.deepEqual(
        skipped.filter(({ id }) => id.startsWith("exports.consumers")).map(({ needs }) => needs),
        ['mesh = "read"', 'mesh = "read"'],
      );
      assert.ok(idsOf({ checks }, "fail").includes("peering.state"));
    } finally {
      await limited.stop();
    }
  });

  test("federated datacenters", async () => {
    const federated = await startSimulator({
      clusters: [{ name: "east", other_datacenters: ["dc2"] }, "west"],
      listen: false,
    });
    try {
      const { checks } = await troubleshoot(...sidesOf(federated.clusters));
      const primary = checks.filter(({ id }) => id === "datacenters.primary");
      assert.deepEqual(
        primary.map(({ cluster, status }) => [cluster, status]),
        [
          [federated.clusters.east.address, "warning"],
          [federated.clusters.west.address, "pass"],
        ],
      );
    } finally {
      await federated.stop();
    }
  });

  test("a fault of the simulator is met like any other request: a lost answer is read again", async () => {
    const fault = simulator.fault({
      kind: "drop_after",
      match: { cluster: "west", path: /^\/v1\/health\/service\/web$/ },
    });
    const { ok } = await troubleshoot(...sides);
    assert.equal(fault.hits, 1);
    assert.equal(ok, true);
  });
});
