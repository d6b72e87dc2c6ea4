// The page's server in a real browser: signing in, and what other pages in the same browser cannot do.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startChromium } from "../chromium.js";
import { listen } from "./listen.js";
import { aclToken } from "./secrets.js";
import { folderWith, startServing, stubCluster } from "./serving.js";

const BUILT_CONSUL = fileURLToPath(new URL("../../target/consul", import.meta.url));
const CONSUL = process.env.CONSUL ?? (existsSync(BUILT_CONSUL) ? BUILT_CONSUL : "consul");
const PASSWORD = aclToken("correct horse battery staple");
const PAGE = {
  "index.html": `<!doctype html><html lang="en"><title>page</title><link rel="stylesheet" href="style.css">
<script>document.title = "inline";</script><script type="module" src="app.js"></script>`,
  "app.js": `
    const compiled = await WebAssembly.compileStreaming(fetch("empty.wasm"));
    try {
      globalThis.evaluated = (0, eval)("'done'");
    } catch (error) {
      globalThis.evaluated = error.name;
    }
    globalThis.clusters = await (await fetch("clusters.json")).json();
    document.title = compiled instanceof WebAssembly.Module ? "ready" : "broken";`,
  "empty.wasm": Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
  "style.css": "body { font-family: monospace }",
};

const { cluster, asked } = stubCluster();
let browser;
let context;
before(async () => {
  browser = await startChromium();
});
after(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext({ ignoreHTTPSErrors: true });
  context.setDefaultTimeout(120_000); // of one step, on a busy machine
});
afterEach(() => context.close());

async function serving(t, options, eu = cluster) {
  const server = await startServing({ eu }, { page: PAGE, ...options });
  t.after(() => server.close());
  return server;
}

const ready = (page) => page.waitForFunction(() => document.title === "ready");

/** Another server on this machine, with an empty page; its requests are recorded. */
async function foreignServer(t) {
  const received = [];
  const server = createServer((incoming, outgoing) => {
    received.push(incoming.headers);
    outgoing.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>foreign</title>");
  });
  await listen(t, server);
  return { port: server.address().port, received };
}

test("the link signs in; its key is in no address and inaccessible to scripts", async (t) => {
  const address = `http://operator:${PASSWORD.replaceAll(" ", "-")}@consul.example:8500/base/`;
  const server = await serving(t, {}, { ...cluster, address });
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  await page.goto(server.url);
  await ready(page);
  const key = new URL(server.url).search.slice("?key=".length);
  const observed = await page.evaluate(() => ({
    address: location.href,
    cookie: document.cookie,
    referrer: document.referrer,
    entries: JSON.stringify(performance.getEntries()),
    stored: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
    clusters: globalThis.clusters,
    font: getComputedStyle(document.body).fontFamily,
  }));
  assert.match(observed.address, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{12}\/$/);
  assert.deepEqual([observed.cookie, observed.referrer, observed.stored], ["", "", "[{},{}]"]);
  assert.ok(!observed.entries.includes(key));
  assert.deepEqual(observed.clusters, {
    eu: { address: "clusters/eu", consul_address: "http://consul.example:8500/base", token: "typed" },
  });
  assert.equal(observed.font, "monospace");
  assert.equal(said.filter((text) => /inline/.test(text)).length, 1, "the script in the page itself did not run");
  const cookies = await context.cookies();
  assert.equal(cookies.length, 1);
  const { httpOnly, sameSite, path, domain } = cookies[0];
  assert.deepEqual(
    { httpOnly, sameSite, path, domain },
    { httpOnly: true, sameSite: "Strict", path: new URL(observed.address).pathname, domain: "127.0.0.1" },
  );
  await page.reload();
  await ready(page);
  await page.goto(server.url); // the link again, in the same browser
  await ready(page);
  const another = await (await browser.newContext()).newPage();
  await another.goto(server.url);
  assert.match(await another.textContent("main"), /Not signed in.*A sign-in link works once/s);
  await another.context().close();
});

test("inline, evaluated and foreign scripts do not run", async (t) => {
  const server = await serving(t);
  const { port, received } = await foreignServer(t);
  const page = await context.newPage();
  await page.goto(server.url);
  await ready(page);
  const outcomes = await page.evaluate(async (elsewhere) => {
    const outcome = async (run) => {
      try {
        await run();
        return "done";
      } catch (error) {
        return error.name;
      }
    };
    return {
      html: await outcome(() => (document.body.innerHTML = "<b>x</b>")),
      policy: await outcome(() => trustedTypes.createPolicy("mine", { createHTML: (text) => text })),
      eval: globalThis.evaluated,
      fetch: await outcome(() => fetch(elsewhere, { mode: "no-cors" })),
      module: await outcome(() => import(`${elsewhere}/x.js`)),
    };
  }, `http://127.0.0.1:${port}`);
  for (const [what, outcome] of Object.entries(outcomes)) assert.match(outcome, /Error$/, what);
  assert.equal(received.length, 0);
});

