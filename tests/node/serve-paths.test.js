// Paths, methods, parameters and bodies that the page's server does not forward: each is refused, and none reaches a cluster.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { line, page, read, refused, server } from "./guarded-page.js";
import { ask, raw } from "./serving.js";

describe("paths", () => {
  const cluster = () => `${page.path}clusters/eu/`;
  /** None of these is accepted as another spelling of a path. */
  const tricks = () => [
    `${cluster()}v1/peering/../peerings`,
    `${cluster()}v1/../v1/peerings`,
    `${cluster()}../eu/v1/peerings`,
    `${cluster()}./v1/peerings`,
    `${cluster()}v1/./peerings`,
    `${cluster()}v1/%2e%2e/v1/peerings`,
    `${cluster()}v1/%2E./v1/peerings`,
    `${cluster()}v1%2Fpeerings`,
    `${cluster()}v1%2fpeerings`,
    `${cluster()}v1%5cpeerings`,
    `${cluster()}v1\\peerings`,
    `${cluster()}v1/..\\peerings`,
    `${cluster()}v1//peerings`,
    `${cluster()}/v1/peerings`,
    `/${cluster()}v1/peerings`,
    `//evil.example${cluster()}v1/peerings`,
    `${page.path}clusters//eu/v1/peerings`,
    `${page.path}clusters/%65u/v1/peerings`,
    `${page.path}clusters/e%75/v1/peerings`,
    `${page.path}clusters/eu%00/v1/peerings`,
    `${page.path}clusters/EU/v1/peerings`,
    `${page.path}Clusters/eu/v1/peerings`,
    `${page.path}clusters/toString/v1/peerings`,
    `${page.path}clusters/__proto__/v1/peerings`,
    `${page.path}clusters/us/v1/peerings`,
    `${page.path}clusters/us.west-1./v1/peerings`,
    `${page.path}clusters/eu`,
    `${cluster()}`,
    `${cluster()}v1`,
    `${cluster()}v1/`,
    `${cluster()}v1/peerings/`,
    `${cluster()}V1/peerings`,
    `${cluster()}v1/Peerings`,
    `${cluster()}v1/PEERINGS`,
    `${cluster()}v1/peerings;`,
    `${cluster()}v1/peerings;x=y`,
    `${cluster()}v1;/peerings`,
    `${cluster()}v1/peerings%20`,
    `${cluster()}v1/peerings%00`,
    `${cluster()}v1/peerings%0d%0aX-A:b`,
    `${cluster()}v1/peerings%3Findex=1`,
    `${cluster()}v1/peerings#`,
    `${cluster()}v1/peerings??`,
    `${cluster()}v1/peerings?&`,
    `${cluster()}v1/peerings.json`,
    `${cluster()}v1/peering`,
    `${cluster()}v1/peering/`,
    `${cluster()}v1/peering/us/`,
    `${cluster()}v1/peering/us/x`,
    `${cluster()}v1/peering/US`,
    `${cluster()}v1/peering/u%73`,
    `${cluster()}v1/peering/-`,
    `${cluster()}v1/peering/us-`,
    `${cluster()}v1/peering/u_s`,
    `${cluster()}v1/peering/u.s`,
    `${cluster()}v1/peering/ü`,
    `${cluster()}v1/peering/${"x".repeat(64)}`,
    `${cluster()}v1/peering/${"x".repeat(8000)}`,
    `${page.path}${"a/".repeat(4000)}`,
    `http://${server.host}${cluster()}v1/peerings`,
    `http://evil.example${cluster()}v1/peerings`,
    `HTTP://${server.host}${cluster()}v1/peerings`,
    "*",
    "v1/peerings",
    `${page.path}../etc/passwd`,
    `${page.path}..%2f..%2fpackage.json`,
    `${page.path}%2e%2e/server.js`,
    `${page.path}index.html/`,
    `${page.path}INDEX.HTML`,
    `${page.path}app.js%00.html`,
    `${page.path}.`,
    `${page.path}.env`,
  ];

  test("malformed paths, byte by byte as no browser sends them", async () => {
    for (const target of tricks()) {
      for (const method of ["GET", "DELETE"]) {
        const { status, text } = await line(method, target);
        assert.ok([400, 401, 404, 405].includes(status), `${method} ${target}: ${text.slice(0, 80)}`);
      }
    }
  });

  test("other paths of Consul are not forwarded", async () => {
    for (const path of [
      ...[
        "agent/self",
        "agent/reload",
        "agent/leave",
        "agent/token/default",
        "agent/metrics",
        "agent/service/register",
      ],
      ...[
        "acl/tokens",
        "acl/token/self",
        "acl/bootstrap",
        "acl/login",
        "internal/ui/services",
        "internal/acl/authorizex",
      ],
      ...["kv/x", "kv/", "catalog/nodes", "catalog/register", "connect/ca/configuration", "connect/ca/leaf/x"],
      ...["config", "exported-services", "health/node/x", "operator/raft/peer"],
      ...["operator/keyring", "snapshot", "session/create", "txn", "query", "event/fire/x", "status/leader", "peering"],
      ...["imported-services", "internal/peering", "partitions", "namespaces", "discovery-chain/x", "coordinate/nodes"],
    ]) {
      for (const method of ["GET", "POST", "DELETE"]) {
        await refused(404, `clusters/eu/v1/${path}`, { method });
      }
    }
    for (const path of ["clusters/eu/ui/", "clusters/eu/v2/peerings", "clusters/eu/", "clusters/", "clusters"]) {
      await refused(404, path);
    }
  });

  test("an oversized target is refused before it is parsed", async () => {
    assert.equal((await line("GET", `${cluster()}v1/peering/${"x".repeat(20_000)}`)).status, 431);
  });
});

