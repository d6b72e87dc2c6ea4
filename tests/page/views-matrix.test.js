// The matrix: its cells, keyboard navigation, and connecting two clusters.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { generateToken } from "../../pkg/node.js";
import { aclToken } from "../node/secrets.js";
import { AT_ONCE, faultsOf, inEachLook } from "./axe.js";
import { PHONE, openPage, servePage } from "./browser.js";
import { dialogOf } from "./dialogs.js";
import { CLUSTERS, activeCell, cell, focused, heads, label, matrix, press, readout, sorted } from "./matrix.js";
import { behind, simulate } from "./scenes.js";
import { assertVisible, textOf, textsOf } from "./visible.js";

const scene = matrix();
const { open } = scene;

test("matrix: a cell has the state and the verdict of one direction, as letter and shape, and in its description", async (t) => {
  const page = await open(t);
  await cell(page, "dc01", "dc04").and(page.locator('[aria-label*="TERMINATED"]')).waitFor();
  for (const [row, column, words, letters] of [
    ["dc02", "dc06", "ACTIVE, healthy", "A"],
    ["dc02", "dc12", "FAILING, broken", "F"],
    ["dc01", "dc04", "TERMINATED, broken", "T"],
    ["dc04", "dc01", "no peering, but dc01 has one with dc04", "–"],
    ["dc01", "dc05", "PENDING, starting", "P"],
    ["dc01", "dc02", "no peering", "–"],
    ["dc02", "dc01", "no peering", "–"],
  ]) {
    const its = cell(page, row, column).and(page.locator(`[aria-label="${row} with ${column}: ${words}"]`));
    await its.waitFor(); // once both clusters are read
    assert.equal(await textOf(its), letters, `${row} with ${column}`);
  }
  const signs = await page.evaluate(() =>
    ["dc02 with dc06", "dc02 with dc12", "dc01 with dc04", "dc01 with dc05"].map((name) => {
      const link = document.querySelector(`[aria-label^="${name}"]`);
      const [shape, mark] = ["::before", "::after"].map((part) => getComputedStyle(link, part));
      return [[shape.borderStyle, shape.backgroundImage, shape.backgroundColor, shape.width].join(), mark.content];
    }),
  );
  assert.equal(new Set(signs.map(([shape]) => shape)).size, signs.length, `shapes differ: ${JSON.stringify(signs)}`);
  assert.deepEqual(
    signs.map(([, mark]) => mark),
    ["none", '"!!"', '"!!"', '"…"'],
  );
  const legend = (await textsOf(page.locator(".legend li"))).join(" ");
  for (const words of ["F FAILING", "A ACTIVE", "!! broken", "– no peering"])
    assert.ok(legend.replace(/\s+/g, " ").includes(words), legend);
});

test("topology: a summary of all links", async (t) => {
  const page = await open(t);
  const links = (CLUSTERS * (CLUSTERS - 1)) / 2 - 2;
  await page.getByText(`${links} links: ${links - 13} healthy, 12 unhealthy, and 1 starting or ending.`).waitFor();
  assert.match(await textOf(page.locator(".summary")), /2 pairs of clusters without a link/);
});

test("matrix: the default view from eight clusters on; the selected view is in the address", async (t) => {
  const page = await open(t);
  const choice = (name) => page.locator(".topology nav a", { hasText: name });
  assert.equal(await choice("Matrix").getAttribute("aria-current"), "true");
  await choice("Diagram").click();
  await page.locator(".edge").first().waitFor({ state: "attached" });
  assert.equal(new URL(page.url()).hash, "#topology?view=topology");
  assert.equal(await focused(page), "Diagram", "the focus stays where it was");
  await page.reload();
  await page.locator(".edge").first().waitFor({ state: "attached" });
  await page.goBack();
  await page.locator(".cell").first().waitFor();
  const clusters = behind(scene.simulator, Object.keys(scene.simulator.clusters).slice(0, 7));
  const few = await openPage(t, scene.browser, await servePage(t, clusters), { hash: "#topology" });
  await few.locator(".edge").first().waitFor({ state: "attached" });
  await few.locator(".topology nav a", { hasText: "Matrix" }).click();
  await few.locator(".cell").nth(48).waitFor();
});

