// The component `consul-peering` in every host: its operations against simulated and real Consul clusters.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { read } from "../../pkg/node.js";
import { aclToken } from "../node/secrets.js";
import { at, side, startReal, startServer, startSimulated } from "./clusters.js";
import { hosts, rust } from "./hosts.js";
import { PEERING, ROOT } from "./place.js";
import { checkTable } from "./table.js";

const WASI = /^wasi:(io|clocks|http|random)\//;
const OPTIONS = { timeout: 60_000 };
/** An argument of a command line can be read by other users of the machine, so ACL tokens have no place there. */
const takesSecrets = (host) => !host.leavesOutNull;
const passed = new Map(hosts.map(({ name }) => [name, new Set()]));

test("of WASI it imports only what wasi:http needs", () => {
  const output = execFileSync(`${ROOT}target/tools/component`, ["--imports", PEERING], { encoding: "utf8" });
  const imports = output.trim().split("\n");
  assert.ok(imports.some((name) => name.startsWith("wasi:http/outgoing-handler@")));
  assert.deepEqual(
    imports.filter((name) => !WASI.test(name)),
    [],
  );
});

for (const [kind, start, used] of [
  ["simulated clusters", startSimulated, hosts.filter(takesSecrets)],
  ["simulated clusters without ACLs", () => startSimulated(false), hosts.filter((host) => !takesSecrets(host))],
  ["real clusters", startReal, hosts.filter(takesSecrets)],
]) {
  describe(kind, () => {
    let clusters;
    before(async () => (clusters = await start()));
    after(() => clusters?.stop());

    for (const host of used) {
      test(`${host.name}: connect, read, list, permissions, wait, disconnect`, async () => {
        const { east, west } = clusters;
        const sides = [side(east, "west"), side(west, "east")];
        const [linked, again, peering, list, permissions, active, absent] = await host.call(PEERING, [
          ["connect", [...sides, OPTIONS]],
          ["connect", [...sides, OPTIONS]],
          ["read", [at(east), "west", OPTIONS]],
          ["list-peerings", [at(east), OPTIONS]],
          ["permissions", [at(east), OPTIONS]],
          ["wait", [at(east), "west", "active", OPTIONS]],
          ["read", [at(east), "nothing", OPTIONS]],
        ]);
        assert.deepEqual([linked.changed, again.changed], [true, false]);
        assert.deepEqual(
          [linked.acceptor, linked.dialer].map((text) => JSON.parse(text).state),
          ["ACTIVE", "ACTIVE"],
        );
        const expected = await read({ address: east.address, token: east.token }, "west");
        assert.deepEqual(Object.keys(JSON.parse(peering)), Object.keys(expected));
        assert.deepEqual(stable(JSON.parse(peering)), stable(expected));
        assert.deepEqual(JSON.parse(list).map(stable), [stable(expected)]);
        assert.deepEqual(permissions, { read: true, write: true });
        assert.equal(JSON.parse(active).state, "ACTIVE");
        assert.equal(absent, null);
        const [deleted, gone] = await host.call(PEERING, [
          ["disconnect", [...sides, false, OPTIONS]],
          ["read", [at(east), "west", OPTIONS]],
        ]);
        assert.deepEqual([JSON.parse(deleted.a).id, gone], [expected.id, null]);
        passed.get(host.name).add(kind);
      });
    }
  });
}

test("wasmtime's own wasi:http: each of many calls sends one request", async () => {
  const server = await startServer((_, response) => response.end("[]"));
  const calls = Array.from({ length: 200 }, () => ["list-peerings", [at(server), OPTIONS]]);
  const python = hosts.find(({ name }) => name.startsWith("Python"));
  assert.deepEqual(new Set(await python.call(PEERING, calls)), new Set(["[]"]));
  assert.equal(server.observed.length, calls.length);
  await server.stop();
});

describe("simulated clusters, one function after another", () => {
  let clusters;
  before(async () => (clusters = await startSimulated()));
  after(() => clusters?.stop());

  for (const host of hosts.filter(takesSecrets)) {
    test(`${host.name}: generate-token, establish, troubleshoot, delete`, async () => {
      const { east, west } = clusters;
      const [peering_token] = await host.call(PEERING, [
        ["generate-token", [at(east), JSON.stringify({ peer_name: "west" }), false, OPTIONS]],
      ]);
      const [established, troubleshooting, ...deleted] = await host.call(PEERING, [
        ["establish", [at(west), JSON.stringify({ peer_name: "east", peering_token }), true, false, OPTIONS]],
        ["troubleshoot", [side(east, "west"), side(west, "east"), null, OPTIONS]],
        ["delete", [at(west), "east", true, OPTIONS]],
        ["delete", [at(east), "west", true, OPTIONS]],
      ]);
      assert.deepEqual([JSON.parse(established).state, JSON.parse(established).role], ["ACTIVE", "dialer"]);
      assert.ok(JSON.parse(troubleshooting).checks.length > 0);
      assert.deepEqual(
        deleted.map((text) => JSON.parse(text).peer_name),
        ["east", "west"],
      );
    });

    test(`${host.name}: an ACL token that Consul does not know is a coded error without the token`, async () => {
      const token = aclToken("00000000-aaaa-bbbb-cccc-000000000099");
      const [error] = await host.call(PEERING, [["read", [at({ ...clusters.east, token }), "west", OPTIONS]]]);
      assert.equal(error.code, "acl_token_unknown");
      assert.ok(!JSON.stringify(error).includes(token));
    });

    test(`${host.name}: invalid arguments are findings, and nothing is sent`, async () => {
      const address = "http://user:password@127.0.0.1:1";
      const [error] = await host.call(PEERING, [["read", [at({ address }), "Not_OK", OPTIONS]]]);
      assert.equal(error.code, "invalid");
      assert.deepEqual(
        error.findings.map(({ rule }) => rule),
        ["credentials", "lower_case", "characters"],
      );
      assert.ok(!JSON.stringify(error).includes("password@"));
    });
  }
});

function stable({ id, peer_name, state, role, peer_ca_pems }) {
  return { id, peer_name, state, role, peer_ca_pems };
}

test("docs/components.md has these results", () => {
  const result = (name) => {
    const where = [...passed.get(name)].join(", ");
    return where ? `passed: ${where}` : "failed";
  };
  checkTable("peering", [
    [rust.name, "`peering`", rust.version, "not tested"],
    ...hosts.map(({ name, version }) => [name, "`peering`", version, result(name)]),
  ]);
});
