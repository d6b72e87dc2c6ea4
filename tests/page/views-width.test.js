// The views where there is little room: narrow, magnified, large letters. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, motley } from "./scenes.js";

const all = suite();
let browser, simulator;
before(async () => {
  [browser, simulator] = await Promise.all([startBrowser(all), motley(all)]);
});

for (const [what, options, args] of [
  ["320 px wide", { viewport: { width: 320, height: 640 } }, []],
  ["390 px wide", { viewport: { width: 390, height: 844 } }, []],
  ["magnified to 200 %", { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, []],
  ["letters twice as large", { viewport: { width: 1280, height: 800 } }, ["--blink-settings=defaultFontSize=32"]],
]) {
  test(`${what}: nothing is cut off, and nothing scrolls sideways`, async (t) => {
    const its = args.length ? await startBrowser(all, args) : browser;
    const page = await openPage(t, its, await servePage(t, behind(simulator)), options);
    for (const hash of ["#/", "#/us", "#topology", "#/us/eu", "#/eu/nobody"]) {
      await page.evaluate((to) => void (location.hash = to), hash);
      await page.locator("tbody tr, .empty").first().waitFor();
      const { wide, cut } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - innerWidth,
        cut: [...document.querySelectorAll("button, .badge, h1, th[role=rowheader]")]
          .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1)
          .map((each) => each.innerText),
      }));
      assert.deepEqual({ hash, wide, cut }, { hash, wide: 0, cut: [] });
    }
  });
}
