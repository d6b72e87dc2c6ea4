// Requests that the page's server must refuse: each is refused, and none reaches a cluster.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { ask, enter, open, raw, startServing, stubCluster } from "./serving.js";

const { cluster, asked } = stubCluster();
let server;
let page;
before(async () => {
  server = await startServing({ eu: cluster, "us.west-1": { ...cluster, token: "the-operators-acl-token" } });
  page = await open(server);
});
after(() => server.close());
afterEach(() => assert.deepEqual(asked.splice(0), [], "a request reached a cluster"));

const read = "clusters/eu/v1/peerings";
const refused = async (status, path, options) => {
  const answer = await page.ask(path, options);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(options)}: ${answer.text}`);
  return answer;
};
/** An arbitrary request line, with everything else valid. */
const line = (method, target, headers = [], version = "1.1") =>
  raw(server.port, [
    `${method} ${target} HTTP/${version}`,
    `Host: ${server.host}`,
    `Cookie: ${page.cookie}`,
    `Origin: ${server.origin}`,
    "Content-Type: application/json",
    ...headers,
  ]);

test("a valid request succeeds", async () => {
  assert.equal((await page.ask("")).status, 200);
  assert.equal((await page.ask(read)).status, 200);
  assert.equal((await line("GET", page.path + read)).status, 200);
  assert.equal((await line("DELETE", `${page.path}clusters/eu/v1/peering/us`)).status, 200);
  assert.equal(asked.splice(0).length, 3);
});

describe("a browser that is not signed in", () => {
  const paths = ["", "app.js", "clusters.json", read, "clusters/missing/v1/peerings", "nothing"];

  test("without the cookie, every path is 401", async () => {
    for (const path of paths) {
      const { status, text, headers } = await ask(page.base + path);
      assert.equal(status, 401, path);
      assert.equal(headers["set-cookie"], undefined);
      assert.equal(text, "This browser is not signed in.\n");
    }
    assert.equal((await ask(`${server.origin}/`)).status, 401);
    const write = { method: "POST", headers: { Origin: server.origin, "Content-Type": "application/json" } };
    assert.equal((await ask(`${page.base}clusters/eu/v1/peering/token`, { ...write, body: "{}" })).status, 401);
  });

  test("a cookie with another value, name or length is refused", async () => {
    const [name, value] = page.cookie.split("=");
    for (const cookie of [
      `${name}=`,
      name,
      `${name}=${value.slice(0, -1)}`,
      `${name}=${value}A`,
      `${name}=${value.toLowerCase()}`,
      `${name.toUpperCase()}=${value}`,
      `x${name}=${value}`,
      `consul-peering-1=${value}`,
      `x; ${value}`,
    ]) {
      await refused(401, read, { headers: { Cookie: cookie } });
    }
  });

  test("a cookie of another server does not sign out", async () => {
    const [name] = page.cookie.split("=");
    assert.equal((await page.ask("", { headers: { Cookie: `${name}=x; ${page.cookie}; a=b` } })).status, 200);
  });

  test("the cookie needs the page's own path, and the path needs the cookie", async () => {
    const elsewhere = [`/${read}`, "/clusters.json", `/x${page.path}${read}`, `${page.path.slice(0, -2)}/${read}`];
    for (const path of elsewhere) {
      assert.equal((await ask(server.origin + path, { headers: { Cookie: page.cookie } })).status, 401, path);
    }
    assert.equal((await ask(page.base + read)).status, 401);
  });

  test("the link's key: only as it is, only by GET", async () => {
    const fresh = await startServing({ eu: cluster });
    const { origin, search } = new URL(fresh.url);
    const key = search.slice("?key=".length);
    for (const query of ["?key=", "?key=x", `?key=${key}x`, `?key=${key.slice(1)}`, `?Key=${key}`, `?a=b&key=${key}`]) {
      const { status, headers, text } = await ask(`${origin}/${query}`);
      assert.deepEqual([status, headers["set-cookie"], headers.location], [401, undefined, undefined], query);
      assert.match(text, /^\?key=./.test(query) ? /Invalid sign-in link/ : /Not signed in/, query);
    }
    for (const method of ["HEAD", "POST", "PUT"]) {
      assert.equal((await ask(fresh.url, { method, headers: { Origin: origin } })).status, 405, method);
    }
    assert.equal((await enter(fresh)).status, 303, "none of these has used it");
    await fresh.close();
  });

  test("the key works once", async () => {
    const second = await enter(server);
    assert.deepEqual([second.status, second.cookie], [303, undefined]);
    const asPage = { headers: { Accept: "text/html" } };
    const { status, text } = await ask(page.base, asPage);
    assert.equal(status, 401);
    assert.match(text, /Not signed in.*works once.*If it was not you/s);
    const { text: elsewhere } = await ask(`${new URL(page.base).origin}/nowhere`, asPage);
    assert.match(elsewhere, /Not signed in/);
    assert.doesNotMatch(elsewhere, /If it was not you/, "a link was not the way here");
  });
});

describe("other hosts and other pages", () => {
  test("Host: exactly this name and port", async () => {
    const { port } = server;
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      "127.0.0.1",
      `127.0.0.1:${port + 1}`,
      `127.0.0.1:0${port}`,
      `127.1:${port}`,
      `0.0.0.0:${port}`,
      `[::1]:${port}`,
      `127.0.0.1.:${port}`,
      `x@127.0.0.1:${port}`,
    ]) {
      await refused(421, read, { headers: { Host: host } });
      assert.equal((await ask(server.url, { headers: { Host: host } })).status, 421, host);
    }
  });

  test("Host: missing, empty, or repeated", async () => {
    const target = page.path + read;
    const cookie = `Cookie: ${page.cookie}`;
    assert.equal((await raw(server.port, [`GET ${target} HTTP/1.0`, cookie])).status, 421);
    assert.equal((await raw(server.port, [`GET ${target} HTTP/1.1`, cookie])).status, 400);
    assert.equal((await raw(server.port, [`GET ${target} HTTP/1.1`, "Host:", cookie])).status, 421);
    assert.equal((await line("GET", target, ["Host: evil.example"])).status, 400);
    assert.equal((await line("GET", target, [`Host: ${server.host}`])).status, 400);
  });

  test("Origin: only the server's own, for reads too", async () => {
    const { port, host } = server;
    for (const origin of [
      "http://evil.example",
      "null",
      "",
      `https://${host}`,
      `http://127.0.0.1:${port + 1}`,
      "http://127.0.0.1",
      `http://localhost:${port}`,
      `http://${host}/`,
      `http://${host}.evil.example`,
      `HTTP://${host}`,
    ]) {
      await refused(403, read, { headers: { Origin: origin } });
      await refused(403, "clusters/eu/v1/peering/us", { method: "DELETE", headers: { Origin: origin } });
      await refused(403, "clusters/eu/v1/peering/token", { method: "POST", headers: { Origin: origin }, body: "{}" });
    }
    assert.equal((await line("GET", page.path + read, ["Origin: http://evil.example"])).status, 400, "twice");
  });

  test("Origin: required for a write", async () => {
    const headers = { Cookie: page.cookie, "Content-Type": "application/json" };
    const write = (method, path) => ask(`${page.base}clusters/eu/v1/${path}`, { method, headers });
    assert.equal((await write("DELETE", "peering/us")).status, 403);
    assert.equal((await write("POST", "peering/establish")).status, 403);
  });

  test("Sec-Fetch-Site: from another site, or another port of this host", async () => {
    for (const site of ["cross-site", "same-site", "", "Same-Origin", "none, cross-site"]) {
      await refused(403, read, { headers: { "Sec-Fetch-Site": site } });
      const write = { method: "DELETE", headers: { "Sec-Fetch-Site": site } };
      await refused(403, "clusters/eu/v1/peering/us", write);
    }
    assert.equal((await page.ask("", { headers: { "Sec-Fetch-Site": "none" } })).status, 200, "typed by a person");
  });

  test("a link from another site needs a confirmation", async () => {
    const headers = { "Sec-Fetch-Site": "cross-site", Accept: "text/html,*/*" };
    const { text } = await refused(403, "", { headers });
    assert.match(text, /A link on another site leads to this page.*<a href="">/s);
    assert.doesNotMatch(text, /<title>page/);
  });
});

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

