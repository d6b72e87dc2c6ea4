// The proxy to a cluster: forwarded requests and responses, and the package's functions on top of it in the page.
import assert from "node:assert/strict";
import { once } from "node:events";
import http, { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as consul from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { aclToken, peeringToken } from "./secrets.js";
import { open, startServing, stubCluster } from "./serving.js";

const json = (body, headers) => new Response(body, { headers: { "Content-Type": "application/json", ...headers } });

/** A page in front of one cluster with these responses. */
async function inFrontOf(t, answer, { token, ...options } = {}) {
  const { cluster, asked } = stubCluster(answer);
  const server = await startServing({ eu: { ...cluster, token } }, options);
  t.after(() => server.close());
  return { asked, server, page: await open(server) };
}

/** A server for one test that responds by `respond`; its address. */
async function cluster(t, respond) {
  const server = createServer(respond).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

async function pageBefore(t, address, options) {
  const server = await startServing({ eu: { address } }, options);
  t.after(() => server.close());
  return open(server);
}

/** The error of a call of the package. */
const failure = (promise) =>
  promise.then(
    () => assert.fail("it resolved"),
    (error) => (assert.ok(consul.isPeeringError(error), String(error)), error),
  );

describe("requests", () => {
  const browser = {
    Authorization: "Bearer x",
    Accept: "text/html",
    "Accept-Language": "de",
    "User-Agent": "a browser",
    "X-Forwarded-For": "1.2.3.4",
    "X-Consul-Namespace": "x",
    "X-Consul-Partition": "x",
    "Proxy-Authorization": "Basic eDp5",
    "X-HTTP-Method-Override": "DELETE",
    Range: "bytes=0-1",
    "If-None-Match": "x",
  };

  test("method, path, parameters and body are forwarded", async (t) => {
    const { asked, page } = await inFrontOf(t);
    const went = async (path, options) => {
      assert.equal((await page.ask(`clusters/eu/v1/${path}`, options)).status, 200);
      const [{ url, method, body }] = asked.splice(0);
      return [method, url, body?.toString()];
    };
    const base = "http://consul.example:8500/v1/";
    assert.deepEqual(await went("peerings"), ["GET", `${base}peerings`, undefined]);
    assert.deepEqual(await went("peering/eu-1?wait=2000ms&partition=p_1-a&index=7"), [
      "GET",
      `${base}peering/eu-1?wait=2000ms&partition=p_1-a&index=7`,
      undefined,
    ]);
    const deletion = await went("peering/us?partition=p", { method: "DELETE" });
    assert.deepEqual(deletion, ["DELETE", `${base}peering/us?partition=p`, undefined]);
    for (const path of ["peering/token", "peering/establish", "internal/acl/authorize"]) {
      const body = '{"PeerName":"ü"}';
      assert.deepEqual(await went(path, { method: "POST", body }), ["POST", base + path, body]);
    }
    for (const path of ["connect/ca/roots", "catalog/datacenters", "agent/version"]) {
      assert.deepEqual(await went(path), ["GET", base + path, undefined]);
    }
  });

  test("of the browser's headers, only the ACL token is forwarded, unless the server adds its own", async (t) => {
    const { asked, page } = await inFrontOf(t);
    await page.ask("clusters/eu/v1/peerings", { headers: browser });
    await page.ask("clusters/eu/v1/peerings", { headers: { ...browser, "X-Consul-Token": "typed" } });
    assert.deepEqual(
      asked.map(({ headers }) => headers),
      [{ "Content-Type": "application/json" }, { "Content-Type": "application/json", "X-Consul-Token": "typed" }],
    );
    assert.ok(asked.every(({ redirect }) => redirect === "manual"));
  });

  test("the server's ACL token replaces a typed one", async (t) => {
    const { asked, page } = await inFrontOf(t, undefined, { token: aclToken("the-operators-own-acl-token") });
    await page.ask("clusters/eu/v1/peerings", { headers: browser });
    await page.ask("clusters/eu/v1/peerings", { headers: { "X-Consul-Token": "typed" } });
    await page.ask("clusters/eu/v1/peering/us", { method: "DELETE", headers: { "X-Consul-Token": "" } });
    const expected = { "Content-Type": "application/json", "X-Consul-Token": "the-operators-own-acl-token" };
    for (const { headers } of asked) assert.deepEqual(headers, expected);
    assert.equal(asked.length, 3);
  });

  test("on the wire: one request, and nothing of the browser", async (t) => {
    let got;
    const address = await cluster(t, (incoming, outgoing) => {
      got = { line: `${incoming.method} ${incoming.url}`, headers: Object.keys(incoming.headers) };
      outgoing.end("[]");
    });
    const page = await pageBefore(t, `${address}/behind/a/prefix/`);
    await page.ask("clusters/eu/v1/peerings", { headers: browser });
    assert.equal(got.line, "GET /behind/a/prefix/v1/peerings");
    for (const name of [
      "cookie",
      "authorization",
      "origin",
      "referer",
      "x-forwarded-for",
      "x-consul-namespace",
      "range",
    ])
      assert.ok(!got.headers.includes(name), name);
  });
});

describe("responses", () => {
  test("status, body, and the required headers are forwarded", async (t) => {
    const headers = {
      "X-Consul-Index": "42",
      "Retry-After": "3",
      "Set-Cookie": "a=b",
      "Access-Control-Allow-Origin": "*",
      "Content-Security-Policy": "script-src *",
      Location: "/x",
      Server: "x",
      "X-Consul-Effective-Consistency": "leader",
      "X-Consul-Default-Acl-Policy": "deny",
      "X-Consul-Results-Filtered-By-Acls": "true",
      "Consul-Peering-Cause": "ECONNREFUSED",
      "Consul-Peering-Session": "none",
    };
    const { page } = await inFrontOf(t, () => json('[{"Name":"us"}]', headers));
    const answer = await page.ask("clusters/eu/v1/peerings");
    assert.deepEqual([answer.status, answer.text], [200, '[{"Name":"us"}]']);
    const { "x-consul-index": index, "retry-after": retry, "content-type": type } = answer.headers;
    assert.deepEqual([index, retry, type], ["42", "3", "application/json"]);
    assert.equal(answer.headers["x-consul-default-acl-policy"], "deny");
    assert.equal(answer.headers["x-consul-results-filtered-by-acls"], "true");
    for (const name of ["set-cookie", "access-control-allow-origin", "location", "server"])
      assert.equal(answer.headers[name], undefined, name);
    const own = await page.ask("");
    const forwarded = ["index", "default-acl-policy", "results-filtered-by-acls"].map((name) => `x-consul-${name}`);
    const allowed = [...Object.keys(own.headers), ...forwarded, "retry-after"];
    assert.deepEqual(
      Object.keys(answer.headers).filter((name) => !allowed.includes(name)),
      [],
    );
    assert.equal(answer.headers["content-security-policy"], own.headers["content-security-policy"]);
  });

  test("no response can be a page or a script", async (t) => {
    for (const type of [
      "text/html",
      "text/javascript",
      "image/svg+xml",
      "application/jsonp",
      "",
      "application/xhtml+xml",
    ]) {
      const { page } = await inFrontOf(t, () => new Response("<script>", { headers: { "Content-Type": type } }));
      const { headers } = await page.ask("clusters/eu/v1/peerings");
      assert.equal(headers["content-type"], "text/plain; charset=utf-8", type);
      assert.equal(headers["x-content-type-options"], "nosniff");
    }
  });

  test("Consul's refusals, with their status and text", async (t) => {
    const words = {
      400: "Bad request",
      403: "Permission denied",
      404: 'Peering not found for "us"',
      500: "ü".repeat(9),
    };
    for (const [status, text] of Object.entries({ ...words, 429: "rate limit", 503: "" })) {
      const { page } = await inFrontOf(t, () => new Response(text, { status: Number(status) }));
      const answer = await page.ask("clusters/eu/v1/peering/us");
      assert.deepEqual([answer.status, answer.text], [Number(status), text]);
    }
  });

  test("the server's ACL token is redacted", async (t) => {
    const token = aclToken("0c6e7d1a-5e7b-4f3a-9a53-1f2e3d4c5b6a");
    for (const status of [403, 200]) {
      const { page } = await inFrontOf(t, () => new Response(`ü ${token}, ${token}`, { status }), { token });
      assert.equal((await page.ask("clusters/eu/v1/peerings")).text, "ü (hidden), (hidden)");
    }
  });

  test("an endless refusal: its beginning", async (t) => {
    const endless = (outgoing) => outgoing.write("x".repeat(10_000), () => outgoing.destroyed || endless(outgoing));
    const address = await cluster(t, (incoming, outgoing) => endless(outgoing.writeHead(500)));
    const page = await pageBefore(t, address);
    const { status, text } = await page.ask("clusters/eu/v1/peerings");
    assert.equal(status, 500);
    assert.ok(text.length >= 64 * 1024 && text.length < 1024 * 1024, String(text.length));
  });

  test("an oversized response: refused", async (t) => {
    const { page } = await inFrontOf(t, () => json("x".repeat(1_001)), { limits: { list: 1_000 } });
    const { status, text, headers } = await page.ask("clusters/eu/v1/peerings");
    assert.deepEqual([status, text], [502, "The response of the cluster eu is too large.\n"]);
    assert.equal(headers["consul-peering-cause"], "too_large");
  });

  test("the limit of a list holds for each response that grows with the cluster, and that of others for the others", async (t) => {
    const { page } = await inFrontOf(t, () => json("x".repeat(1_001)), { limits: { list: 1_001, other: 1_000 } });
    const gateways = "catalog/services?filter=ServiceKind%20%3D%3D%20%22mesh-gateway%22";
    const lists = ["config/service-resolver", "connect/intentions", gateways, "catalog/service/consul"];
    for (const path of ["peerings", "health/service/web?peer=us", ...lists]) {
      assert.equal((await page.ask(`clusters/eu/v1/${path}`)).status, 200, path);
    }
    const check = "connect/intentions/check?source=unheard-of&destination=unheard-of";
    for (const path of ["peering/us", "catalog/datacenters", check]) {
      assert.equal((await page.ask(`clusters/eu/v1/${path}`)).status, 502, path);
    }
  });

  test("a response without a body, and a long one", async (t) => {
    const long = JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ Name: `peer-${i}`, State: "ACTIVE" })));
    const { page } = await inFrontOf(t, (url) =>
      url.endsWith("us") ? new Response(null, { status: 204 }) : json(long),
    );
    const empty = await page.ask("clusters/eu/v1/peering/us", { method: "DELETE" });
    assert.deepEqual([empty.status, empty.text], [204, ""]);
    assert.ok((await page.ask("clusters/eu/v1/peerings")).text === long);
  });

  test("a redirect is neither followed nor forwarded, with any status", async (t) => {
    const { cluster: other, asked } = stubCluster();
    const aside = await startServing({ eu: other });
    t.after(() => aside.close());
    for (const status of [301, 302, 303, 307, 308]) {
      const address = await cluster(t, (incoming, outgoing) =>
        outgoing.writeHead(status, { Location: `${aside.origin}/` }).end("moved"),
      );
      const page = await pageBefore(t, address);
      for (const method of ["GET", "DELETE"]) {
        const answer = await page.ask("clusters/eu/v1/peering/us", { method });
        assert.equal(answer.status, 502);
        assert.match(answer.text, /redirect, which is not followed/);
        assert.equal(answer.headers["consul-peering-cause"], "redirected");
        assert.equal(answer.headers.location, undefined);
      }
    }
    assert.equal(asked.length, 0);
  });
});

