// Real servers whose settings prevent a peering, or another server at the token's address: each refusal has its code
// and its fix, every leftover is reported, and the same call succeeds once the cause is removed.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer } from "node:tls";
import { startAgents } from "../consul/agent.js";
import {
  connect,
  establish,
  generateToken,
  isPeeringError,
  list,
  permissions,
  plan,
  read,
  remove,
  rotate,
} from "../../pkg/node.js";
import { makeCertificates } from "./certificates.js";
import { aclToken, peeringToken } from "./secrets.js";

const GATEWAYS = { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } };

let stop, us, gateways, guarded, plain, nopeer, bound, eu;
before(async () => {
  const started = await startAgents([
    { name: "us" },
    { name: "eu" },
    { name: "gateways" },
    { name: "guarded", acl: true },
    { name: "plain", config: { ports: { grpc_tls: -1 } } },
    { name: "nopeer", peering: false },
    { name: "bound", config: { bind_addr: "127.0.0.5" } },
  ]);
  stop = started.stop;
  ({ us, eu, gateways, guarded, plain, nopeer, bound } = started.agents);
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

/** A raw request, with the ACL token of the cluster. */
const request = ({ address, token = "" }, method, path, body) =>
  fetch(address + path, { method, headers: { "X-Consul-Token": token }, body: body && JSON.stringify(body) });

describe("servers that generate no tokens", () => {
  test("no mesh gateway is registered: refused before a write, and noted in the plan", async () => {
    const sides = [
      { cluster: gateways.address, peer_name: "us", server_external_addresses: [] },
      { cluster: us.address, peer_name: "gateways" },
    ];
    const codes = async (planned) => (await planned).notes.map(({ code }) => code);
    assert.deepEqual(await codes(plan(...sides)), []);
    await request(gateways, "PUT", "/v1/config", GATEWAYS);
    assert.deepEqual(await codes(plan(...sides)), ["no_gateway"]);
    for (const call of [() => connect(...sides), () => generateToken(gateways.address, { peer_name: "us" })]) {
      const error = await failure(call());
      assert.deepEqual([error.code, error.retryable, error.status], ["server_misconfigured", false, undefined]);
      assert.match(error.hint, /PeerThroughMeshGateways/);
      assert.deepEqual(error.left_behind, []);
    }
    assert.equal(await read(gateways.address, "us"), null);
    await request(gateways, "DELETE", "/v1/config/mesh/mesh");
    const { acceptor } = await connect(...sides);
    assert.equal(acceptor.state, "ACTIVE");
    await request(gateways, "PUT", "/v1/config", GATEWAYS);
    assert.deepEqual(await codes(plan(...sides)), [], "a linked pair needs no token");
    assert.deepEqual(await codes(rotate(...sides, { dryRun: true })), ["no_gateway"]);
    // A gateway that fails its health checks is enough for Consul.
    const gateway = { Kind: "mesh-gateway", Name: "gateway", Port: 8443, Address: "10.0.0.7", Check: { TTL: "60m" } };
    await request(gateways, "PUT", "/v1/agent/service/register", gateway);
    assert.deepEqual(await codes(rotate(...sides, { dryRun: true })), []);
    peeringToken(await generateToken(gateways.address, { peer_name: "other" }));
  });

  test("without the right to list services, Consul refuses, and the acceptor that stays is named", async () => {
    aclToken(guarded.token);
    await request(guarded, "PUT", "/v1/config", GATEWAYS);
    await request(guarded, "PUT", "/v1/acl/policy", { Name: "peer", Rules: 'peering = "write"' });
    const made = await request(guarded, "PUT", "/v1/acl/token", { Policies: [{ Name: "peer" }] });
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
    await request(guarded, "DELETE", "/v1/config/mesh/mesh");
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

describe("permissions and settings", { concurrency: true }, () => {
  let serial = 0;
  const name = (word) => `${word}-${++serial}`;

  /** An ACL token with these rules. */
  async function bearer(Rules) {
    const Name = name("policy");
    await request(guarded, "PUT", "/v1/acl/policy", { Name, Rules });
    const made = await request(guarded, "PUT", "/v1/acl/token", { Policies: [{ Name }] });
    return aclToken((await made.json()).SecretID);
  }

  test("a denied read fails long before the raw request, which takes twelve seconds", async () => {
    const unknown = aclToken(randomUUID());
    const powerless = await bearer('node_prefix "" { policy = "read" }');
    let answered = false;
    const slow = request({ address: guarded.address, token: unknown }, "GET", "/v1/peerings");
    slow.then(() => (answered = true)).catch(() => {});
    await Promise.all(
      [
        [undefined, "permission_denied"],
        [powerless, "permission_denied"],
        [unknown, "acl_token_unknown"],
      ].flatMap(([bad, code]) => {
        const cluster = { address: guarded.address, token: bad };
        return [read(cluster, "x"), list(cluster)].map(async (call) => {
          const error = await failure(call);
          assert.deepEqual([error.code, error.status, answered], [code, 403, false]);
        });
      }),
    );
    assert.equal((await slow).status, 403);
  });

  test("permissions: of a reader and a writer", async () => {
    const reader = { address: guarded.address, token: await bearer('peering = "read"') };
    const writer = { address: guarded.address, token: await bearer('peering = "write"') };
    assert.deepEqual(await permissions(reader), { read: true, write: false });
    assert.deepEqual(await permissions(writer), { read: true, write: true });
    assert.deepEqual(await permissions(guarded.address), { read: false, write: false });
    assert.deepEqual(await permissions(eu.address), { read: true, write: true }, "no ACLs");
    const unknown = { address: guarded.address, token: aclToken(randomUUID()) };
    assert.equal((await failure(permissions(unknown))).code, "acl_token_unknown");
    const peer_name = name("eu");
    assert.equal((await failure(generateToken(reader, { peer_name }))).code, "permission_denied");
    assert.equal(await read(reader, peer_name), null);
    const peering_token = peeringToken(await generateToken(writer, { peer_name }));
    assert.equal((await failure(remove(reader, peer_name))).code, "permission_denied");
    assert.equal((await establish(eu.address, { peer_name: name("guarded"), peering_token })).state, "ACTIVE");
    // The token of a spec overrides the cluster's.
    assert.equal((await remove(reader, { peer_name, token: writer.token })).peer_name, peer_name);
  });

  test("peering disabled is distinguished from slow", async () => {
    assert.equal((await failure(list(nopeer.address))).code, "peering_disabled");
    assert.equal((await failure(read(nopeer.address, "x"))).code, "peering_disabled");
  });
});
