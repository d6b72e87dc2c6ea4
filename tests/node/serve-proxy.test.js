// The proxy to a cluster: forwarded requests and responses.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cluster, inFrontOf, json, pageBefore } from "./proxied-cluster.js";
import { aclToken } from "./secrets.js";
import { startServing, stubCluster } from "./serving.js";

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
