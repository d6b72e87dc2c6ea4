// The component `consul-peering` in every host: its operations against simulated and real Consul clusters.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { read } from "../../pkg/node.js";
import { aclToken } from "../node/secrets.js";
import { at, side, startReal, startServer, startSimulated } from "./clusters.js";
import { hosts } from "./hosts.js";
import { PEERING, ROOT } from "./place.js";
import { checkTable } from "./table.js";

/** Each is part of the world `wasi:http/proxy`. */
const IMPORTS = [
  "wasi:clocks/monotonic-clock",
  "wasi:clocks/wall-clock",
  "wasi:http/outgoing-handler",
  "wasi:http/types",
  "wasi:io/error",
  "wasi:io/poll",
  "wasi:io/streams",
  "wasi:random/random",
];
const OPTIONS = { timeout: 60_000 };
/** An argument of a command line can be read by other users of the machine, so ACL tokens have no place there. */
const takesSecrets = (host) => !host.leavesOutNull;
const passed = new Map(hosts.map(({ name }) => [name, new Set()]));

test("of WASI it imports only what wasi:http needs", () => {
  const output = execFileSync(`${ROOT}target/tools/component`, ["--imports", PEERING], { encoding: "utf8" });
  const imports = output.trim().split("\n");
  assert.deepEqual(imports.map((name) => name.split("@")[0]).sort(), IMPORTS);
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

for (const host of hosts.filter(({ name }) => /^(Rust|Python)/.test(name))) {
  test(`${host.name}: with wasmtime's own wasi:http, each of many calls sends one request`, async () => {
    const server = await startServer((_, response) => response.end("[]"));
    const calls = Array.from({ length: 200 }, () => ["list-peerings", [at(server), OPTIONS]]);
    assert.deepEqual(new Set(await host.call(PEERING, calls)), new Set(["[]"]));
    assert.equal(server.observed.length, calls.length);
    await server.stop();
  });
}

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

    test(`${host.name}: invalid arguments are findings without secrets, and nothing is sent`, async () => {
      const secret = aclToken("00000000-aaaa-bbbb-cccc-000000000098");
      const valid = at({ address: clusters.east.address, token: secret });
      const withName = (peer_name) => ({ cluster: valid, spec: JSON.stringify({ peer_name }) });
      const reads = [
        [
          { address: `http://user:${secret}@127.0.0.1:1` },
          "Not_OK",
          OPTIONS,
          ["credentials", "lower_case", "characters"],
        ],
        ...["", "127.0.0.1:8500", "http://:80", "http://a b", "http://127.0.0.1:99999"].map((address) => [
          { address },
          "west",
          OPTIONS,
          ["url"],
        ]),
        [{ address: "ftp://127.0.0.1" }, "west", OPTIONS, ["scheme"]],
        [{ address: `http://127.0.0.1/?token=${secret}` }, "west", OPTIONS, ["query"]],
        [{ token: `${secret}\n` }, "west", OPTIONS, ["characters"]],
        [{ headers: [["X-Key", `${secret}\n`]] }, "west", OPTIONS, ["header"]],
        [{}, `${secret}_`, OPTIONS, ["characters"]],
        [{}, "west", { timeout: 0 }, ["type"]],
      ];
      const pairs = [
        [withName(`${secret}_`), { cluster: valid, spec: "{" }, ["acceptor.peer_name", "dialer.spec"]],
        [{ cluster: at({ address: "" }), spec: "7" }, withName("east"), ["acceptor.cluster.address", "acceptor.spec"]],
        [
          { cluster: valid, spec: JSON.stringify({ peer_name: "west", cluster: { token: secret } }) },
          withName("east"),
          ["acceptor.cluster"],
        ],
      ];
      const errors = await host.call(PEERING, [
        ...reads.map(([changes, name, options]) => ["read", [{ ...valid, ...changes }, name, options]]),
        ...pairs.map(([acceptor, dialer]) => ["connect", [acceptor, dialer, OPTIONS]]),
        ["troubleshoot", [withName("west"), null, "", OPTIONS]],
      ]);
      assert.deepEqual(new Set(errors.map(({ code }) => code)), new Set(["invalid"]));
      assert.ok(!JSON.stringify(errors).includes(secret));
      const found = errors.map(({ findings }) => findings);
      const rules = found.slice(0, reads.length).map((findings) => findings.map(({ rule }) => rule));
      assert.deepEqual(
        rules,
        reads.map((row) => row.at(-1)),
      );
      const fields = found.slice(reads.length).map((findings) => findings.map(({ field }) => field));
      assert.deepEqual(fields, [...pairs.map((row) => row.at(-1)), ["options.service"]]);
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
  const rows = hosts.map(({ name, version }) => [name, "`peering`", version, result(name)]);
  checkTable("peering", rows);
});