describe("methods", () => {
  const GET = ["peerings", "connect/ca/roots", "catalog/datacenters", "agent/version"];
  const POST = ["peering/token", "peering/establish", "internal/acl/authorize"];
  const all = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
  const only = async (path, ...passing) => {
    for (const method of all.filter((method) => !passing.includes(method))) {
      const { headers } = await refused(405, path, { method });
      assert.equal(headers.allow, passing.join(", "), `${method} ${path}`);
    }
  };

  test("each path has only its own methods", async () => {
    for (const path of GET) await only(`clusters/eu/v1/${path}`, "GET");
    for (const path of POST) await only(`clusters/eu/v1/${path}`, "POST");
    await only("clusters/eu/v1/peering/us", "GET", "DELETE");
    for (const path of ["", "app.js", "clusters.json"]) await only(path, "GET");
  });

  test("similar method names are refused", async () => {
    for (const method of ["get", "GETX", "DELETE\u00a0"]) {
      assert.equal((await line(method, page.path + read)).status, 400, method);
    }
  });

  test("CONNECT and an upgrade are refused", async () => {
    const tunnel = await raw(server.port, ["CONNECT 127.0.0.1:8500 HTTP/1.1", `Host: ${server.host}`]);
    assert.equal(tunnel.text, "");
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="];
    const { text } = await line("GET", `${page.path}nothing`, upgrade);
    assert.doesNotMatch(text, /101/);
    assert.equal(
      (await line("GET", `${page.path}nothing`, ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"])).status,
      404,
    );
  });
});

describe("parameters", () => {
  test("unknown, repeated, escaped, or invalid values", async () => {
    for (const query of [
      ...["dc=us", "token=x", "ns=x", "stale", "consistent", "pretty", "recurse", "near=_agent", "filter=a", "raw"],
      ...["index=1&index=2", "wait=1000ms&wait=1ms", "partition=a&partition=b", "INDEX=1", "Index=1"],
      ...["index=", "index=1=2", "index=-1", "index=x", "index=1e3", "index=0x10", `index=${"1".repeat(21)}`],
      ...["wait=", "wait=5s", "wait=1", "wait=10m", "wait=600001ms", "wait=-1ms", "wait=1.5ms", "wait=ms"],
      ...["partition=", "partition=a.b", `partition=${"p".repeat(129)}`, "index", "&", "=", "=1", "index=1&x"],
    ]) {
      const answer = await line("GET", `${page.path}${read}?${query}`);
      assert.equal(answer.status, 400, query);
    }
    for (const query of [
      "%69ndex=1",
      "index=%31",
      "partition=a%26token=x",
      "partition=a+b",
      "index=1;wait=1ms",
      "a/../b",
    ]) {
      assert.equal((await line("GET", `${page.path}${read}?${query}`)).status, 400, query);
    }
  });

  test("those of another call, or for a file of the page", async () => {
    await refused(400, "clusters/eu/v1/peering/us?index=1", { method: "DELETE" });
    await refused(400, "clusters/eu/v1/connect/ca/roots?partition=a");
    await refused(400, "clusters/eu/v1/agent/version?index=1");
    await refused(400, "clusters/eu/v1/peering/token?partition=a", { method: "POST", body: "{}" });
    for (const path of ["?x=y", "app.js?v=1", "clusters.json?x"]) await refused(400, path);
  });
});

describe("bodies", () => {
  const write = "clusters/eu/v1/peering/token";

  test("of a type that a form or a foreign page could send", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json; charset=utf-8",
      "text/plain; application/json",
      "application/jsonx",
      "",
    ]) {
      const headers = { "Content-Type": type };
      await refused(415, write, { method: "POST", body: "{}", headers });
      await refused(415, "clusters/eu/v1/peering/us", { method: "DELETE", headers });
    }
    const headers = { Cookie: page.cookie, Origin: server.origin };
    assert.equal((await ask(page.base + write, { method: "POST", headers, body: "{}" })).status, 415, "of no type");
    assert.equal(
      (await line("DELETE", `${page.path}clusters/eu/v1/peering/us`, ["Content-Type: text/plain"])).status,
      400,
    );
  });

  test("oversized, with or without Content-Length; and for calls without a body", async () => {
    const long = Buffer.alloc(1024 * 1024 + 1, " ");
    await refused(413, write, { method: "POST", body: long });
    await refused(413, write, { method: "POST", body: long, headers: { "Transfer-Encoding": "chunked" } });
    await refused(413, "clusters/eu/v1/peering/us", { method: "DELETE", body: "{}", headers: { "Content-Length": 2 } });
    await refused(413, read, { body: "{}", headers: { "Content-Length": 2 } });
  });

  test("with two lengths, or smuggled", async () => {
    const target = page.path + write;
    const hidden = `GET ${page.path}${read} HTTP/1.1\r\nHost: ${server.host}\r\nCookie: ${page.cookie}\r\n\r\n`;
    const cookie = [
      `POST ${target} HTTP/1.1`,
      `Host: ${server.host}`,
      `Cookie: ${page.cookie}`,
      `Origin: ${server.origin}`,
    ];
    const smuggled = (...headers) =>
      raw(server.port, [...cookie, "Content-Type: application/json", ...headers], hidden);
    const both = await smuggled("Content-Length: 5", "Transfer-Encoding: chunked");
    assert.equal(both.status, 400);
    assert.equal((await smuggled("Content-Length: 5", "Content-Length: 6")).status, 400);
    assert.equal((await smuggled("Transfer-Encoding: x, identity")).status, 400);
  });
});
