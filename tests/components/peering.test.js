// The component `consul-peering` in Python: its operations against simulated and real Consul clusters, by the examples that
// users copy.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { read } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { startAgents } from "../consul/agent.js";
import { aclToken } from "../node/secrets.js";
import { HERE, HOSTS, PEERING, POLICY, ROOT } from "./place.js";

const run = promisify(execFile);
const PYTHON = `${HOSTS}python/bin/python`;
const INTERFACE = "consul-peering:component/peering@0.1.0";
const WASI = /^wasi:(io|clocks|http|random)\//;
const example = `${HOSTS}example/`;

mkdirSync(example, { recursive: true });
cpSync(PEERING, `${example}consul-peering.wasm`);
cpSync(POLICY, `${example}consul-peering-policy.wasm`);
for (const name of ["check_plan.py", "connect.py"]) cpSync(`${ROOT}examples/components/${name}`, example + name);

/** An example as its user runs it: its exit code and its output. */
const runExample = async (args, env = {}) =>
  run(PYTHON, args, { cwd: example, env: { ...process.env, ...env } }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );

async function call(calls) {
  const child = run(PYTHON, [`${HERE}python-host.py`, PEERING, INTERFACE]);
  child.child.stdin.end(JSON.stringify(calls));
  return JSON.parse((await child).stdout);
}

const at = (address, token = null) => ({ address, token, datacenter: null, partition: null, headers: [] });
const OPTIONS = { timeout: 60_000 };

test("consul-peering: of WASI it imports only what wasi:http needs", async () => {
  const { stdout } = await run(`${ROOT}target/tools/component`, ["--imports", PEERING]);
  const imports = stdout.trim().split("\n");
  assert.ok(imports.some((name) => name.startsWith("wasi:http/outgoing-handler@")));
  assert.deepEqual(
    imports.filter((name) => !WASI.test(name)),
    [],
  );
});

test("check_plan.py: prints each finding, and exits 1", async () => {
  const [bad, good] = await Promise.all(
    ["faults", "create"].map((name) => runExample(["check_plan.py", `${ROOT}tests/terraform/real/${name}.json`])),
  );
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /^error consul_peering\.dot The peer name "us\.east" has characters other than/m);
  assert.deepEqual(good, { code: 0, stdout: "" });
});

for (const [kind, start] of [
  ["simulated", startSimulated],
  ["real", startReal],
]) {
  describe(`consul-peering in Python, ${kind} clusters`, () => {
    let clusters;
    before(async () => (clusters = await start()));
    after(() => clusters.stop());

    test("connect.py: both sides are ACTIVE", async () => {
      const { east, west } = clusters;
      const env = { EAST_TOKEN: east.token, WEST_TOKEN: west.token };
      const { code, stdout, stderr } = await runExample(["connect.py", east.address, west.address], env);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "west acceptor ACTIVE\neast dialer ACTIVE\n");
      const there = await read({ address: west.address, token: west.token }, "east");
      assert.deepEqual([there.state, there.role], ["ACTIVE", "dialer"]);
    });

    test("read, list, permissions, wait, delete: as the package returns them", async () => {
      const { east } = clusters;
      const cluster = at(east.address, east.token);
      const [peering, list, permissions, active, absent] = await call([
        ["read", [cluster, "west", OPTIONS]],
        ["list-peerings", [cluster, OPTIONS]],
        ["permissions", [cluster, OPTIONS]],
        ["wait", [cluster, "west", "active", OPTIONS]],
        ["read", [cluster, "nothing", OPTIONS]],
      ]);
      const expected = await read({ address: east.address, token: east.token }, "west");
      const stable = ({ id, peer_name, state, role, peer_ca_pems }) => ({ id, peer_name, state, role, peer_ca_pems });
      assert.deepEqual(stable(JSON.parse(peering)), stable(expected));
      assert.deepEqual(Object.keys(JSON.parse(peering)), Object.keys(expected));
      assert.deepEqual(JSON.parse(list).map(stable), [stable(expected)]);
      assert.deepEqual(permissions, { read: true, write: true });
      assert.equal(JSON.parse(active).state, "ACTIVE");
      assert.equal(absent, null);
      const [deleted, gone] = await call([
        ["delete", [cluster, "west", true, OPTIONS]],
        ["read", [cluster, "west", OPTIONS]],
      ]);
      assert.deepEqual([JSON.parse(deleted).id, gone], [expected.id, null]);
    });

    test("an ACL token that Consul does not know: a coded error without the token", async () => {
      const unknown = aclToken("00000000-aaaa-bbbb-cccc-000000000099");
      const [error] = await call([["read", [at(clusters.east.address, unknown), "west", OPTIONS]]]);
      assert.equal(error.code, "acl_token_unknown");
      assert.ok(!JSON.stringify(error).includes(unknown));
    });
  });
}

test("invalid arguments: nothing is sent, and each has a finding", async () => {
  const [error] = await call([["read", [at("http://user:password@127.0.0.1:1"), "Not_OK", OPTIONS]]]);
  assert.equal(error.code, "invalid");
  assert.deepEqual(
    error.findings.map(({ rule }) => rule),
    ["credentials", "lower_case", "characters"],
  );
  assert.ok(!JSON.stringify(error).includes("password@"));
});

async function startSimulated() {
  const simulator = await startSimulator({
    speed: 10,
    clusters: ["east", "west"].map((name) => ({ name, acl: true })),
  });
  const { east, west } = simulator.clusters;
  return { east, west, stop: () => simulator.stop() };
}

async function startReal() {
  const { agents, stop } = await startAgents([
    { name: "east", acl: true },
    { name: "west", acl: true },
  ]);
  return { ...agents, stop };
}
