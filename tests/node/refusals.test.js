// Consul's refusals for a caller of the package: the code, retryable, the hint and the leftovers. The texts are
// Consul's; the clusters are functions.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as consul from "../../pkg/node.js";
import { peeringToken } from "./secrets.js";

const { establish, generateToken, list, read } = consul;
const ABSENT = [404, 'Peering not found for "x"'];
const TOKEN = peeringToken(
  Buffer.from(
    JSON.stringify({
      CA: null,
      ServerAddresses: ["10.0.0.1:8503"],
      ServerName: "server.eu.peering.66666666-7777-8888-9999-000000000000.consul",
      PeerID: "11111111-2222-3333-4444-555555555555",
      EstablishmentSecret: "22222222-3333-4444-5555-666666666666",
    }),
  ).toString("base64"),
);
const ACCEPTOR = { ID: "1", Name: "x", State: "PENDING", StreamStatus: {}, CreateIndex: 7, ModifyIndex: 7 };

/** A cluster with responses by method and path: a status and a text, a function that returns them, or none. */
function cluster(answers) {
  const requests = [];
  const fetch = (url, { method, body }) => {
    const request = `${method} ${new URL(url).pathname}`;
    requests.push(request);
    const answer = answers[request];
    if (answer === "never") return new Promise(() => {});
    const [status, text] = (typeof answer === "function" ? answer(body) : answer) ?? [500, "boom"];
    return Promise.resolve(new Response(text, { status }));
  };
  return { cluster: { address: "http://c", fetch }, requests };
}

async function failure(promise) {
  const error = await promise.then(
    () => assert.fail("resolved"),
    (error) => error,
  );
  assert.ok(consul.isPeeringError(error), String(error));
  return error;
}

describe("settings of the servers", () => {
  for (const [text, setting] of [
    [
      "servers are configured to PeerThroughMeshGateways, but no mesh gateway instances are registered",
      /PeerThroughMeshGateways/,
    ],
    ["a grpc bind port must be specified in the configuration for all servers", /ports { grpc_tls = 8503 }/],
    ["TLS for gRPC must be enabled when generating peering tokens", /ports { grpc_tls = 8503 }/],
  ]) {
    test(`${text}: not retryable, the hint names the setting, the acceptor is reported`, async () => {
      let isWritten = false;
      const stub = cluster({
        "GET /v1/peering/x": () => (isWritten ? [200, JSON.stringify(ACCEPTOR)] : ABSENT),
        "POST /v1/peering/token": () => ((isWritten = true), [500, text]),
      });
      const error = await failure(generateToken(stub.cluster, { peer_name: "x" }));
      assert.deepEqual([error.code, error.retryable, error.status], ["server_misconfigured", false, 500]);
      assert.match(error.hint, setting);
      assert.equal(error.left_behind.length, 1);
      assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["token_lost", "PENDING"]);
      assert.equal(stub.requests.filter((request) => request.startsWith("POST")).length, 1, "sent once");
    });
  }

  test("an older token may be invalid", async () => {
    const stub = cluster({
      "GET /v1/peering/x": [200, JSON.stringify(ACCEPTOR)],
      "POST /v1/peering/token": [500, "a grpc bind port must be specified in the configuration for all servers"],
    });
    const { left_behind } = await failure(generateToken(stub.cluster, { peer_name: "x" }));
    assert.equal(left_behind[0].code, "secret_replaced");
  });
});

