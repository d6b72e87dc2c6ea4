// A cluster that redirects requests to another origin.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { before, test } from "node:test";
import { listen } from "../node/listen.js";
import { aclToken } from "../node/secrets.js";
import { openPage, startBrowser, suite } from "./browser.js";
import { staticHost } from "./static-host.js";

const TOKEN = aclToken(randomUUID());

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

/** A cluster without peerings that permits all origins, and records the ACL token of each request. */
async function cluster(t, redirect = () => undefined) {
  const requests = [];
  const server = createServer((request, response) => {
    const { method, headers, url } = request;
    const cors = {
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Headers": "Content-Type, X-Consul-Token",
      "Access-Control-Expose-Headers": "X-Consul-Index",
      "X-Consul-Index": "1",
    };
    if (method === "OPTIONS") return response.writeHead(204, cors).end();
    const token = headers["x-consul-token"];
    requests.push({ url, token });
    const to = redirect(url);
    if (to) return response.writeHead(307, { ...cors, Location: to }).end();
    if (url.startsWith("/v1/peerings") && token) {
      // Like Consul, a blocking query waits.
      const answer = () => response.writeHead(200, { ...cors, "Content-Type": "application/json" }).end("[]");
      return setTimeout(answer, url.includes("index=") ? 1_000 : 0);
    }
    response.writeHead(403, cors).end("Permission denied: anonymous token lacks permission 'peering:read'");
  });
  return { address: await listen(t, server), requests };
}

test("no redirect carries an ACL token to another origin", async (t) => {
  const host = await staticHost(t);
  const west = await cluster(t);
  const east = await cluster(t, (url) => (/agent\/version/.test(url) ? `${west.address}/redirected` : undefined));
  host.configure({ east: { address: east.address }, west: { address: west.address } });
  const origins = [east.address, west.address];
  const page = await openPage(t, browser, host.url, { hash: "#/east", origins, secrets: [TOKEN] });
  await page.evaluate(() => {
    const { fetch } = globalThis;
    globalThis.answered = new Promise((resolve) => {
      globalThis.fetch = (url, init) => {
        const response = fetch(url, init);
        if (/agent\/version/.test(url) && init.headers["X-Consul-Token"]) response.catch(() => {}).then(resolve);
        return response;
      };
    });
  });
  await page.getByLabel("ACL token for east").fill(TOKEN);
  await page.getByRole("button", { name: "Use this ACL token" }).click();
  await page.locator("#clusters li", { hasText: "east" }).getByText("up to date").waitFor();
  await page.evaluate(async () => void (await globalThis.answered));
  assert.ok(east.requests.some(({ url, token }) => /agent\/version/.test(url) && token === TOKEN));
  assert.deepEqual(west.requests.filter(({ url, token }) => token === TOKEN || url === "/redirected"), []); // prettier-ignore
});