describe("no response", () => {
  test("an unreachable cluster: 502 for a read, 503 for a write, which was not sent", async (t) => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address();
    gone.close();
    await once(gone, "close");
    for (const address of [`http://127.0.0.1:${port}`, "http://consul.invalid:8500"]) {
      const page = await pageBefore(t, address);
      const read = await page.ask("clusters/eu/v1/peerings");
      assert.equal(read.status, 502);
      assert.match(read.text, new RegExp(`\\(${read.headers["consul-peering-cause"]}\\)`), "the same as a code");
      assert.match(
        read.text,
        /^The cluster eu cannot be reached from the server of this page \((ECONNREFUSED|ENOTFOUND|EAI_AGAIN)\)/,
      );
      assert.ok(
        !read.text.includes(String(port)) && !read.text.includes("invalid"),
        "its address is not the page's to know",
      );
      if (/EAI_AGAIN/.test(read.text)) continue;
      assert.equal((await page.ask("clusters/eu/v1/peering/us", { method: "DELETE" })).status, 503);
    }
    const page = await pageBefore(t, `http://127.0.0.1:${port}`);
    const errors = await Promise.all([
      failure(consul.list(page.cluster("eu"))),
      failure(consul.remove(page.cluster("eu"), "us")),
      failure(consul.generateToken(page.cluster("eu"), { peer_name: "us" })),
    ]);
    for (const { code, retryable, message, left_behind } of errors) {
      assert.deepEqual([code, retryable, left_behind], ["server_error", true, []]);
      assert.match(message, /The cluster eu cannot be reached from the server of this page \(ECONNREFUSED\)/);
    }
  });

  test("the connection breaks, before and during the response", async (t) => {
    let half = false;
    const address = await cluster(t, (incoming, outgoing) => {
      if (!half) return incoming.socket.destroy();
      outgoing.writeHead(200, { "Content-Type": "application/json", "Content-Length": 100 });
      outgoing.write('[{"Name":"us"', () => outgoing.destroy());
    });
    const page = await pageBefore(t, address);
    const write = { method: "DELETE" };
    assert.equal((await page.ask("clusters/eu/v1/peering/us")).status, 502);
    assert.equal((await page.ask("clusters/eu/v1/peering/us", write)).status, 502, "it may have been done");
    const { code } = await failure(consul.list(page.cluster("eu")));
    assert.equal(code, "server_error");
    half = true;
    assert.equal((await page.ask("clusters/eu/v1/peerings")).status, 502, "what is cut off is no answer");
    assert.equal((await failure(consul.list(page.cluster("eu")))).code, "server_error");
  });

  test("no response: 504 after the limit, for a blocking call after its wait", async (t) => {
    let closed = 0;
    const address = await cluster(t, (incoming, outgoing) => outgoing.on("close", () => closed++));
    const page = await pageBefore(t, address, { limits: { timeout: 100 } });
    const began = Date.now();
    const { status, text } = await page.ask("clusters/eu/v1/peerings");
    assert.deepEqual([status, text], [504, "The cluster eu has not answered in time.\n"]);
    const early = Date.now() - began;
    const waited = await page.ask("clusters/eu/v1/peerings?index=1&wait=200ms");
    assert.equal(waited.status, 504);
    assert.ok(early >= 99 && Date.now() - began - early >= 299, "it was given the time that it asked for");
    while (closed < 2) await sleep(10); // nothing is left waiting there
  });

  test("the server's own errors are not taken for Consul's", async (t) => {
    const { page } = await inFrontOf(t, () => Promise.reject(Object.assign(new Error("ACL not found"), { code: "E" })));
    const { code } = await failure(consul.list(page.cluster("eu")));
    assert.equal(code, "server_error");
    const outside = { ...page.cluster("eu"), fetch: (url, init) => fetch(url, init) };
    const { code: unknown, message } = await failure(consul.list(outside));
    assert.equal(unknown, "permission_denied");
    assert.match(message, /This browser is not signed in/);
  });

  test("a watch continues after a cluster was down", async (t) => {
    const simulator = await startSimulator({ clusters: ["eu"] });
    t.after(() => simulator.stop());
    const server = await startServing(simulator.clusters);
    t.after(() => server.close());
    const page = await open(server);
    const retries = [];
    const onProgress = ({ kind, text }) => kind === "retry" && retries.push(text);
    const observed = consul.watch(page.cluster("eu"), { interval: 200, onProgress });
    assert.deepEqual((await observed.next()).value, []);
    simulator.restart("eu", 300);
    const next = observed.next();
    while (!retries.length) await sleep(20);
    for (let made; !made; await sleep(20)) {
      made = await consul.generateToken(page.cluster("eu"), { peer_name: "us" }).then(peeringToken, () => undefined);
    }
    assert.ok((await next).value.length > 0);
    assert.match(retries[0], /cannot be reached from the server of this page/);
    await observed.return();
  });
});

