// Real servers whose settings prevent a peering, or another server at the token's address: each refusal has its code
// and its fix, every leftover is reported, and the same call succeeds once the cause is removed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer } from "node:tls";
import { startAgents } from "../consul/agent.js";
import { connect, establish, generateToken, isPeeringError, plan, read, rotate } from "../../pkg/node.js";
import { makeCertificates } from "./certificates.js";
import { aclToken, peeringToken } from "./secrets.js";

const GATEWAYS = { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } };

let stop, us, gateways, guarded, plain, bound, eu;
before(async () => {
  const started = await startAgents([
    { name: "us" },
    { name: "eu" },
    { name: "gateways" },
    { name: "guarded", acl: true },
    { name: "plain", config: { ports: { grpc_tls: -1 } } },
    { name: "bound", config: { bind_addr: "127.0.0.5" } },
  ]);
  stop = started.stop;
  ({ us, eu, gateways, guarded, plain, bound } = started.agents);
});
after(() => stop?.());

async function failure(promise) {
  const error = await promise.then(
    () => assert.fail("resolved"),
    (error) => error,
  );
  assert.ok(isPeeringError(error), String(error));
  return error;
}

const token = async (agent, peer_name, server_external_addresses) =>
  peeringToken(await generateToken(agent.address, { peer_name, server_external_addresses }));

describe("servers that generate no tokens", () => {
  const put = ({ address, token = "" }, method, path, body) =>
    fetch(address + path, { method, headers: { "X-Consul-Token": token }, body: body && JSON.stringify(body) });

  test("no mesh gateway is registered: refused before a write, and noted in the plan", async () => {
    const sides = [
      { cluster: gateways.address, peer_name: "us", server_external_addresses: [] },
      { cluster: us.address, peer_name: "gateways" },
    ];
    const codes = async (planned) => (await planned).notes.map(({ code }) => code);
    assert.deepEqual(await codes(plan(...sides)), []);
    await put(gateways, "PUT", "/v1/config", GATEWAYS);
    assert.deepEqual(await codes(plan(...sides)), ["no_gateway"]);
    for (const call of [() => connect(...sides), () => generateToken(gateways.address, { peer_name: "us" })]) {
      const error = await failure(call());
      assert.deepEqual([error.code, error.retryable, error.status], ["server_misconfigured", false, undefined]);
      assert.match(error.hint, /PeerThroughMeshGateways/);
      assert.deepEqual(error.left_behind, []);
    }
    assert.equal(await read(gateways.address, "us"), null);
    await put(gateways, "DELETE", "/v1/config/mesh/mesh");
    const { acceptor } = await connect(...sides);
    assert.equal(acceptor.state, "ACTIVE");
    await put(gateways, "PUT", "/v1/config", GATEWAYS);
    assert.deepEqual(await codes(plan(...sides)), [], "a linked pair needs no token");
    assert.deepEqual(await codes(rotate(...sides, { dryRun: true })), ["no_gateway"]);
    // A gateway that fails its health checks is enough for Consul.
    const gateway = { Kind: "mesh-gateway", Name: "gateway", Port: 8443, Address: "10.0.0.7", Check: { TTL: "60m" } };
    await put(gateways, "PUT", "/v1/agent/service/register", gateway);
    assert.deepEqual(await codes(rotate(...sides, { dryRun: true })), []);
    peeringToken(await generateToken(gateways.address, { peer_name: "other" }));
  });

  test("without the right to list services, Consul refuses, and the acceptor that stays is named", async () => {
    aclToken(guarded.token);
    await put(guarded, "PUT", "/v1/config", GATEWAYS);
    await put(guarded, "PUT", "/v1/acl/policy", { Name: "peer", Rules: 'peering = "write"' });
    const made = await put(guarded, "PUT", "/v1/acl/token", { Policies: [{ Name: "peer" }] });
    const token = aclToken((await made.json()).SecretID);
    const sides = [
      { cluster: { address: guarded.address, token }, peer_name: "us", server_external_addresses: [] },
      { cluster: us.address, peer_name: "guarded" },
    ];
    assert.deepEqual((await plan(...sides)).notes, []);
    const error = await failure(connect(...sides));
    assert.deepEqual([error.code, error.retryable, error.status], ["server_misconfigured", false, 500]);
    assert.match(error.hint, /PeerThroughMeshGateways/);
    const left = error.left_behind.map(({ cluster, peer_name }) => [cluster, peer_name]);
    assert.deepEqual(left, [[guarded.address, "us"]]);
    await put(guarded, "DELETE", "/v1/config/mesh/mesh");
    assert.equal((await connect(...sides)).acceptor.state, "ACTIVE");
  });

  test("TLS for gRPC is disabled: refused before a write", async () => {
    const error = await failure(generateToken(plain.address, { peer_name: "us" }));
    assert.deepEqual([error.code, error.retryable, error.left_behind], ["server_misconfigured", false, []]);
    assert.match(error.hint, /grpc_tls = 8503/);
    assert.equal(await read(plain.address, "us"), null);
  });
});

describe("something else at the token's address", () => {
  test("only bind_addr is set: the hint names the listener's address, without leftovers", async () => {
    const peering_token = await token(bound, "us");
    const error = await failure(establish(us.address, { peer_name: "bound", peering_token }));
    assert.deepEqual([error.code, error.retryable, error.left_behind], ["unreachable", true, []]);
    assert.match(error.message, /127\.0\.0\.5:\d+: connect: connection refused$/);
    assert.match(error.hint, /client_addr.*grpc_tls = "0\.0\.0\.0"/);
    assert.equal(await read(us.address, "bound"), null);
  });

  test("a port without TLS: the hint names the port to use, and the token stays valid", async () => {
    const automatic = await token(eu, "other");
    const { port } = new URL(eu.address);
    const wrong = await token(eu, "us", [`127.0.0.1:${port}`]);
    const error = await failure(establish(us.address, { peer_name: "eu", peering_token: wrong }));
    assert.deepEqual([error.code, error.retryable, error.left_behind], ["tls_failed", false, []]);
    assert.match(error.hint, /8503.*8502/);
    assert.equal(await read(us.address, "eu"), null);
    assert.equal((await establish(us.address, { peer_name: "eu", peering_token: automatic })).state, "ACTIVE");
  });

  test("a proxy that terminates TLS: the hint says to pass TCP through", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "refusals-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const { server } = makeCertificates(folder, "lb");
    const proxy = createServer({ cert: readFileSync(server.cert_file), key: readFileSync(server.key_file) });
    proxy.on("connection", (socket) => socket.on("error", () => {}));
    proxy.listen(0, "127.0.0.1");
    t.after(() => proxy.close());
    await once(proxy, "listening");
    const peering_token = await token(eu, "proxied", [`127.0.0.1:${proxy.address().port}`]);
    const error = await failure(establish(us.address, { peer_name: "proxied", peering_token }));
    assert.deepEqual([error.code, error.retryable, error.left_behind], ["tls_failed", false, []]);
    assert.match(error.message, /certificate is valid for server\.lb\.consul/);
    assert.match(error.hint, /terminates TLS.*Pass TCP through/);
  });
});
