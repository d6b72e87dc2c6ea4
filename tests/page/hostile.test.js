// The page with clusters that send arbitrary responses: it shows what is valid, throws no error and violates no policy.
// `openPage` fails a test whose page writes to the console, loads foreign resources or stores a secret.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { consul } from "../hostile/consul.js";
import { filledWith, peering, texts, times, values } from "../hostile/peerings.js";
import { responses } from "../hostile/responses.js";
import { startHostile } from "../hostile/server.js";
import { aclToken } from "../node/secrets.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { settled } from "./views.js";

const ACL = aclToken("7a9e7a9e-0000-4c8e-9d3a-acacacacacac");
/** The views: the list, the drawing, and one peering. */
const VIEWS = ["#/", "#topology", "#/c0/us"];

const file = suite();
let browser;
before(async () => {
  browser = await startBrowser(file);
});

/** The page with a cluster for each payload, named by its number. */
async function open(t, responders) {
  const clusters = {};
  const servers = [];
  for (const [i, respond] of responders.entries()) {
    const server = await startHostile(respond);
    t.after(() => server.close());
    servers.push(server);
    clusters[`c${i}`] = { address: server.address, token: ACL };
  }
  const page = await openPage(t, browser, await servePage(t, clusters), { secrets: [ACL] });
  while (servers.some(({ requests }) => !requests.some(({ target }) => target.startsWith("/v1/peerings")))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return page;
}

/** Opens every view, and waits until each has rendered the responses. */
async function visit(page) {
  const hashes = await page.evaluate(() => [
    ...new Set([...document.querySelectorAll("a[href*='#']")].map((a) => a.hash)),
  ]);
  for (const hash of [...VIEWS, ...hashes.slice(0, 12)]) {
    await page.evaluate((to) => void (location.hash = to), hash);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await page.waitForSelector("h1");
    assert.doesNotMatch(await page.title(), /\p{Bidi_Control}/u);
  }
}

const sending = (odd) => consul({ peerings: [odd], peering: odd });
const named = (value) => ({ ...filledWith(value), ID: "1", Name: "us", State: "ACTIVE" });

describe("peerings with odd values", () => {
  test("arbitrary texts in every field, including times", async (t) => {
    const odd = [...Object.values(texts), ...times].map((value) => filledWith(value, "us"));
    const page = await open(t, odd.map(sending));
    await settled(page);
    assert.ok((await page.locator("tbody tr").count()) > 0);
    assert.ok((await page.locator("tbody").textContent()).includes("onerror=alert(1)"), "as text");
    await visit(page);
  });

  test("values of other types", async (t) => {
    const page = await open(
      t,
      Object.values(values).map((value) => sending(named(value))),
    );
    await settled(page);
    assert.ok((await page.locator("tbody tr").count()) > 0);
    await visit(page);
  });
});

test("responses that Consul never sends, next to a healthy cluster", async (t) => {
  const page = await open(t, [sending(peering), ...Object.values(responses).filter((_, i) => i % 3 === 0)]);
  await settled(page);
  await page.locator("tbody tr", { hasText: "ACTIVE" }).first().waitFor();
  await visit(page);
  assert.ok(await page.isVisible("h1"));
});
