// Servers and fetch functions that repeat what they were sent: no error contains a secret.
import "./virtual-time.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, establish, list, read } from "../../pkg/node.js";
import { aclToken } from "./secrets.js";
import { ACL, SECRET, TOKEN, absent, assertNoSecret, busy, failure, ok, spec, stub } from "./stub-server.js";

describe("secrets", { concurrency: true }, () => {
  const cluster = (answer, more) => stub(answer, { token: ACL, ...more }).cluster;
  const reported = [];
  const onProgress = (it) => reported.push(it);
  /** A cluster without peerings, whose POST requests are answered by `answer`. */
  const posting = (answer) => cluster((url, init) => (init.method === "GET" ? absent() : answer(url, init)));

  test("a server that echoes the request", async () => {
    const echo = (url, init) => busy(500, `cannot use ${init.body} of ${init.headers["X-Consul-Token"]}`);
    await failure(read(cluster(echo), "us", { onProgress }), "server_error");
    await failure(establish(posting(echo), spec, { onProgress }), "server_error");
    const decoded = () => busy(500, `secret ${SECRET} of ${TOKEN}`);
    await failure(establish(posting(decoded), spec, { onProgress }), "server_error");
    const limited = () => busy(429, `${SECRET} ${TOKEN} ${ACL}`);
    await failure(establish(posting(limited), spec, { timeout: 800, onProgress }), "rate_limited");
    const page = () => busy(503, `${ACL}: later`);
    await failure(list(cluster(page), { timeout: 800, onProgress }), "server_error");
    assert.ok(reported.some(({ kind }) => kind === "retry"));
    reported.forEach((it) => assertNoSecret(it));
  });

  test("an ACL token in the place of a name, an address or a token: the findings do not contain it", async () => {
    const secrets = ["Acl_token-1234", "acl_token-1234"];
    const secret = aclToken(secrets[0]);
    const one = { address: "http://127.0.0.1:9", token: secret };
    const found = (error) => (assert.ok(error.findings.length > 0), assertNoSecret(error, secrets));
    found(await failure(read(one, secret), "invalid"));
    found(await failure(read({ ...one, datacenter: `${secret}!` }, "us"), "invalid"));
    found(await failure(list({ ...one, address: `ftp://${secret}` }), "invalid"));
    found(
      await failure(
        establish(one, { peer_name: "us", peering_token: secret, meta: { [`${secret}!`]: "" } }),
        "invalid",
      ),
    );
    found(
      await failure(
        establish("http://127.0.0.1:9", { peer_name: secret, peering_token: TOKEN, token: secret }),
        "invalid",
      ),
    );
    found(await failure(connect({ cluster: one, peer_name: secret }, { cluster: one, peer_name: "us" }), "invalid"));
  });

  test("a token in several lines, echoed", async () => {
    const lines = TOKEN.replace(/.{64}/g, "$&\n");
    const parts = [SECRET, ...lines.split("\n").filter((line) => line.length > 20)];
    for (const echo of [(url, { body }) => busy(500, body), () => busy(500, TOKEN)]) {
      const error = await failure(establish(posting(echo), { ...spec, peering_token: lines }), "server_error");
      assertNoSecret(error, parts);
    }
  });

  test("a custom fetch whose error contains the request", async () => {
    const inMessage = (url, init) => {
      throw new Error(`cannot send ${JSON.stringify(init)}`);
    };
    const asText = (url, init) => Promise.reject(`${JSON.stringify(init.headers)} ${init.body}`);
    for (const fetch of [inMessage, asText]) {
      await failure(read(cluster(fetch), "us", { onProgress }), "network");
      await failure(establish(posting(fetch), spec, { onProgress }), "network");
    }
    reported.forEach((it) => assertNoSecret(it));
  });

  const carries = (put) => (url, init) => {
    const error = new Error("it failed");
    put(error, init);
    throw error;
  };
  for (const [where, fetch] of Object.entries({
    "in a member": carries((error, init) => (error.config = { url: "x", headers: init.headers, data: init.body })),
    "in its cause": carries((error, { headers }) => (error.cause = new Error(`bad ${headers["X-Consul-Token"]}`))),
    "in a cause two levels down": carries((error, { headers }) => {
      error.cause = new Error("outer", { cause: new Error(`inner ${headers["X-Consul-Token"]}`) });
    }),
    "in a member of its cause": carries((error, init) => (error.cause = Object.assign(new Error("a"), { init }))),
    "in a member that is not enumerable": carries((error, init) =>
      Object.defineProperty(error, "request", { value: init }),
    ),
    "in an AggregateError": (url, { headers }) =>
      Promise.reject(new AggregateError([new Error(headers["X-Consul-Token"])], "all failed")),
    "as an object that is no Error": (url, init) => Promise.reject({ message: "it failed", request: init }),
  })) {
    test(`a custom fetch whose error has the request ${where}`, async () => {
      await failure(read(cluster(fetch), "us"), "network");
      await failure(establish(posting(fetch), spec), "network");
    });
  }

  test("an error contains neither credentials of an address nor an invalid token", async () => {
    for (const token of [`${ACL}\n`, ` ${ACL}`, `${ACL} x`, `${ACL}é`]) {
      const { cluster } = stub(() => ok(), { token });
      await failure(read(cluster, "us"), "invalid");
      await failure(read(cluster.address, { peer_name: "us", token }), "invalid");
    }
    for (const token of [`${TOKEN}!`, TOKEN.slice(0, -3), `${TOKEN}${TOKEN}`, `a ${TOKEN}`]) {
      await failure(establish("http://eu.test", { ...spec, peering_token: token }), "invalid");
    }
  });

  test("redacting a header's value does not change the error code", async () => {
    const headers = { "X-Service": "peering", "X-Why": "Permission denied" };
    const denied = () => busy(403, "Permission denied: token lacks permission 'peering:read'");
    await failure(read(cluster(denied, { headers }), "us"), "permission_denied");
    const disabled = () => busy(500, "peering must be enabled to use this endpoint");
    await failure(read(cluster(disabled, { headers }), "us"), "peering_disabled");
  });
});
