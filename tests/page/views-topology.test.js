// The topology: a drawing of the clusters and their links, and the same as a table. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, servePage } from "./browser.js";
import { behind } from "./scenes.js";
import { textOf, textsOf } from "./seen.js";
import { rows, views } from "./views.js";

const scene = views();
const { open } = scene;

test("draws every link with its state as a word and a shape, and tells of the one that is pointed at", async (t) => {
  const page = await open(t, "#topology");
  await page.locator(".edge").nth(4).waitFor();
  const links = await page.locator(".edge").evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")));
  assert.deepEqual(links.toSorted(), [
    "eu and ap: ACTIVE",
    "eu and us: ACTIVE",
    "eu and warehouse: PENDING; the other side is not seen",
    "us and ap: TERMINATED; the other side is not seen",
    "us and sa: FAILING; the other side is not seen",
  ]);
  const words = await textsOf(page.locator(".sign text"));
  assert.deepEqual(words.toSorted(), ["ACTIVE", "ACTIVE", "FAILING", "PENDING", "TERMINATED"]);
  assert.equal(await page.locator(".sign g").count(), 5);
  await page.locator(".sign", { hasText: "FAILING" }).hover();
  assert.match(await textOf(page.locator("figcaption")), /us and sa: FAILING/);
  assert.equal(await page.locator(".edge.lit").getAttribute("data-state"), "FAILING");
  await page.locator(".sign", { hasText: "FAILING" }).click();
  await page.getByText("Broken").waitFor();
});

test("is gone through by key, and stands beside as a table", async (t) => {
  const page = await open(t, "#topology");
  await page.locator(".edge").nth(4).waitFor();
  await page.locator(".edge[tabindex='0']").focus();
  const told = () => textOf(page.locator("figcaption"));
  const first = await told();
  await page.keyboard.press("ArrowRight");
  const second = await told();
  assert.notEqual(first, second);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await told(), first);
  await page.keyboard.press("End");
  assert.match(await told(), /another cluster|a cluster of this page/);
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.locator(".facts").waitFor();
  await page.goBack();
  await page.locator("tbody tr").nth(4).waitFor();
  assert.deepEqual(await rows(page, "from"), ["eu", "eu", "eu", "us", "us"]);
  assert.deepEqual(await rows(page, "to"), ["ap", "us", "warehouse", "ap", "sa"]);
  assert.deepEqual(await rows(page, "back"), ["ACTIVE", "ACTIVE", "not seen", "not seen", "not seen"]);
});

test("of one cluster has its peers around it", async (t) => {
  const page = await openPage(t, scene.browser, await servePage(t, behind(scene.simulator, ["us"])), {
    hash: "#topology",
  });
  await page.locator(".edge").nth(2).waitFor({ state: "attached" });
  const nodes = await textsOf(page.locator(".node text:first-of-type"));
  assert.deepEqual(nodes.toSorted(), ["ap", "eu", "sa", "us"]);
});

test("an older link to it leads there, and becomes the current one", async (t) => {
  const page = await open(t, "#picture");
  await page.locator(".edge").first().waitFor({ state: "attached" });
  assert.equal(await textOf(page.locator("h1")), "Topology");
  assert.equal(new URL(page.url()).hash, "#topology");
});