describe("a closed browser", () => {
  test("aborts its request: before and during the response", async (t) => {
    const begun = [];
    const left = [];
    const address = await cluster(t, (incoming, outgoing) => {
      begun.push(incoming.url);
      outgoing.on("close", () => left.push(incoming.url));
      if (incoming.url.includes("roots")) outgoing.writeHead(200).write("[");
    });
    const page = await pageBefore(t, address);
    const abort = new AbortController();
    const init = { headers: { Cookie: page.cookie }, signal: abort.signal };
    const paths = ["/v1/connect/ca/roots", "/v1/peerings?index=1&wait=60000ms"];
    const asking = paths.map((path) =>
      assert.rejects(fetch(`${page.base}clusters/eu${path}`, init), { name: "AbortError" }),
    );
    while (begun.length < 2) await sleep(10);
    await page.ask("");
    assert.deepEqual(left, []);
    abort.abort();
    await Promise.all(asking);
    while (left.length < 2) await sleep(10);
    assert.deepEqual(left.sort(), paths);
  });

  test("during its own request: nothing is forwarded", async (t) => {
    const { asked, server, page } = await inFrontOf(t);
    const outgoing = http.request(`${page.base}clusters/eu/v1/peering/token`, {
      method: "POST",
      headers: {
        Cookie: page.cookie,
        Origin: server.origin,
        "Content-Type": "application/json",
        "Content-Length": 100,
      },
    });
    outgoing.on("error", () => {});
    await new Promise((written) => outgoing.write('{"PeerName":', written));
    await page.ask(""); // the server has read it by then
    const closed = new Promise((resolve) => outgoing.once("close", resolve));
    outgoing.destroy();
    await closed;
    assert.equal((await page.ask("")).status, 200, "the server continues");
    assert.equal(asked.length, 0);
  });
});