test("matrix: clusters with the most problems come first, or sorted by name; the order is in the address", async (t) => {
  const page = await open(t);
  const names = Object.keys(scene.simulator.clusters);
  await sorted(page, "dc12");
  const byHealth = await heads(page);
  assert.deepEqual(byHealth.slice(0, 2), ["dc12", "dc01"]);
  assert.deepEqual(await textsOf(page.locator("[role=rowheader] span")), byHealth);
  await page.getByText("By name").click();
  await sorted(page, "dc01");
  assert.deepEqual(await heads(page), names);
  await page.reload();
  await page
    .locator(".cell")
    .nth(CLUSTERS ** 2 - 1)
    .waitFor({ state: "attached" });
  assert.deepEqual(await heads(page), names);
  assert.equal(await page.getByText("By name").getAttribute("aria-pressed"), "true");
});

test("matrix: one tab stop, with navigation by arrows, Home and End", async (t) => {
  const page = await open(t, { hash: "#topology?sort=name" });
  assert.equal(await page.locator(".grid [tabindex='0']").count(), 1);
  await page.getByText("By name").focus();
  assert.match(await press(page, "Tab"), /^dc01 with dc02/);
  assert.match(await readout(page), /^dc01 with dc02: no peering/);
  assert.match(await press(page, "ArrowRight"), /^dc01 with dc03/);
  assert.match(await press(page, "ArrowDown"), /^dc02 with dc03/);
  assert.match(await press(page, "ArrowLeft"), /^dc02 itself/);
  assert.match(await press(page, "End"), /^dc02 with dc12/);
  assert.match(await press(page, "ArrowRight"), /^dc02 with dc12/, "there is an end");
  assert.match(await press(page, "Home"), /^dc02 with dc01/);
  assert.match(await press(page, "Control+End"), /^dc12 itself/);
  assert.match(await press(page, "Control+Home"), /^dc01 itself/);
  assert.match(await press(page, "PageDown"), /^dc11 with dc01/);
  assert.match(await press(page, "PageUp"), /^dc01 itself/);
  assert.equal(await press(page, "ArrowUp"), "dc01", "the head of the column");
  assert.match(await press(page, "ArrowDown", "ArrowLeft"), /^dc01/, "the head of the row");
  assert.equal(await page.locator(".grid [tabindex='0']").count(), 1);
  const out = await press(page, "Tab");
  assert.doesNotMatch(out, /^dc\d\d (with|itself)/);
});

test("matrix: the focused cell is never behind the names", async (t) => {
  const page = await open(t, { hash: "#topology?sort=name", viewport: PHONE });
  await page.locator("[aria-label='dc01 itself']").focus();
  await press(page, "Control+End");
  const isVisible = () =>
    page.evaluate(() => {
      const [region, cell] = [document.querySelector(".region"), document.activeElement].map((each) =>
        each.getBoundingClientRect(),
      );
      return cell.right <= region.right && cell.bottom <= region.bottom;
    });
  assert.ok(await isVisible(), "the last cell is scrolled to");
  await press(page, "ArrowUp");
  for (let i = 0; i < 9; i++) await press(page, "ArrowLeft", "ArrowUp");
  assert.match(await focused(page), /^dc02 with dc03/);
  const [cellBox, head, name] = await page.evaluate(() => {
    const boxOf = (element) => element.getBoundingClientRect().toJSON();
    return [document.activeElement, document.querySelector(".names"), document.querySelector("[role=rowheader]")].map(
      boxOf,
    );
  });
  assert.ok(cellBox.top >= head.bottom - 1, JSON.stringify({ cellBox, head }));
  assert.ok(cellBox.left >= name.right - 1, JSON.stringify({ cellBox, name }));
});

