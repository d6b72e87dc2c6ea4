// The topology: the diagram of the clusters and their links, and its table. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, openPage, servePage, startBrowser } from "./browser.js";
import { behind } from "./scenes.js";
import { textOf, textsOf } from "./visible.js";
import { rows, views, withoutTime } from "./views.js";

const scene = views();
const { open } = scene;

test("diagram: every link with its state as a word and a shape, and a description of the link under the pointer", async (t) => {
  const page = await open(t, "#topology");
  await page.locator(".edge").nth(4).waitFor();
  const links = await page.locator(".edge").evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")));
  assert.deepEqual(links.map(withoutTime).toSorted(), [
    "ap dials eu: ACTIVE",
    "ap dials us: TERMINATED; the other side: missing",
    "sa dials us: FAILING; the other side: no response since …",
    "us dials eu: ACTIVE",
    "warehouse has not dialed eu: PENDING; the other side: not on this page",
  ]);
  const words = await textsOf(page.locator(".sign text"));
  assert.deepEqual(words.toSorted(), ["ACTIVE", "ACTIVE", "FAILING", "PENDING", "TERMINATED"]);
  assert.equal(await page.locator(".sign g").count(), 5);
  await page.locator(".sign", { hasText: "FAILING" }).hover();
  assert.match(await textOf(page.locator("figcaption")), /sa dials us: FAILING/);
  assert.equal(await page.locator(".edge.highlighted").getAttribute("data-state"), "FAILING");
  await page.locator(".sign", { hasText: "FAILING" }).click();
  await page.locator(".facts").waitFor();
  await page.getByText("Peering health: Broken").waitFor();
});

test("diagram: arrow keys move between links, and the table has the same links", async (t) => {
  const page = await open(t, "#topology");
  await page.locator(".edge").nth(4).waitFor();
  await page.locator(".edge[tabindex='0']").focus();
  const text = () => textOf(page.locator("figcaption"));
  const first = await text();
  await page.keyboard.press("ArrowRight");
  const second = await text();
  assert.notEqual(first, second);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await text(), first);
  await page.keyboard.press("End");
  assert.match(await text(), /warehouse: not a cluster of this page/);
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.locator(".facts").waitFor();
  await page.goBack();
  await page.locator("tbody tr").nth(4).waitFor();
  const links = () => rows(page, "name a");
  assert.deepEqual((await links()).toSorted(), ["ap → eu", "ap → us", "sa → us", "us → eu", "warehouse → eu"]);
  assert.match((await links())[0], /^(ap|sa) → us$/, "what is broken comes first");
  await page.getByRole("button", { name: "Link" }).click();
  assert.deepEqual(await links(), (await links()).toSorted());
});

test("diagram of one cluster: its peers around it", async (t) => {
  const page = await openPage(t, scene.browser, await servePage(t, behind(scene.simulator, ["us"])), {
    hash: "#topology",
  });
  await page.locator(".edge").nth(2).waitFor({ state: "attached" });
  const nodes = await textsOf(page.locator(".node text:first-of-type"));
  assert.deepEqual(nodes.toSorted(), ["ap", "eu", "sa", "us"]);
});

test("diagram: the cluster under the pointer or with the focus is highlighted with its links", async (t) => {
  const page = await open(t, "#topology");
  await page.locator(".edge").nth(4).waitFor();
  const node = (name) => page.locator(`.node[data-node="${name}"]`);
  const faint = () =>
    page.locator(".mesh > .edge, .mesh > .node").evaluateAll((all) =>
      all
        .filter((each) => Number(getComputedStyle(each.querySelector("text, .line")).opacity) < 0.5)
        .map(({ ariaLabel }) => ariaLabel.replace(" no response", "").split(":")[0])
        .sort(),
    );
  await page.emulateMedia({ reducedMotion: "reduce" }); // opacity is not half-way
  assert.deepEqual(await faint(), []);
  await node("ap").hover();
  assert.deepEqual(await faint(), ["sa", "sa dials us", "us dials eu", "warehouse", "warehouse has not dialed eu"]);
  assert.match(await textOf(page.locator("figcaption")), /^ap: 2 links, 1 ACTIVE and 1 TERMINATED/);
  await node("eu").hover();
  assert.deepEqual(await faint(), ["ap dials us", "sa", "sa dials us"]);
  await page.mouse.move(0, 0);
  assert.deepEqual(await faint(), []);
  await page.locator(".mesh a[tabindex='0']").focus();
  for (let i = 0; i < 10 && !(await node("sa").evaluate((each) => each === document.activeElement)); i++) {
    await page.keyboard.press("ArrowRight");
  }
  assert.deepEqual(await faint(), ["ap", "ap dials eu", "ap dials us", "eu", "us dials eu", "warehouse", "warehouse has not dialed eu"]); // prettier-ignore
});

test("diagram: arrows point from the dialer to the acceptor", async (t) => {
  const page = await open(t, "#topology");
  await page.locator(".edge").nth(4).waitFor();
  const middle = async (locator) => {
    const { x, y, width, height } = await locator.boundingBox();
    return { x: x + width / 2, y: y + height / 2 };
  };
  const [us, eu, arrow] = await Promise.all([
    middle(page.locator('.node[data-node="us"]')),
    middle(page.locator('.node[data-node="eu"]')),
    middle(page.locator('.edge[aria-label^="us dials eu"] .arrow')),
  ]);
  const from = (place) => Math.hypot(place.x - arrow.x, place.y - arrow.y);
  assert.ok(from(eu) < from(us) / 2, JSON.stringify({ us, eu, arrow }));
});

for (const [what, options, args] of [
  ["wide", { viewport: { width: 1280, height: 800 } }, []],
  ["390 px wide", { viewport: PHONE }, []],
  ["letters twice as large", { viewport: { width: 1280, height: 800 } }, ["--blink-settings=defaultFontSize=32"]],
]) {
  test(`diagram: names are inside of their nodes, and nodes inside of the drawing: ${what}`, async (t) => {
    const its = args.length ? await startBrowser(scene.all, args) : scene.browser;
    const page = await openPage(t, its, await servePage(t, behind(scene.simulator)), { hash: "#topology", ...options });
    await page.locator(".edge").nth(3).waitFor({ state: "attached" });
    const outside = await page.evaluate(() => {
      const boxOf = (element) => element.getBoundingClientRect();
      const isWithin = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
      const frame = boxOf(document.querySelector(".mesh"));
      return [...document.querySelectorAll(".node")]
        .filter((node) => {
          const [rect, text] = ["rect", "rect + text"].map((part) => boxOf(node.querySelector(part)));
          return !isWithin(rect, frame) || !isWithin(text, rect);
        })
        .map(({ textContent }) => textContent);
    });
    assert.deepEqual(outside, []);
  });
}

test("an address of an earlier version opens the topology, and is replaced by the current one", async (t) => {
  const page = await open(t, "#picture");
  await page.locator(".edge").first().waitFor({ state: "attached" });
  assert.equal(await textOf(page.locator("h1")), "Topology");
  assert.equal(new URL(page.url()).hash, "#topology");
});