describe("the exchange at the token's addresses", () => {
  const bullet = (address, reason) =>
    `\t* failed to exchange peering secret through address "${address}": rpc error: code = Unavailable desc = connection error: desc = "transport: ${reason}"`;
  const refused = (...bullets) => [503, `${bullets.length} errors occurred:\n${bullets.join("\n")}\n\n`];
  const PLAINTEXT = "authentication handshake failed: tls: first record does not look like a TLS handshake";
  const REFUSED = "Error while dialing: dial tcp 10.0.0.1:8503: connect: connection refused";

  async function established(...bullets) {
    const stub = cluster({
      "GET /v1/peering/x": ABSENT,
      "GET /v1/connect/ca/roots": [200, '{"TrustDomain":"t.consul"}'],
      "GET /v1/catalog/datacenters": [200, '["us"]'],
      "POST /v1/peering/establish": refused(...bullets),
    });
    return failure(establish(stub.cluster, { peer_name: "x", peering_token: TOKEN }));
  }

  test("a failed TLS handshake is tls_failed, not retryable", async () => {
    const { code, retryable, hint } = await established(bullet("10.0.0.1:8502", PLAINTEXT));
    assert.deepEqual([code, retryable], ["tls_failed", false]);
    assert.match(hint, /8502/);
  });

  test("several addresses: each distinct reason and each hint once", async () => {
    const plain = ["10.0.0.1:8502", "10.0.0.2:8502"].map((address) => bullet(address, PLAINTEXT));
    const error = await established(...plain, bullet("10.0.0.1:8503", REFUSED), ...plain);
    assert.deepEqual([error.code, error.retryable], ["unreachable", true]);
    assert.match(error.message, /10\.0\.0\.1:8502, 10\.0\.0\.2:8502: authentication/);
    assert.equal(error.message.split("first record").length, 2, error.message);
    assert.equal(error.hint.split("8502").length, 2, error.hint);
    assert.match(error.hint, /client_addr/);
  });

  test("an unknown host name: the hint names the dialing servers' DNS, not retryable", async () => {
    const lookup = "Error while dialing: dial tcp: lookup lb.example on 10.0.0.53:53: no such host";
    const { code, retryable, hint } = await established(bullet("lb.example:8503", lookup));
    assert.deepEqual([code, retryable], ["unreachable", false]);
    assert.match(hint, /dialing cluster's servers.*DNS/);
  });
});

describe("routing to the leader", () => {
  const text =
    'last connection error: connection error: desc = "transport: Error while dialing: failed to find Consul server for global address \\"dc1-10.0.0.1:8300\\""';

  test("an agent without a route to its leader: the hint names another target", async () => {
    const stub = cluster({ "GET /v1/peerings": [503, text] });
    // The next attempt would come after this time.
    const { code, retryable, hint } = await failure(list(stub.cluster, { timeout: 200 }));
    assert.deepEqual([code, retryable], ["leader_unreachable", false]);
    assert.match(hint, /leader itself or to another server.*advertise_addr/);
  });

  test("is retried, as after an election", async () => {
    let asked = 0;
    const stub = cluster({ "GET /v1/peerings": () => (asked++ === 0 ? [503, text] : [200, "[]"]) });
    assert.deepEqual(await list(stub.cluster), []);
    assert.equal(asked, 2);
  });
});

for (const text of ["peering must be enabled to use this endpoint", "peering is disabled"]) {
  test(`${text}: a slow read rejects without waiting for its response`, async () => {
    const stub = cluster({
      "GET /v1/peering/x": "never",
      "POST /v1/internal/acl/authorize": [401, "ACL support disabled"],
      "POST /v1/peering/token": [500, text],
    });
    assert.equal((await failure(read(stub.cluster, "x"))).code, "peering_disabled");
  });
}

test("the cluster's own token keeps Consul's advice about partitions", async () => {
  const stub = cluster({
    "GET /v1/peering/x": ABSENT,
    "GET /v1/connect/ca/roots": [200, '{"TrustDomain":"66666666-7777-8888-9999-000000000000.consul"}'],
    "GET /v1/catalog/datacenters": [200, '["eu"]'],
  });
  const { code, hint } = await failure(establish(stub.cluster, { peer_name: "x", peering_token: TOKEN }));
  assert.equal(code, "same_cluster");
  assert.match(hint, /Export between partitions without peering: see exported-services\.$/);
});
