// Requests of a browser that is not signed in, of other pages and to other hosts: each is refused, and none reaches a cluster.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asked, cluster, line, page, read, refused, server } from "./guarded-page.js";
import { ask, enter, raw, startServing } from "./serving.js";

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
