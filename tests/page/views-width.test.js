// The views in narrow windows, with zoom and with large fonts. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../pkg/node.js";
import { PHONE, openPage, servePage, startBrowser } from "./browser.js";
import { behind, simulate } from "./scenes.js";
import { go, settled, views } from "./views.js";
import { textOf } from "./visible.js";

const scene = views();

for (const [what, options, args] of [
  ["320 px wide", { viewport: { width: 320, height: 640 } }, []],
  ["390 px wide", { viewport: PHONE }, []],
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

test("names that differ only at their end are distinguishable at every width", async (t) => {
  const names = ["onprem-frankfurt-production-blue-01", "onprem-frankfurt-production-blue-02", "hub"];
  const simulator = await simulate(t, { clusters: names });
  const [one, two, hub] = names.map((name) => simulator.clusters[name]);
  for (const [i, cluster] of [one, two].entries()) {
    await connect({ cluster: hub, peer_name: names[i] }, { cluster, peer_name: "hub" });
  }
  const page = await openPage(t, scene.browser, await servePage(t, behind(simulator)));
  for (const [hash, width] of [
    ...[320, 390, 800, 1280, 1920].map((width) => ["#/", width]),
    ...[320, 390, 800, 1280, 1920].map((width) => ["#/hub", width]),
  ]) {
    await go(page, hash);
    await page.locator("tbody tr").nth(1).waitFor();
    await page.setViewportSize({ width, height: 900 });
    // Row heights depend on the width.
    await page.waitForFunction(
      (remote) => {
        const isWithin = (cell) =>
          cell.getBoundingClientRect().bottom <= (cell.closest("tr") ?? cell).getBoundingClientRect().bottom + 1;
        return (
          [...document.querySelectorAll(`tbody :is(.name${remote}), #clusters .name`)].every(
            (cell) => !cell.checkVisibility() || (cell.scrollWidth <= cell.clientWidth + 1 && isWithin(cell)),
          ) && document.documentElement.scrollWidth <= innerWidth
        );
      },
      width <= 800 ? ", .remote" : "", // a wide table may truncate it: the name next to it distinguishes rows
    );
  }
});

test("a name that is longer than Consul accepts is shortened in the middle, without a higher row", async (t) => {
  const long = `${"x".repeat(200)}-${"y".repeat(52)}-end`;
  const page = await scene.open(t, "#/us");
  await page.route("**/clusters/us/v1/peerings*", async (route) => {
    const response = await route.fetch();
    const json = (await response.json()).map((each) => (each.Name === "sa" ? { ...each, Name: long } : each));
    await route.fulfill({ response, json });
  });
  await page.reload();
  await settled(page);
  for (const [width, most] of [
    [1280, 100],
    [390, 180],
  ]) {
    // prettier-ignore
    await page.setViewportSize({ width, height: 900 });
    for (const hash of ["#/us", "#/"]) {
      await go(page, hash);
      const name = page.locator("tbody .name a", { hasText: "-end" });
      await name.waitFor();
      assert.ok((await textOf(name)).length < 140, hash);
      assert.ok((await name.getAttribute("title")).includes(long), "all of it is there");
      await page.waitForFunction((most) => document.querySelector("tbody tr").offsetHeight <= most, most);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    }
  }
  await page.locator("tbody .name a", { hasText: "-end" }).click();
  await page.locator("h1", { hasText: long }).waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" }); // a blocking read is under way
});