describe("blocking calls", () => {
  test("use at most three of a browser's connections; further ones return at once, without an index", async (t) => {
    const waiting = [];
    const { asked, page } = await inFrontOf(t, (url, { signal }) => {
      if (!url.includes("index=")) return json("[]", { "X-Consul-Index": "7" });
      return new Promise((resolve, reject) => {
        waiting.push(() => resolve(json("[]", { "X-Consul-Index": "8" })));
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    });
    const path = "clusters/eu/v1/peerings?partition=p&index=7&wait=60000ms";
    const held = [page.ask(path), page.ask(path), page.ask(path)];
    while (waiting.length < 3) await sleep(5);
    const fourth = await page.ask(path);
    assert.deepEqual([fourth.status, fourth.headers["x-consul-index"]], [200, undefined]);
    assert.equal(asked.at(-1).url, "http://consul.example:8500/v1/peerings?partition=p");
    const plain = await page.ask("clusters/eu/v1/peerings");
    assert.equal(plain.headers["x-consul-index"], "7", "other calls are unaffected");
    waiting.shift()();
    assert.equal((await Promise.race(held)).headers["x-consul-index"], "8");
    const next = page.ask(path);
    while (waiting.length < 3) await sleep(5);
    for (const answer of waiting.splice(0)) answer();
    for (const answer of [...held, next]) assert.equal((await answer).headers["x-consul-index"], "8");
  });

  // Far longer than this test may take: a blocking call would fail it.
  const options = { timeout: 30_000 };
  test(
    "twelve clusters watched over a browser's six connections: all are updated, writes succeed",
    options,
    async (t) => {
      const names = Array.from({ length: 12 }, (_, i) => `c${i}`);
      const simulator = await startSimulator({ clusters: names, speed: 20 });
      t.after(() => simulator.stop());
      const server = await startServing(simulator.clusters);
      t.after(() => server.close());
      const page = await open(server);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
      t.after(() => agent.destroy());
      const six = { fetch: fetchBy(agent, page.cookie, server.origin) };
      const watches = names.map((name) => consul.watch(page.cluster(name, six), { interval: 60_000 }));
      for (const watch of watches) assert.deepEqual((await watch.next()).value, []);
      const changed = watches.map((watch) => watch.next());
      for (const name of names)
        await consul.generateToken(page.cluster(name, six), { peer_name: "x" }).then(peeringToken);
      const [{ peer_name }] = (await Promise.race(changed)).value;
      assert.equal(peer_name, "x", "blocking calls receive the change");
      await Promise.all(watches.map((watch) => watch.return()));
    },
  );
});

/** A fetch over a pool of connections, as a browser's. */
function fetchBy(agent, Cookie, Origin) {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const own = { Cookie, ...(method !== "GET" && { Origin }) };
      const outgoing = http.request(url, { method, headers: { ...headers, ...own }, agent, signal });
      outgoing.on("error", reject);
      outgoing.on("response", async (answer) => {
        const pieces = [];
        try {
          for await (const piece of answer) pieces.push(piece);
        } catch (error) {
          return reject(error);
        }
        resolve(new Response(Buffer.concat(pieces), { status: answer.statusCode, headers: answer.headers }));
      });
      outgoing.end(body);
    });
}

