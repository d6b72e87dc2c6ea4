// The page, in Chromium, from a plain static server. A simulated Consul replaces the one of this machine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { startChromium } from "../chromium.js";
import { PROJECT } from "../package/place.js";
import { startSite } from "../package/site.js";
import { consul, startClusters } from "./clusters.js";
import { checkOutput } from "./document.js";
import { stage } from "./shell.js";

const { folder } = stage("page");
const site = await startSite(PROJECT, {}, {});
const open = { acl: { default_policy: "allow" } };
const cors = { "Access-Control-Allow-Origin": site.origin, "Access-Control-Expose-Headers": "X-Consul-Index" };
const asked = { "Access-Control-Allow-Methods": "GET", "Access-Control-Allow-Headers": "Content-Type, X-Consul-Token" };
const clusters = await startClusters({ east: open, west: { ...open, response_headers: { ...cors, ...asked } } });
const browsers = [];
after(() => Promise.all([site.stop(), ...browsers.map((browser) => browser.close())]));

/** The page, with its console's output, if `address` is at its port. */
async function visit(address) {
  const browser = await startChromium([`--host-resolver-rules=MAP 127.0.0.1:8500 ${new URL(address).host}`]);
  browsers.push(browser);
  const page = await browser.newPage();
  const messages = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await page.goto(`${site.origin}/page/`);
  const shown = (words) => page.waitForFunction((words) => document.body.innerText.includes(words), words);
  return { page, messages, shown, text: () => page.innerText("pre") };
}

test("shows each peering's verdict, live, under its own policy", { timeout: 60_000 }, async () => {
  await clusters.healthy();
  const { page, shown, text, messages } = await visit(clusters.west.address);
  await shown("east: healthy");
  const observed = [await text()];
  await consul.generateToken(clusters.west, { peer_name: "far" });
  await shown("far: starting");
  observed.push(await text());
  await consul.remove(clusters.west, "east");
  await page.waitForFunction(() => document.body.innerText.trim() === "far: starting");
  observed.push(await text());
  assert.deepEqual(messages, []);
  checkOutput("page", observed.map((text) => `${text}\n`).join("\n"));

  // The policy: no other host, no other script.
  const refused = await page.evaluate(async (other) => {
    const violated = new Promise((resolve) => {
      document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
    });
    await fetch(other).catch(() => {});
    return violated;
  }, clusters.east.address);
  assert.equal(refused, "connect-src");
  const injected = await page.evaluate(() => {
    const script = document.createElement("script");
    try {
      script.textContent = "window.ran = true";
    } catch {
      return "refused";
    }
    document.head.append(script);
    return window.ran ? "ran" : "refused";
  });
  assert.equal(injected, "refused");
});

test("a cluster without CORS: the hint names the headers to set", async () => {
  const { shown, text } = await visit(clusters.east.address);
  await shown("Access-Control-Allow-Origin");
  assert.match(await text(), /^watch at http:\/\/127\.0\.0\.1:8500: Failed to fetch\nCheck the address/);
});

test("has twenty lines", () => {
  const [, page] = readFileSync(`${folder}index.html`, "utf8").split("-->\n");
  assert.ok(`<!doctype html>\n${page}`.trimEnd().split("\n").length <= 20);
});
