// A thousand peerings: search, filter, sort and scroll while they change.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { generateToken, remove } from "../../pkg/node.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, crowded } from "./scenes.js";
import { assertShortTasks, LONGEST_TASK_MS } from "./tasks.js";
import { untilFocusOn } from "./visible.js";

const PEERINGS = 1_000;
const all = suite();
let browser, simulator;
before(async () => {
  [browser, simulator] = await Promise.all([startBrowser(all), crowded(all, PEERINGS)]);
});

async function open(t, options) {
  const page = await openPage(t, browser, await servePage(t, behind(simulator, ["hub"])), options);
  await untilCounted(page, "1,000 peerings");
  return page;
}

test(`no task is longer than ${LONGEST_TASK_MS} ms while ${PEERINGS} peerings are searched, filtered, sorted and scrolled`, async (t) => {
  const page = await open(t);
  await assertShortTasks(t, browser, page, async () => {
    await page.getByLabel("Search peerings").pressSequentially("store-01", { delay: 30 });
    await untilCounted(page, "100 of 1,000 peerings");
    await page.getByLabel("Search peerings").fill("");
    await page.getByRole("button", { name: /^PENDING/ }).click();
    await untilCounted(page, "100 of 1,000 peerings");
    await page.getByRole("button", { name: /^PENDING/ }).click();
    for (const column of ["State", "Heartbeat", "Meta", "Name"]) {
      await page.getByRole("button", { name: column }).click();
    }
    for (let i = 0; i < 25; i++) {
      await page.mouse.wheel(0, i % 5 === 4 ? 9_000 : 700);
      await page.waitForTimeout(40);
    }
    assert.ok(await page.evaluate(() => scrollY > 20_000));
    await page.evaluate(() => scrollTo(0, 0));
  });
});

test("screen readers get the number of rows and the index of each, although few rows are created", async (t) => {
  const page = await open(t);
  assert.equal(await page.getByRole("table").getAttribute("aria-rowcount"), String(PEERINGS + 1));
  assert.ok((await page.locator("tbody tr").count()) < 60);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  const last = page.getByRole("row", { name: "store-0999" });
  await last.waitFor();
  assert.equal(await last.getAttribute("aria-rowindex"), String(PEERINGS + 1));
  const indexes = await page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.ariaRowIndex)));
  assert.deepEqual(
    indexes,
    indexes.toSorted((a, b) => a - b),
  );
});

test("updates keep the scroll position, the focus and unchanged rows", async (t) => {
  const { hub } = simulator.clusters;
  const page = await open(t);
  await page.getByRole("button", { name: "Name" }).click();
  await page.evaluate(() => scrollTo(0, 13_000));
  const link = page.getByRole("link", { name: "store-0300" });
  await link.focus();
  const observed = () => link.evaluate(topWhenPainted);
  await page.evaluate(() => {
    globalThis.kept = document.activeElement.closest("tr");
    globalThis.lost = 0;
    document.activeElement.addEventListener("blur", () => globalThis.lost++);
  });
  const before = await observed();
  t.after(() => Promise.all(["a-first", "b-second"].map((name) => remove(hub, name))));
  for (const peer_name of ["a-first", "b-second"]) await generateToken(hub, { peer_name });
  await untilCounted(page, "1,002 peerings");
  assert.equal(await observed(), before, "two came before it, and it is where it was");
  await remove(hub, "a-first");
  await untilCounted(page, "1,001 peerings");
  assert.equal(await observed(), before);
  const [isKept, isFocused, lost] = await page.evaluate(() => [
    globalThis.kept.isConnected && globalThis.kept.contains(document.activeElement),
    document.activeElement.innerText,
    globalThis.lost,
  ]);
  assert.deepEqual([isKept, isFocused, lost], [true, "store-0300", 0]);
  // The focused row is kept when it is scrolled out of view, so that arrow keys continue from there.
  await page.evaluate(() => scrollTo(0, 40_000));
  await page.getByRole("link", { name: "store-0900" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await untilFocusOn(page.getByRole("link", { name: "store-0301" }));
});

for (const [where, scrolled, name] of [
  ["in the middle", 13_000, "store-0300"],
  ["at the end", 100_000, "store-0990"],
]) {
  test(`${where}, the visible rows stay where they are when a notice appears, and when it disappears while rows change`, async (t) => {
    const { hub } = simulator.clusters;
    const page = await open(t);
    await page.getByRole("button", { name: "Name" }).click();
    await page.evaluate((to) => scrollTo(0, to), scrolled);
    const row = page.getByRole("row", { name });
    await row.waitFor();
    const observed = () => row.evaluate(topWhenPainted);
    const before = await observed();
    const fail = () =>
      simulator.fault({ kind: "drop_before", match: { cluster: "hub", path: /peerings/ }, times: Infinity });
    let fault = fail();
    t.after(() => {
      fault.remove();
      return remove(hub, "a-third");
    });
    const notice = page.locator(".notice");
    await notice.waitFor({ state: "attached" });
    assert.equal(await observed(), before, "with a notice");
    fault.remove();
    await notice.waitFor({ state: "detached" });
    assert.equal(await observed(), before, "without a notice");
    fault = fail();
    await notice.waitFor({ state: "attached" });
    await generateToken(hub, { peer_name: "a-third" });
    fault.remove();
    await notice.waitFor({ state: "detached" });
    await untilCounted(page, "1,001 peerings");
    assert.equal(await observed(), before, "with a row before it, and without a notice");
    await remove(hub, "a-third");
    await untilCounted(page, "1,000 peerings");
    assert.equal(await observed(), before, "without that row");
  });
}

/** Waits until the list shows this count, which is also announced. */
const untilCounted = (page, text) => page.locator(".count").getByText(text, { exact: true }).waitFor();

/** Where an element is in the viewport after the next frame, which may scroll before it is painted. */
const topWhenPainted = (element) =>
  new Promise((resolve) => {
    const measure = () => resolve(Math.round(element.getBoundingClientRect().top));
    requestAnimationFrame(() => requestAnimationFrame(measure));
  });

test("printing includes all rows", async (t) => {
  const page = await open(t);
  await page.evaluate(() => {
    globalThis.most = 0;
    addEventListener("beforeprint", () => (globalThis.most = document.querySelectorAll("tbody tr").length));
  });
  const paper = await page.pdf();
  assert.equal(await page.evaluate(() => globalThis.most), PEERINGS);
  const sheets = paper.toString("latin1").match(/\/Type \/Page\b/g).length;
  assert.ok(sheets > 15, `${sheets} sheets`);
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length < 60);
});