describe("the package's functions, as the page uses them", () => {
  let simulator;
  let server;
  let page;
  before(async () => {
    simulator = await startSimulator({
      clusters: [
        { name: "eu", acl: true },
        { name: "us", acl: true },
      ],
      speed: 20,
    });
    const { eu, us } = simulator.clusters;
    aclToken(us.token);
    // us's token is the server's, eu's is typed.
    server = await startServing({ eu: { address: eu.address }, us });
    page = await open(server);
  });
  after(async () => {
    await server?.close();
    await simulator?.stop();
  });

  test("clusters.json: the address of each, and the source of its token", async () => {
    const { headers, text } = await page.ask("clusters.json");
    assert.equal(headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(text), {
      eu: { address: "clusters/eu", consul_address: simulator.clusters.eu.address, token: "typed" },
      us: { address: "clusters/us", consul_address: simulator.clusters.us.address, token: "added" },
    });
  });

  test("connect, rotate, disconnect; permissions, plan, read, list, wait", async () => {
    const eu = page.cluster("eu", { token: aclToken(simulator.clusters.eu.token) });
    const us = page.cluster("us");
    const sides = [
      { cluster: eu, peer_name: "us", server_external_addresses: [] },
      { cluster: us, peer_name: "eu", meta: { team: "payments" } },
    ];
    assert.deepEqual(await consul.permissions(us), { read: true, write: true });
    assert.deepEqual(await consul.permissions(page.cluster("eu")), { read: false, write: false });
    assert.equal((await consul.plan(...sides)).steps.length, 2);
    const { dialer, acceptor } = await consul.connect(...sides);
    assert.deepEqual([dialer.state, acceptor.state], ["ACTIVE", "ACTIVE"]);
    assert.equal((await consul.rotate(...sides)).dialer.id, dialer.id);
    assert.equal((await consul.read(us, "eu")).meta.team, "payments");
    assert.equal((await consul.list(eu)).length, 1);
    await consul.disconnect(...sides);
    assert.equal(await consul.wait(us, "eu", "GONE"), null);
    assert.equal(await consul.read(eu, "us"), null);
  });

  test("Consul refuses an unknown typed token", async () => {
    const cluster = page.cluster("eu", { token: "00000000-aaaa-4bbb-8ccc-000000000001" });
    assert.equal((await failure(consul.list(cluster))).code, "acl_token_unknown");
  });
});
