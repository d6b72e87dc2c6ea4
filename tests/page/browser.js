// Opens the page in Chromium, served by the project's own server or by a test's. Whatever the page must not do is recorded
// and fails the test that opened it.
import assert from "node:assert/strict";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../pkg/serve/clusters.js";
import { readFiles } from "../../pkg/serve/files.js";
import { readListenAddress } from "../../pkg/serve/listen-address.js";
import { startServer } from "../../pkg/serve/server.js";
import { startChromium } from "../chromium.js";

/** For one step, on a busy machine. */
const PATIENCE_MS = 120_000;
/** The viewport of a phone. */
export const PHONE = { width: 390, height: 844 };
export const PAGE = fileURLToPath(new URL("../../pkg/www", import.meta.url));

/**
 * Like a test's context, for resources that all tests of a file share: cleans up after the last one, and at once what is
 * still starting then, because another resource failed to start.
 */
export function suite() {
  const ends = [];
  let isOver = false;
  after(async () => {
    isOver = true;
    for (const end of ends.reverse()) await end();
  });
  return { after: (end) => void (isOver ? end() : ends.push(end)) };
}

/** @param {string[]} [args]  further arguments for Chromium */
export async function startBrowser(t, args = []) {
  const browser = await startChromium(args);
  t.after(() => browser.close());
  return browser;
}

/**
 * Starts the page's own server with these clusters.
 * @param {Record<string, { address: string, token?: string, fetch?: typeof fetch, meta?: object }>} clusters  a token is
 *   added by the server
 */
export async function servePage(t, clusters) {
  const targets = Object.entries(clusters).map(([alias, { address, token, fetch, ...more }]) => [
    alias,
    { cluster: { address, token, fetch }, ...more },
  ]);
  const listenAddress = await readListenAddress("127.0.0.1:0");
  const server = await startServer({
    clusters: serve(Object.fromEntries(targets)),
    listenAddress,
    files: readFiles(PAGE),
  });
  t.after(() => server.close());
  return server.url;
}

/**
 * Opens the page. At the end of the test, it must have sent requests only to its own origin (and `origins`), violated no
 * policy, and written nothing to the console except for the browser's messages about failed requests. `secrets` must not be
 * in the document, in storage or in a URL.
 * @param {{ hash?: string, origins?: string[], secrets?: string[], hasClock?: boolean,
 *   ...import("playwright-core").BrowserContextOptions }} [options]
 */
export async function openPage(t, browser, url, { hash = "", origins = [], secrets = [], hasClock, ...options } = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const own = new URL(url).origin;
  const [strange, said, urls] = [[], [], []];
  page.on("framenavigated", (frame) => urls.push(frame.url()));
  page.on("request", (request) => {
    const { origin } = new URL(request.url());
    urls.push(request.url());
    if (origin !== own && !origins.includes(origin)) strange.push(request.url());
  });
  page.on("console", (message) => {
    if (!/^Failed to load resource/.test(message.text())) said.push(message.text());
  });
  page.on("pageerror", (error) => said.push(String(error)));
  await page.addInitScript(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
      globalThis.violations.push(violatedDirective),
    );
  });
  t.after(async () => {
    const violations = await page.evaluate(() => violations);
    const places = { urls, said, ...(await page.evaluate(whatIsKept)), ...(await context.storageState()) };
    const found = Object.keys(places).filter((place) =>
      secrets.some((each) => JSON.stringify(places[place]).includes(each)),
    );
    await context.close();
    assert.deepEqual({ strange, said, violations, found }, { strange: [], said: [], violations: [], found: [] });
  });
  if (hasClock) await page.clock.install(); // time passes as always, and more of it where a test says so
  await page.goto(url);
  if (hash) await page.evaluate((to) => void (location.hash = to), hash);
  await page.waitForSelector("h1");
  return page;
}

/** Everything that the page has stored or rendered, visible or not. */
async function whatIsKept() {
  return {
    document: document.documentElement.outerHTML,
    inputs: [...document.querySelectorAll("input, textarea, select")].map(({ value }) => value),
    title: document.title,
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    state: history.state,
  };
}
