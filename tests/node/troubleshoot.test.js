// troubleshoot as a function: its arguments, its requests, and the effect of a missing response. The native tests cover
// its checks, real-troubleshoot.test.js real clusters.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { troubleshoot } from "../../pkg/node.js";
import { aclToken } from "./secrets.js";

const READS = ["peering", "mesh", "operator", "intention", "node", "service", "service"];
const json = (value, status = 200) => new Response(JSON.stringify(value), { status });
const COMPLETE = { "X-Consul-Results-Filtered-By-ACLs": "false" };
const absent = () => new Response('Config entry not found for "x" / "x"', { status: 404 });

/** A cluster without services; `answers` by path replace its responses. */
function cluster(answers = {}) {
  const asked = [];
  const own = {
    "/v1/internal/acl/authorize": () => json(READS.map(() => ({ Allow: true }))),
    "/v1/connect/ca/roots": () => json({ TrustDomain: "t.consul" }),
    "/v1/catalog/datacenters": () => json(["dc1"]),
    "/v1/catalog/services": () => json({}),
    "/v1/connect/intentions/check": () => json({ Allowed: true }),
    ...answers,
  };
  const fetch = async (url, { method, headers }) => {
    const { pathname, search } = new URL(url);
    asked.push({ method, path: pathname + search, headers });
    const isEntry = /^\/v1\/config\/[^/]+\/[^/]+$/.test(pathname);
    return own[pathname]?.() ?? (isEntry ? absent() : json([]));
  };
  return { asked, cluster: { address: "http://c.example:8500", fetch } };
}

const rejection = (promise) =>
  promise.then(
    () => assert.fail("it resolved"),
    (error) => error,
  );

describe("troubleshoot", () => {
  test("only reads, each path once", async () => {
    const { asked, cluster: c } = cluster();
    const { ok, checks } = await troubleshoot({ cluster: c, peer_name: "us" }, null, { service: "a/b" });
    assert.equal(ok, false);
    assert.equal(checks.find(({ id }) => id === "peering.state").message, "the peering does not exist");
    const writes = asked.filter(({ method, path }) => method !== "GET" && path !== "/v1/internal/acl/authorize");
    assert.deepEqual(writes, []);
    const paths = asked.map(({ path }) => path);
    assert.ok(paths.includes("/v1/health/service/a%2Fb"), paths.join(" "));
    const twice = paths.filter((path, index) => paths.indexOf(path) !== index);
    assert.deepEqual(new Set(twice), new Set(["/v1/catalog/datacenters"]));
  });

  test("invalid arguments are rejected before a request", async () => {
    const { asked, cluster: c } = cluster();
    const side = { cluster: c, peer_name: "us" };
    for (const [args, field] of [
      [[], "side"],
      [[{ peer_name: "us" }], "side"],
      [[{ cluster: c, peer_name: "US" }], "side.peer_name"],
      [[side, { cluster: c }], "other.peer_name"],
      [[side, 7], "other"],
      [[side, null, { service: 7 }], "options.service"],
      [[side, undefined, { service: "" }], "options.service"],
      [[side, undefined, { timeout: -1 }], "options.timeout"],
    ]) {
      const { code, findings, operation } = await rejection(troubleshoot(...args));
      assert.deepEqual([code, operation, findings[0].field], ["invalid", "troubleshoot", field]);
    }
    assert.deepEqual(asked, []);
  });

  test("a missing response skips only its own checks", async () => {
    const refused = () => new Response("Endpoint is blocked by agent configuration", { status: 403 });
    const { cluster: c } = cluster({ "/v1/connect/intentions": refused });
    const { checks } = await troubleshoot({ cluster: c, peer_name: "us" });
    const peers = checks.find(({ id }) => id === "intentions.peers");
    assert.deepEqual([peers.status, peers.needs], ["skipped", null]);
    assert.match(peers.message, /blocked by agent configuration/);
    assert.equal(checks.find(({ id }) => id === "routing.peers").status, "pass");
  });

  test("a list from which Consul has left something out skips its checks, and names the rules", async () => {
    const headers = { "X-Consul-Results-Filtered-By-ACLs": "true" };
    const needs = {
      "/v1/connect/intentions": ["intentions.peers", 'service_prefix "" { policy = "read" }'],
      "/v1/config/service-resolver": ["routing.peers", 'service_prefix "" { policy = "read" }'],
      "/v1/catalog/services": [
        "gateways.registered",
        'service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }',
      ],
    };
    for (const [path, [id, rules]] of Object.entries(needs)) {
      const empty = path === "/v1/catalog/services" ? "{}" : "[]";
      const { cluster: c } = cluster({ [path]: () => new Response(empty, { headers }) });
      const { checks } = await troubleshoot({ cluster: c, peer_name: "us" });
      const found = checks.find((check) => check.id === id);
      assert.deepEqual([found.status, found.needs], ["skipped", rules], path);
      const complete = cluster({ [path]: () => new Response(empty, { headers: { ...headers, ...COMPLETE } }) });
      const all = await troubleshoot({ cluster: complete.cluster, peer_name: "us" });
      assert.notEqual(all.checks.find((check) => check.id === id).needs, rules, path);
    }
  });

  test("unknown permissions count as missing", async () => {
    const { asked, cluster: c } = cluster({ "/v1/internal/acl/authorize": () => new Response("no", { status: 500 }) });
    const { checks } = await troubleshoot({ cluster: c, peer_name: "us" });
    assert.equal(checks.find(({ id }) => id === "routing.peers").status, "skipped");
    assert.ok(asked.every(({ path }) => !path.startsWith("/v1/health") && path !== "/v1/peerings"));
  });

  test("disabled ACLs allow everything", async () => {
    const off = () => new Response("ACL support disabled", { status: 401 });
    const { cluster: c } = cluster({ "/v1/internal/acl/authorize": off });
    const { checks } = await troubleshoot({ cluster: c, peer_name: "us" });
    assert.deepEqual(
      checks.filter(({ needs }) => needs !== null),
      [],
    );
  });

  test("an unreachable cluster is an error without a secret", async () => {
    const token = aclToken("11111111-2222-4333-8444-555555555555");
    const unknown = () => new Response(`ACL not found: ${token}`, { status: 403 });
    const { cluster: c } = cluster({ "/v1/internal/acl/authorize": unknown });
    const error = await rejection(troubleshoot({ cluster: c, peer_name: "us", token }));
    assert.deepEqual([error.code, error.cluster], ["acl_token_unknown", c.address]);
    assert.ok(!JSON.stringify(error).includes(token) && !error.stack.includes(token));
  });
});
