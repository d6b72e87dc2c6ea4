// Checks every view with axe-core: light, dark, forced colours, narrow.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { AT_ONCE, faultsOf, inEachLook } from "./axe.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, motley, simulate } from "./scenes.js";

/** Each view with the element to wait for. */
const VIEWS = [
  ["the list", "#/", "tbody tr"],
  ["a cluster", "#/us", ".panel dd"],
  ["a cluster that denies access", "#/closed", ".notice"],
  ["the topology", "#topology", ".edge"],
  ["one peering, both sides", "#/us/eu", ".facts"],
  ["one peering, broken", "#/us/sa", ".facts"],
  ["no such peering", "#/us/unknown", ".empty"],
  ["no such cluster", "#/unknown", ".empty"],
];

const all = suite();
let browser, clusters;
before(async () => {
  let simulator, closed;
  [browser, simulator, closed] = await Promise.all([
    startBrowser(all),
    motley(all),
    simulate(all, { clusters: [{ name: "closed", acl: true }] }),
  ]);
  clusters = { ...behind(simulator), ...behind(closed) };
});

test("no view has accessibility violations: light, dark, forced colours, narrow", async (t) => {
  const page = await openPage(t, browser, await servePage(t, clusters), AT_ONCE);
  for (const [view, hash, there] of VIEWS) {
    await page.evaluate((to) => void (location.hash = to), hash);
    await page.locator(there).first().waitFor({ state: "attached" });
    await inEachLook(page, async (look) => assert.deepEqual(await faultsOf(page), [], `${view}, ${look}`));
  }
});