describe("what troubleshoot reads", () => {
  const gateways = "catalog/services?filter=ServiceKind%20%3D%3D%20%22mesh-gateway%22";
  const check = "connect/intentions/check?source=unheard-of&destination=unheard-of";
  const PASS = [
    ...["config/mesh/mesh", "config/proxy-defaults/global", "config/service-resolver", "config/service-defaults"],
    ...["config/exported-services/default", "connect/intentions", check, gateways, "catalog/service/consul"],
    ...["health/service/web", "health/service/Web_1.v2", "health/service/web?peer=us", "health/connect/web"],
  ];
  const forwarded = () => asked.splice(0).map(({ method, url }) => [method, url.split("/v1/")[1]]);
  /** Sent byte by byte: a URL parser would change some of these. */
  const get = (path) => line("GET", `${page.path}clusters/eu/v1/${path}`);

  test("passes, with its parameters and with a partition", async () => {
    for (const path of PASS) {
      assert.equal((await get(path)).status, 200, path);
      const [[method, url], ...more] = forwarded();
      // Spaces of a query are written in two ways, which Consul reads alike.
      assert.deepEqual([method, url.replaceAll("+", "%20"), more], ["GET", path, []]);
      if (path === "catalog/service/consul") continue;
      const ofPartition = path.replace(/default$/, "p_1") + (path.includes("?") ? "&" : "?") + "partition=p_1";
      assert.equal((await get(ofPartition)).status, 200, ofPartition);
      assert.deepEqual(
        forwarded().map(([, url]) => url.replaceAll("+", "%20")),
        [ofPartition],
      );
    }
  });

  test("nothing next to it: other config entries, services and lists", async () => {
    for (const path of [
      ...["config/mesh", "config/mesh/x", "config/proxy-defaults", "config/proxy-defaults/x", "config/service-router"],
      ...[
        "config/service-resolver/web",
        "config/service-defaults/web",
        "config/exported-services",
        "config/jwt-provider",
      ],
      ...["config/service-intentions", "config/ingress-gateway", "config/api-gateway", "config/inline-certificate/x"],
      ...[
        "config/file-system-certificate",
        "config/exported-services/default/x",
        "config/MESH/mesh",
        "config/mesh/Mesh",
      ],
      ...["connect/intentions/exact", "connect/intentions/match", "connect/intentions/check/x", "connect/ca"],
      ...[
        "catalog/service/web",
        "catalog/service",
        "catalog/connect/web",
        "catalog/node/x",
        "catalog/gateway-services/x",
      ],
      ...["catalog/service/consul/x", "catalog/services/x", "catalog/deregister", "catalog/register"],
      ...["health/connect/web/x", "health/ingress/web", "health/state/any", "health/checks/web", "health/node/x"],
      ...["health/service", "health/service/web/x", "health/service/web/../../kv/x".replace("/../../", "/")],
    ]) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  test("nothing else by that name: slashes, dots and letters that are encoded", async () => {
    for (const path of [
      ...[
        "config/mesh/mesh/",
        "config//mesh/mesh",
        "config/mesh%2Fmesh",
        "config/mesh/../mesh/mesh",
        "config/./mesh/mesh",
      ],
      ...[
        "health/service/a%2Fb",
        "health/service/a%2fb",
        "health/service/%2E%2E",
        "health/service/..",
        "health/service/.",
      ],
      ...["health/service/.web", "health/service/web%20x", "health/service/web%00", "health/service/w%65b"],
      ...["health/service/a%2F..%2F..%2Fkv%2Fx", "health/service/web/../../../kv/x", "health/service/a\\b"],
      ...["health/service/", "health/service/web/", "catalog/service/consul/", "catalog/service/c%6Fnsul"],
      ...[
        "health/service/ü",
        "health/service/web;x",
        "config/exported-services/",
        "config/exported-services/d%65fault",
      ],
    ]) {
      const { status, text } = await get(path);
      assert.ok([400, 404].includes(status), `${path}: ${text.slice(0, 80)}`);
    }
    assert.equal((await get(`health/service/${"x".repeat(256)}`)).status, 404);
  });

  test("the filter for mesh gateways, in one spelling, decoded once, and no other filter", async () => {
    const filter = gateways.split("?")[1];
    for (const query of [
      ...["", "?", "?filter=", "?filter", "?filter=a", "?filter=ServiceKind", "?partition=p", `?${filter}&${filter}`],
      `?${filter.replaceAll("%20", "+")}`,
      `?${filter.replaceAll("%20", "%2520")}`,
      `?${filter.replaceAll("%", "%25")}`,
      `?${filter.replaceAll("%3D", "%3d")}`,
      `?${filter.replaceAll("%3D", "=")}`,
      `?${filter.replaceAll("%22", '"')}`,
      `?${filter.replace("mesh-gateway", "mesh%2Dgateway")}`,
      `?${filter.replace("mesh-gateway", "ingress-gateway")}`,
      `?${filter.replace("mesh-gateway", "connect-proxy")}`,
      `?${filter.replace("%3D%3D", "!%3D")}`,
      `?${filter}%20or%20ServiceKind%20%3D%3D%20%22typical%22`,
      `?${filter}x`,
      `?${filter}%`,
      `?x${filter}`,
      `?x=${filter}`,
      `?Filter=${filter.slice("filter=".length)}`,
      `?%66ilter=${filter.slice("filter=".length)}`,
      `?${filter}&dc=us`,
      `?${filter}&index=1`,
      `?${filter}&partition=%70`,
      `?partition=${filter.slice("filter=".length)}`,
    ]) {
      assert.equal((await get(`catalog/services${query}`)).status, 400, query);
    }
    for (const path of PASS.filter((path) => path !== gateways)) {
      const { status } = await get(path + (path.includes("?") ? "&" : "?") + filter);
      assert.equal(status, 400, path);
    }
    assert.equal((await get(`${filter}/v1/peerings`)).status, 400);
    assert.equal((await page.ask(`?${filter}`)).status, 400);
    assert.equal((await ask(`${server.origin}/?${filter}`)).status, 401, "read, and no key");
    for (const other of ["filter=%41", "filter=%20", `${filter}%20`, filter.replace("ServiceKind", "Node")]) {
      assert.equal((await ask(`${server.origin}/?${other}`)).status, 400, other);
    }
  });

  test("no other parameter, and none without the ones that belong together", async () => {
    for (const path of PASS) {
      for (const query of [
        ...["dc=us", "ns=x", "stale", "cached", "near=_agent", "passing", "tag=x", "index=1", "wait=1000ms", "token=x"],
        ...["node-meta=x", "merge-central-config", "sg=x", "sameness-group=x", "partition=p&partition=p", "partition="],
      ]) {
        const status = (await get(path + (path.includes("?") ? "&" : "?") + query)).status;
        assert.equal(status, 400, `${path} ${query}`);
      }
    }
    for (const path of [
      ...[
        "health/connect/web?peer=us",
        "health/service/web?peer=",
        "health/service/web?peer=US",
        "health/service/web?peer=u_s",
        "config/mesh/mesh?peer=us",
      ],
      ...[
        "health/service/web?peer=us&peer=eu",
        "health/service/web?source=unheard-of",
        "catalog/service/consul?peer=us",
      ],
      ...["connect/intentions/check", "connect/intentions/check?source=unheard-of", `${check}&source-type=consul`],
      ...[check.replace("source=unheard-of", "source=web"), check.replace("destination=unheard-of", "destination=web")],
      ...[
        "config/exported-services/p_1",
        "config/exported-services/p_1?partition=p",
        "config/exported-services/default?partition=p",
      ],
    ]) {
      assert.equal((await get(path)).status, 400, path);
    }
  });

  test("is read and not written", async () => {
    for (const method of ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const path of PASS) {
        const { headers } = await refused(405, `clusters/eu/v1/${path}`, { method });
        assert.equal(headers.allow, "GET", `${method} ${path}`);
      }
    }
    await refused(413, "clusters/eu/v1/config/mesh/mesh", { body: "{}", headers: { "Content-Length": 2 } });
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

test("no response may be framed, cached, sniffed, or sends a referrer", async () => {
  const { origin } = server;
  const answers = {
    page: await page.ask(""),
    file: await page.ask("app_bg.wasm"),
    clusters: await page.ask("clusters.json"),
    call: await page.ask(read),
    link: await ask(server.url),
    signIn: await ask(`${origin}/`, { headers: { Accept: "text/html" } }),
    unknown: await ask(page.base + read),
    crossSite: await page.ask("", { headers: { "Sec-Fetch-Site": "cross-site", Accept: "text/html" } }),
    name: await page.ask("", { headers: { Host: "evil.example" } }),
    origin: await page.ask("", { headers: { Origin: "null" } }),
    target: await ask(`${page.base}%2e`),
    path: await page.ask("nothing"),
    method: await page.ask("", { method: "PUT" }),
  };
  assert.equal(asked.splice(0).length, 1);
  for (const [name, { headers }] of Object.entries(answers)) {
    const policy = headers["content-security-policy"];
    assert.match(policy, /^default-src 'none'; /, name);
    for (const part of ["frame-ancestors 'none'", "base-uri 'none'"])
      assert.ok(policy.includes(part), `${name} ${part}`);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'[^;]*unsafe-eval'|\*|data:|http:/, name);
    assert.equal(headers["x-content-type-options"], "nosniff", name);
    assert.equal(headers["cache-control"], "no-store", name);
    assert.match(
      headers["referrer-policy"],
      name === "signIn" || name === "crossSite" ? /^same-origin$/ : /^no-referrer$/,
    );
    assert.equal(headers["cross-origin-opener-policy"], "same-origin", name);
    assert.equal(headers["cross-origin-resource-policy"], "same-origin", name);
    assert.match(headers["permissions-policy"], /camera=\(\)/, name);
    assert.deepEqual(
      Object.keys(headers).filter((header) =>
        /^(access-control-|x-powered-by|server$|etag|last-modified)/.test(header),
      ),
      [],
      name,
    );
  }
  assert.equal(
    answers.page.headers["content-security-policy"],
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  );
});