test("matrix: Enter and click open the peering; the diagonal does nothing", async (t) => {
  const page = await open(t, { hash: "#topology?sort=name" });
  await page.locator("[aria-label='dc01 itself']").focus();
  await press(page, "Enter");
  assert.equal(new URL(page.url()).hash, "#topology?sort=name");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await page.locator("[aria-label='dc01 itself']").click();
  assert.equal(new URL(page.url()).hash, "#topology?sort=name");
  await activeCell(page, "dc02", "dc06").focus();
  await press(page, "Enter");
  await page.locator(".facts").waitFor();
  assert.equal(await textOf(page.locator("h1")), "dc02’s peering with dc06");
  await page.goBack();
  await activeCell(page, "dc06", "dc02").click();
  await page.locator("h1", { hasText: "dc06’s peering with dc02" }).waitFor();
});

test("navigating back focuses the cell, or the link of the diagram, that was followed", async (t) => {
  const page = await open(t, { viewport: PHONE });
  await sorted(page, "dc12");
  const order = await heads(page);
  await activeCell(page, "dc11", "dc09").focus();
  await press(page, "Enter");
  await page.locator(".facts").waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.activeElement.ariaLabel?.startsWith("dc11 with dc09:"));
  assert.deepEqual(await heads(page), order);
  assert.match(await readout(page), /^dc11 with dc09: /);
  await page.waitForFunction(() => {
    const [region, focus] = [".region", ":focus"].map((each) => document.querySelector(each).getBoundingClientRect());
    return focus.top >= region.top && focus.right <= region.right; // it is scrolled to
  });
  assert.match(await press(page, "ArrowLeft"), /^dc11 with dc/, "and continues from there");
  await page.evaluate(() => void (location.hash = "#topology?view=topology"));
  await page.locator(".edge").first().waitFor({ state: "attached" });
  const edge = page.locator(".edge").nth(3);
  const name = await label(edge);
  await edge.focus();
  await press(page, "Enter");
  await page.locator(".facts").waitFor();
  await page.goBack();
  await page.waitForFunction((name) => document.activeElement.ariaLabel === name, name);
});

test("matrix: the cell under the pointer is described", async (t) => {
  const page = await open(t, { hash: "#topology?sort=name" });
  const failing = cell(page, "dc02", "dc12").and(page.locator('[aria-label*="FAILING"]'));
  await failing.waitFor();
  await failing.hover();
  assert.match(await readout(page), /^dc02 with dc12: FAILING, broken\. dc02 accepts dc12\. ./);
  const lit = await textsOf(page.locator(".highlighted span"));
  assert.deepEqual(lit.toSorted(), ["dc02", "dc12"]);
  await page.mouse.move(0, 0);
  assert.match(await readout(page), /^Each row shows the peerings of one cluster/);
});

test("matrix: the order does not change while the pointer is over it", async (t) => {
  const mine = await simulate(t, { clusters: Array.from({ length: 8 }, (_, i) => `c${i}`) });
  const page = await open(t, { clusters: behind(mine) });
  await page.getByText("28 pairs of clusters without a link").waitFor();
  await cell(page, "c0", "c1").focus();
  await generateToken(mine.clusters.c7, { peer_name: "c6" });
  await cell(page, "c7", "c6").and(page.locator('[aria-label*="PENDING"]')).waitFor();
  assert.equal((await heads(page))[0], "c0");
  assert.match(await focused(page), /^c0 with c1/);
  await page.getByText("By name").focus();
  await sorted(page, "c6");
});

test("matrix: a cell without a link opens Connect", async (t) => {
  const mine = await simulate(t, { clusters: ["eu", "us", "ap"] });
  const page = await open(t, { hash: "#topology?view=matrix&sort=name", clusters: behind(mine) });
  await page.getByText("3 pairs of clusters without a link").waitFor();
  await cell(page, "us", "eu").focus();
  await press(page, "Enter");
  const dialog = dialogOf(page);
  assert.equal(await dialog.getByLabel("Cluster").first().inputValue(), "eu");
  assert.equal(await dialog.getByLabel("Cluster").last().inputValue(), "us");
  await dialog.getByRole("button", { name: "Show the plan" }).click();
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await cell(page, "us", "eu").and(page.locator('[aria-label*="ACTIVE"]')).waitFor();
  await page.getByText("1 link: 1 healthy. 2 pairs of clusters without a link.").waitFor();
  assert.match(await focused(page), /^us with eu: ACTIVE/, "the focus is in the cell again");
  await press(page, "Enter");
  await page.locator("h1", { hasText: "us’s peering with eu" }).waitFor();
});