describe("another page in the same browser", () => {
  /** The admin page in one tab, and a foreign page in another. */
  async function withForeignPage(t) {
    const server = await serving(t);
    const { port, received } = await foreignServer(t);
    const page = await context.newPage();
    await page.goto(server.url);
    await ready(page);
    return { server, base: page.url(), page, port, received };
  }

  for (const [where, host] of [
    ["on another port of this machine", "127.0.0.1"],
    ["of another site", "localhost"],
  ]) {
    test(`${where}, cannot send any request`, async (t) => {
      const { base, port } = await withForeignPage(t);
      const evil = await context.newPage();
      await evil.goto(`http://${host}:${port}/`);
      asked.splice(0);
      const outcomes = await evil.evaluate(async (base) => {
        const path = (name) => `${base}clusters/eu/v1/${name}`;
        const tries = [
          [path("peerings"), {}],
          [path("peerings"), { mode: "no-cors" }],
          [path("peering/us"), { method: "DELETE" }],
          [path("peering/token"), { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } }],
          [path("peering/token"), { method: "POST", body: "{}", mode: "no-cors" }],
          [`${base}clusters.json`, {}],
        ];
        const outcomes = [];
        for (const [url, init] of tries) {
          try {
            const answer = await fetch(url, { credentials: "include", ...init });
            outcomes.push(`${answer.type} ${answer.status}`);
          } catch (error) {
            outcomes.push(error.name);
          }
        }
        return outcomes;
      }, base);
      assert.ok(
        outcomes.every((outcome) => outcome === "TypeError" || outcome === "opaque 0"),
        outcomes.join(),
      );
      await evil.evaluate((base) => {
        const form = document.createElement("form");
        Object.assign(form, { method: "post", enctype: "text/plain", action: `${base}clusters/eu/v1/peering/token` });
        const field = Object.assign(document.createElement("input"), { name: '{"PeerName":"x","a":"', value: '"}' });
        form.append(field);
        document.body.append(form);
        form.submit();
      }, base);
      await evil.waitForURL(/clusters\/eu\/v1\/peering\/token$/);
      assert.match(await evil.textContent("body"), /Cross-origin request refused|not signed in/);
      assert.equal(asked.length, 0, "no request reached a cluster");
    });
  }

  test("never receives the cookie, for any path", async (t) => {
    const { server, page, port, received } = await withForeignPage(t);
    for (const path of ["/", "/clusters.json", "/clusters/eu/v1/peerings"]) {
      await page.goto(`http://127.0.0.1:${port}${path}`);
      await page.reload();
    }
    assert.ok(received.length >= 6);
    assert.ok(received.every(({ cookie, referer }) => cookie === undefined && !referer?.includes(String(server.port))));
  });

  test("cannot frame it or keep a reference to its window", async (t) => {
    const { base, port } = await withForeignPage(t);
    const evil = await context.newPage();
    await evil.goto(`http://127.0.0.1:${port}/`);
    const frame = evil.waitForEvent("framenavigated", (frame) => frame !== evil.mainFrame());
    await evil.evaluate((src) => {
      document.body.append(Object.assign(document.createElement("iframe"), { src }));
    }, base);
    assert.match((await frame).url(), /^chrome-error:/);
    const opened = context.waitForEvent("page");
    await evil.evaluate((base) => void (globalThis.held = open(base)), base);
    await (await opened).waitForLoadState();
    await evil.waitForFunction(() => globalThis.held.closed, undefined, { timeout: 10_000 });
    assert.equal((await opened).isClosed(), false, "it is closed only for its opener");
  });

  test("can link to it, with a confirmation", async (t) => {
    const { base, page, port } = await withForeignPage(t);
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.evaluate((url) => void (location.href = url), `${base}#/eu/us`);
    await page.waitForSelector("text=A link on another site leads to this page");
    await page.click("text=Open the page");
    await ready(page);
    assert.ok(page.url().startsWith(base));
  });
});

test("signing in with a password keeps the view in the address", async (t) => {
  const folder = folderWith({});
  const tls = (...words) => execFileSync(CONSUL, ["tls", ...words], { cwd: folder, stdio: "ignore" });
  tls("ca", "create");
  tls("cert", "create", "-server", "-dc", "dc1");
  const [cert, key] = ["", "-key"].map((kind) => readFileSync(join(folder, `dc1-server-consul-0${kind}.pem`), "utf8"));
  const server = await serving(t, { tls: { cert, key }, password: PASSWORD });
  const page = await context.newPage();
  const address = `${server.origin}/#/eu/us`;
  await page.goto(address);
  await page.waitForSelector("#password:focus"); // one can type at once
  await page.keyboard.type("not the password");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=Wrong password");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await ready(page);
  const [{ httpOnly, secure, sameSite, path }] = await context.cookies();
  assert.deepEqual([httpOnly, secure, sameSite], [true, true, "Strict"]);
  const signedIn = `${server.origin}${path}#/eu/us`;
  assert.equal(page.url(), signedIn);
  await page.reload();
  await ready(page);

  const foreign = await foreignServer(t);
  await page.goto(`http://127.0.0.1:${foreign.port}/`);
  assert.ok(foreign.received.length > 0);
  assert.ok(
    foreign.received.every(({ cookie }) => cookie === undefined),
    "another port of the host, without TLS",
  );

  await context.clearCookies();
  await page.goto(signedIn);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await ready(page);
  assert.equal(page.url(), signedIn, "from an expired session");
});
