// The checks of troubleshoot on two real clusters with ACLs: all pass at first, and each fault is found until it is
// fixed. A fix that is a config entry is passed to `consul config write`.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { troubleshoot } from "../../pkg/node.js";
import { checkIds, checkRows } from "./check-table.js";
import { run, write } from "./command-line.js";
import { assertNoSecretPrinted, secrets } from "./pair-commands.js";
import { aclToken } from "./secrets.js";
import {
  WITHIN_MS,
  allow,
  ask,
  becomes,
  defaults,
  deregister,
  east,
  exported,
  exportedPlain,
  gateway,
  paste,
  put,
  register,
  sides,
  unset,
  west,
} from "./service-clusters.js";
import { CASES } from "./troubleshoot-cases.js";

describe("troubleshoot on real clusters", () => {
  test("all checks pass on a working setup, with the address of each service", async () => {
    const found = await troubleshoot(...sides);
    assert.deepEqual(
      found.checks.filter(({ status }) => status !== "pass"),
      [],
    );
    assert.equal(found.ok, true);
    assert.ok(found.checks.length > 40, `${found.checks.length} checks`);
    const [web, db] = found.services;
    assert.deepEqual([web.exporter, web.importer], [east.address, west.address]);
    assert.deepEqual([web.name, web.exported, web.imported, web.problems], ["web", true, true, []]);
    assert.deepEqual(web.instances, { total: 1, passing: 1 });
    assert.deepEqual([db.name, db.exporter, db.problems], ["db", west.address, []]);
    assert.match(web.upstream, /destination_peer = "east"/);
  });

  test("one side alone", async () => {
    const { ok, checks, services } = await troubleshoot(sides[0]);
    assert.ok(ok && checks.every(({ status, cluster }) => status === "pass" && cluster === east.address));
    assert.deepEqual(
      services.map(({ name, exporter, importer }) => [name, exporter, importer]),
      [
        ["web", east.address, "west"],
        ["db", "west", east.address],
      ],
    );
  });

  const rows = {};
  const row = (id, observed) => (rows[id] = { ...rows[id], ...observed });

  for (const { id, at = "east", status = "fail", options, break: breakIt, also, mend } of CASES) {
    test(`${id}: ${status}, then pass`, async () => {
      const agent = { east, west }[at];
      await breakIt();
      const found = await becomes(agent, id, status, options);
      assert.equal(found.ok, status !== "fail");
      assert.ok(found.message && found.needs === null);
      also?.(found);
      if (mend) await mend(found);
      else paste(agent, found.fix);
      const mended = await becomes(agent, id, "pass", options);
      row(id, { fails: found.status, passes: mended.status });
    });
  }

  test("an export that was written a moment ago is imported, with its instances", async () => {
    await register(east, { Name: "late", Port: 9, Connect: { SidecarService: {} } });
    await allow(east, "late", "west");
    await exported(east, "west", "web", "late");
    const { ok, services } = await troubleshoot(...sides, { service: "late" });
    assert.deepEqual([ok, services[0].imported, services[0].instances], [true, true, { total: 1, passing: 1 }]);
    await exported(east, "west", "web");
    await unset(east, "service-intentions", "late");
    await deregister(east, "late");
  });

  test("services that only DNS calls need no gateway, and that is no failure", async () => {
    await exportedPlain();
    await exported(east, "west", "plain");
    for (const agent of [east, west]) {
      await deregister(agent, "gateway");
      await unset(agent, "proxy-defaults", "global");
    }
    await unset(west, "exported-services", "default");
    const { ok, checks } = await becomes(east, "gateways.registered", "pass").then(() => troubleshoot(...sides));
    const others = checks.filter(({ status }) => status !== "pass");
    assert.deepEqual(
      others.map(({ id, status, evidence }) => [id, status, evidence.services]),
      [["exports.sidecar", "warning", ["plain"]]],
    );
    assert.equal(ok, true);
    const health = async (path) => (await ask(west, "GET", `/v1/health/${path}/plain?peer=east`)).length;
    assert.deepEqual([await health("service"), await health("connect")], [1, 0], "what the checks say is so");
    await deregister(east, "plain");
    for (const [agent, own, other] of [
      [east, "web", "west"],
      [west, "db", "east"],
    ]) {
      await gateway(agent, `gateway.${agent.name}.example`);
      await defaults(agent, "local");
      await exported(agent, other, own);
    }
  });

  test("all checks pass after the fixes", async () => {
    const end = performance.now() + WITHIN_MS;
    for (;;) {
      const { checks } = await troubleshoot(...sides);
      const others = checks.filter(({ status }) => status !== "pass");
      if (others.length === 0) break;
      assert.ok(performance.now() < end, JSON.stringify(others));
      await sleep(100);
    }
  });

  const RULES = {
    SERVICES: 'service_prefix "" { policy = "read" }',
    NODES: 'node_prefix "" { policy = "read" }',
  };
  const SecretID = async (agent, Rules) => {
    const Name = randomUUID();
    await ask(agent, "PUT", "/v1/acl/policy", { Name, Rules });
    const token = await ask(agent, "PUT", "/v1/acl/token", { Policies: [{ Name }] });
    secrets.add(aclToken(token.SecretID));
    return token.SecretID;
  };
  const asking = async (Rules, options) => {
    const tokens = await Promise.all([east, west].map((agent) => SecretID(agent, Rules)));
    return troubleshoot(...sides.map((side, i) => ({ ...side, token: tokens[i] })), options);
  };
  const byStatus = ({ checks }, wanted) => checks.filter(({ status }) => status === wanted);

  test("a missing permission skips its checks and names the rule", async () => {
    const peering = await asking('peering = "read"');
    assert.equal(peering.ok, true);
    assert.deepEqual([byStatus(peering, "fail"), byStatus(peering, "warning")], [[], []]);
    for (const id of ["peering.state", "peering.other_side", "exports.any", "exports.arrived", "mode.gateway"]) {
      assert.equal(byStatus(peering, "pass").filter((each) => each.id === id).length > 0, true, id);
    }
    for (const [id, needs] of [
      ["exports.consumers", 'mesh = "read"'],
      ["intentions.allowed", 'service_prefix "" { policy = "read" }'],
      ["imports.instances", 'service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }'],
      ["routing.peers", 'service_prefix "" { policy = "read" }'],
      ["gateways.registered", 'service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }'],
    ]) {
      const skipped = byStatus(peering, "skipped").filter((each) => each.id === id);
      assert.deepEqual(new Set(skipped.map((each) => each.needs)), new Set([needs]), id);
    }
    assert.ok(byStatus(peering, "skipped").every(({ needs }) => needs !== null));
    const sided = await asking('peering = "read"', { service: "web" });
    assert.deepEqual([sided.ok, sided.services[0].problems], [true, []], "what a gate has to know");

    const READS = [
      'peering = "read"',
      'mesh = "read"',
      'service_prefix "" { policy = "read" }',
      'node_prefix "" { policy = "read" }',
    ];
    const unread = await asking("");
    for (const id of checkIds()) {
      const needs = [unread, peering].flatMap((found) => byStatus(found, "skipped")).filter((each) => each.id === id);
      row(id, { skipped: [...new Set(needs.map((each) => each.needs))] });
    }
    // Without that mode, no gateway is needed.
    await put(east, { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } });
    const through = await asking('peering = "read"');
    const mode = byStatus(through, "skipped").filter((each) => each.id === "mode.gateway");
    assert.deepEqual(
      mode.map(({ cluster }) => cluster),
      [east.address],
    );
    row("mode.gateway", { skipped: mode.map(({ needs }) => needs) });
    await unset(east, "mesh", "mesh");
    const all = await asking(READS.join("\n"));
    assert.deepEqual([byStatus(all, "skipped"), all.ok], [[], true]);
    assert.equal(
      byStatus(unread, "pass").some(({ id }) => id.startsWith("exports") || id.startsWith("peering")),
      false,
    );
  });

  test("what a token hides is never a failure", async () => {
    const { SERVICES, NODES } = RULES;
    const WEB = 'service "web" { policy = "read" }';
    const hides = (kind) => `${kind} "other" { policy = "deny" }`;
    const INTENTIONS = 'service_prefix "" { policy = "read" intentions = "read" }';
    const BASE = ['peering = "read"', 'mesh = "read"'];
    await register(west, { Name: "other", Port: 9 });
    await allow(west, "other", "east");
    for (const agent of [east, west]) await put(agent, { Kind: "service-resolver", Name: "other" });
    for (const [rules, options, skipped] of [
      [[WEB, NODES], { service: "web" }, { "imports.instances": [SERVICES], "exports.sidecar": [SERVICES] }],
      [[WEB], { service: "web" }, { "imports.instances": [SERVICES, NODES], "exports.instances": [NODES] }],
      [[SERVICES], {}, { "imports.instances": [NODES], "gateways.registered": [NODES], "exports.sidecar": [NODES] }],
      [[NODES], {}, { "imports.instances": [SERVICES], "routing.peers": [SERVICES], "intentions.allowed": [SERVICES] }],
      // With a deny for one service or node, Consul hides every imported instance.
      [
        [SERVICES, NODES, hides("service")],
        {},
        { "imports.instances": [SERVICES, NODES], "routing.peers": [SERVICES] },
      ],
      [[SERVICES, NODES, hides("node")], {}, { "imports.instances": [SERVICES, NODES] }],
      [['service_prefix "" { policy = "read" intentions = "deny" }', NODES], {}, { "intentions.peers": [INTENTIONS] }],
    ]) {
      const found = await asking([...BASE, ...rules].join("\n"), options);
      assert.deepEqual([byStatus(found, "fail"), found.ok], [[], true], rules.join("\n"));
      for (const [id, needs] of Object.entries(skipped)) {
        const of = byStatus(found, "skipped").filter((each) => each.id === id);
        assert.deepEqual(new Set(of.map((each) => each.needs)), new Set([needs.join("\n")]), `${id}: ${rules}`);
      }
    }
    await unset(west, "service-intentions", "other");
    for (const agent of [east, west]) await unset(agent, "service-resolver", "other");
    await deregister(west, "other");
  });

  test("the command prints the config entry, and fails a pipeline by its exit code", async () => {
    const file = write("troubleshoot.json", {
      east: { address: east.address, token_env: "EAST_TOKEN" },
      west: { address: west.address, token_env: "WEST_TOKEN" },
    });
    const env = { EAST_TOKEN: east.token, WEST_TOKEN: west.token };
    const command = (...words) => run(["troubleshoot", ...words, "--clusters", file], { env });
    const fine = await command("east", "west");
    assert.equal(fine.code, 0, fine.err);
    assert.match(fine.out, /^web +east +west +yes +yes +1\/1 +none$/m);
    assert.match(fine.out, /^Call web by one .*\n {2}web\.service\.east\.peer\.consul\n.*\n {2}upstreams \{$/m);
    assert.equal((await command("east", "west", "--strict")).code, 0);
    const one = await command("east", "--a-name", "west");
    assert.match(one.out, /^web +east +west +yes +\? +1\/1 +none$/m, "west was not asked");
    const observed = await run(["read", "east", "--cluster", "west", "--clusters", file], { env });
    assert.match(observed.out, /^Call web by one .*\n {2}web\.service\.east\.peer\.consul\n.*\n {2}upstreams \{$/m);
    await unset(east, "service-intentions", "web");
    await becomes(east, "intentions.allowed", "fail");
    const failing = await command("east", "west", "--service", "web");
    assert.equal(failing.code, 3);
    assert.match(failing.out, /^fail intentions\.allowed on east$/m);
    assert.match(failing.out, /^ {4}Kind = "service-intentions"$/m);
    const json = await command("east", "west", "--json");
    assert.equal(json.code, 3);
    const { fix } = JSON.parse(json.out).checks.find(({ status }) => status === "fail");
    paste(east, fix);
    assert.equal((await command("east", "--a-name", "west")).code, 0);
    assertNoSecretPrinted();
  });

  test("the table of checks has what was observed", () => checkRows("make test", rows));
});