test("matrix: without permission, a cell without a link shows the reason", async (t) => {
  const reader = aclToken(randomUUID());
  const acl = { tokens: { [reader]: { peering: "read" } } };
  const closed = await simulate(t, { clusters: [{ name: "eu", acl }, "us"] });
  const clusters = behind(closed);
  clusters.eu.token = reader;
  const page = await open(t, { hash: "#topology?view=matrix&sort=name", clusters, secrets: [reader] });
  const missing = cell(page, "us", "eu").and(page.locator("[aria-disabled]"));
  await missing.hover();
  assert.match(await readout(page), /^us with eu: no peering\. Changing peerings of eu requires /);
  await missing.click({ force: true });
  assert.equal(await page.locator("dialog[open]").count(), 0);
});

test("matrix: cells that are not confirmed and clusters that were never read are marked", async (t) => {
  const clusters = behind(scene.simulator);
  const cut = new AbortController();
  clusters.dc06.fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.any([init.signal, cut.signal]) });
  const page = await open(t, { clusters });
  await cell(page, "dc06", "dc07").and(page.locator('[aria-label*="ACTIVE, healthy"]')).waitFor();
  cut.abort(Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } }));
  const stale = page.locator('[aria-label="dc06 with dc07: Unknown, was ACTIVE"]');
  await stale.waitFor();
  await assertVisible(page.getByRole("rowheader").filter({ hasText: "dc06" }).getByText("no response"));
  await assertVisible(page.getByRole("rowheader").filter({ hasText: "dc12" }).getByText("no response"));
  assert.equal(await label(cell(page, "dc12", "dc07")), "dc12 with dc07: unknown");
  const scheme = (locator) => locator.evaluate(({ parentElement }) => getComputedStyle(parentElement).backgroundImage);
  const hatched = await scheme(stale);
  assert.match(hatched, /gradient/);
  assert.equal(await scheme(cell(page, "dc12", "dc07")), hatched);
  assert.equal(await scheme(cell(page, "dc07", "dc08")), "none");
  assert.equal(await label(cell(page, "dc07", "dc06")), "dc07 with dc06: ACTIVE, healthy", "dc07 itself responds");
});

test("matrix on a phone: it scrolls within its region, and the names remain visible", async (t) => {
  const page = await open(t, { viewport: { width: 390, height: 560 } });
  const measure = () =>
    page.evaluate(() => {
      const region = document.querySelector(".region");
      const left = (selector) => document.querySelector(selector).getBoundingClientRect().left;
      return {
        wide: document.documentElement.scrollWidth - innerWidth,
        scrolls: region.scrollWidth > region.clientWidth && region.scrollHeight > region.clientHeight,
        name: left("[role=rowheader]") - region.getBoundingClientRect().left,
        head: document.querySelector(".names").getBoundingClientRect().top - region.getBoundingClientRect().top,
        cell: document.querySelector(".cell a").getBoundingClientRect().width,
      };
    });
  const before = await measure();
  assert.deepEqual([before.wide, before.scrolls], [0, true]);
  assert.ok(before.cell >= 40, `wide enough for a finger: ${before.cell}`);
  await page.locator(".region").evaluate((region) => region.scrollTo(300, 120));
  const after = await measure();
  assert.deepEqual([after.name, after.head], [before.name, before.head]);
  await cell(page, "dc02", "dc11")
    .tap?.()
    .catch(() => cell(page, "dc02", "dc11").click());
  await page.locator(".facts").waitFor();
});

test("no accessibility violations in both views of twelve clusters: light, dark, forced colours, phone", async (t) => {
  const page = await open(t, AT_ONCE);
  const looks = ["light", "dark", "forced colours", "phone"];
  const check = async (look) => assert.deepEqual(await faultsOf(page), [], look);
  await cell(page, "dc01", "dc04").and(page.locator('[aria-label*="TERMINATED"]')).waitFor();
  await inEachLook(page, check, looks);
  await page.evaluate(() => void (location.hash = "#topology?view=topology"));
  await page.locator(".edge").first().waitFor({ state: "attached" });
  await inEachLook(page, check, looks);
});
