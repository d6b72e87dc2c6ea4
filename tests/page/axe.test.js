// Every view against axe-core: light, dark, forced colours, narrow.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { faultsOf, LOOKS } from "./axe.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, motley, simulate } from "./scenes.js";

/** Each view with what has to be there before it is looked at. */
const VIEWS = [
  ["the list", "#/", "tbody tr"],
  ["a cluster", "#/us", ".panel dd"],
  ["a cluster that says no", "#/closed", ".notice"],
  ["the topology", "#topology", ".edge"],
  ["one peering, both sides", "#/us/eu", ".facts"],
  ["one peering, broken", "#/us/sa", ".facts"],
  ["no such peering", "#/us/nobody", ".empty"],
  ["no such cluster", "#/nobody", ".empty"],
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

for (const [look, options] of Object.entries(LOOKS)) {
  test(`no view has a fault: ${look}`, async (t) => {
    const page = await openPage(t, browser, await servePage(t, clusters), options);
    for (const [view, hash, there] of VIEWS) {
      await page.evaluate((to) => void (location.hash = to), hash);
      await page.locator(there).first().waitFor({ state: "attached" });
      assert.deepEqual(await faultsOf(page), [], view);
    }
  });
}
