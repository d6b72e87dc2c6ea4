// The topology and the matrix of fifty clusters against axe-core, which needs time for thousands of cells.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { faultsOf } from "../page/axe.js";
import { openPage, servePage, startBrowser, suite } from "../page/browser.js";
import { behind, uneven } from "../page/scenes.js";

const CLUSTERS = 50;
const LOOKS = {
  light: {},
  dark: { colorScheme: "dark" },
  "forced colours": { forcedColors: "active" },
  "390 px": { viewport: { width: 390, height: 844 } },
};

const all = suite();
let browser, simulator;
before(async () => {
  [browser, simulator] = await Promise.all([startBrowser(all), uneven(all, CLUSTERS)]);
});

for (const [look, options] of Object.entries(LOOKS)) {
  test(`both views of fifty clusters are accessible: ${look}`, async (t) => {
    const page = await openPage(t, browser, await servePage(t, behind(simulator)), { hash: "#topology", ...options });
    await page.locator(".grid > :last-child > :last-child[data-kind]").waitFor({ state: "attached" });
    await page.waitForFunction(() => !document.querySelector("#clusters [data-status=reading]"));
    assert.deepEqual(await faultsOf(page), []);
    await page.evaluate(() => void (location.hash = "#topology?view=topology"));
    await page.locator(".edge").first().waitFor({ state: "attached" });
    assert.deepEqual(await faultsOf(page), []);
  });
}
