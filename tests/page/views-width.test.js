// The views in narrow windows, with zoom and with large fonts. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, servePage, startBrowser } from "./browser.js";
import { behind, simulate } from "./scenes.js";
import { go, settled, views } from "./views.js";

const scene = views();

for (const [what, options, args] of [
  ["320 px wide", { viewport: { width: 320, height: 640 } }, []],
  ["390 px wide", { viewport: { width: 390, height: 844 } }, []],
  ["magnified to 200 %", { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, []],
  ["letters twice as large", { viewport: { width: 1280, height: 800 } }, ["--blink-settings=defaultFontSize=32"]],
]) {
  test(`${what}: nothing is truncated, and nothing scrolls horizontally`, async (t) => {
    const browser = args.length ? await startBrowser(scene.all, args) : undefined;
    const page = await scene.open(t, "", { browser, ...options });
    for (const hash of ["#/", "#/us", "#topology", "#/us/eu", "#/eu/unknown-peer"]) {
      await go(page, hash);
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

test("320 px wide: the topology shows the status of two clusters in full", async (t) => {
  const simulator = await simulate(t, { clusters: ["eu", "us"].map((name) => ({ name, acl: true })) });
  const options = { viewport: { width: 320, height: 640 }, hash: "#topology" };
  const page = await openPage(t, scene.browser, await servePage(t, behind(simulator)), options);
  await settled(page);
  await page.locator(".topology .notice").nth(1).waitFor();
  const hidden = await page.locator(".topology .notices").evaluate((all) => all.scrollHeight - all.clientHeight);
  assert.equal(hidden, 0);
  assert.equal(await page.getByText("2 notices").isVisible(), false, "what is not collapsed needs no heading");
});

test("the topology collapses the notices about more than two clusters, and expands all of them", async (t) => {
  const simulator = await simulate(t, { clusters: ["ap", "eu", "us"].map((name) => ({ name, acl: true })) });
  const page = await openPage(t, scene.browser, await servePage(t, behind(simulator)), { hash: "#topology" });
  await settled(page);
  const notices = page.locator(".topology .notice");
  await notices.nth(2).waitFor({ state: "attached" });
  assert.equal(await notices.nth(0).isVisible(), false);
  await page.getByText("3 notices", { exact: true }).click();
  await notices.nth(2).waitFor();
});
