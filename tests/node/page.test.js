// The package in a real page: Chromium, a strict Content-Security-Policy, and real Consul servers on other origins.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { startAgents } from "../consul/agent.js";
import { startChromium } from "../chromium.js";
import { peeringToken } from "./secrets.js";

const FILES = {
  "/": ["text/html", "<!doctype html><title>page</title><script type=module src=/page.js></script>"],
  "/page.js": ["text/javascript", 'import * as consul from "/pkg/browser.js"; window.consul = consul;'],
};
const TYPES = { js: "text/javascript", wasm: "application/wasm" };
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:*";

let agents, stop, server, browser, page;
const messages = [];

before(async () => {
  server = createServer((request, response) => {
    const [type, body] = FILES[request.url] ?? [
      TYPES[request.url.split(".").pop()] ?? "text/plain",
      readFileSync(new URL(`../..${request.url}`, import.meta.url)),
    ];
    response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": CSP }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const cors = {
    http_config: {
      response_headers: {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type, X-Consul-Token",
        "Access-Control-Expose-Headers": "X-Consul-Index",
      },
    },
  };
  const started = await startAgents([{ name: "eu", config: cors }, { name: "us", config: cors }, { name: "nocors" }]);
  ({ agents, stop } = started);
  browser = await startChromium();
  page = await browser.newPage();
  page.setDefaultTimeout(120_000); // of one step, on a busy machine
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await page.goto(origin);
  await page.waitForFunction("window.consul");
});
after(async () => {
  await browser?.close();
  server?.close();
  await stop?.();
});

test("a call before init rejects with a hint", async () => {
  const message = await page.evaluate(() => {
    try {
      return window.consul.validatePeerName("eu");
    } catch (error) {
      return error.message;
    }
  });
  assert.match(message, /await init\(\)/);
});

test("init, twice, and all functions under a strict policy", async () => {
  await page.evaluate(() => Promise.all([window.consul.init(), window.consul.init()]));
  assert.deepEqual(await page.evaluate(() => window.consul.validatePeerName("eu")), []);
});

test("establish between two real clusters, from a page", async () => {
  const [token, made, gone] = await page.evaluate(
    async ([eu, us]) => {
      const { generateToken, establish, read, remove } = window.consul;
      const peering_token = await generateToken(us, { peer_name: "eu" });
      const made = await establish(eu, { peer_name: "us", peering_token, meta: { from: "page" } });
      await remove(eu, "us");
      return [peering_token, made, await read(eu, "us")];
    },
    [agents.eu.address, agents.us.address],
  );
  peeringToken(token);
  assert.equal(made.state, "ACTIVE");
  assert.deepEqual(made.meta, { from: "page" });
  assert.equal(gone, null);
});

test("without CORS on Consul, the error names the headers to set", async () => {
  const error = await page.evaluate(
    (address) => window.consul.list(address).catch((error) => ({ code: error.code, hint: error.hint })),
    agents.nocors.address,
  );
  assert.equal(error.code, "network");
  assert.match(error.hint, /Access-Control-Allow-Origin/);
});

test("the console has only the browser's own messages about a 404 and missing CORS", () => {
  assert.deepEqual(
    messages.filter((text) => !/CORS|ERR_FAILED|404 \(Not Found\)/.test(text)),
    [],
  );
});
