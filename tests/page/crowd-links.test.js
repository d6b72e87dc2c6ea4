// A full mesh of many clusters: its links as a list and as a matrix.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect, remove } from "../../pkg/node.js";
import { atLength } from "../extent.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, meshed } from "./scenes.js";
import { textOf } from "./visible.js";
import { assertShortTasks, LONGEST_TASK_MS } from "./tasks.js";
import { go } from "./views.js";

const CLUSTERS = atLength ? 50 : 16;
const LINKS = (CLUSTERS * (CLUSTERS - 1)) / 2;
const ALL = `${LINKS.toLocaleString("en")} links`;
const all = suite();
let browser, simulator;
before(async () => {
  [browser, simulator] = await Promise.all([startBrowser(all), meshed(all, CLUSTERS)]);
});

const open = async (t) => openPage(t, browser, await servePage(t, behind(simulator)));
const counted = (page, text) => page.locator(".count", { hasText: text }).waitFor();

test(`no task is longer than ${LONGEST_TASK_MS} ms while the links of ${CLUSTERS} clusters are loaded`, async (t) => {
  const page = await open(t);
  await assertShortTasks(t, browser, page, async () => {
    await page.reload();
    await counted(page, new RegExp(`^${ALL}$`));
    await page.waitForTimeout(3_000); // each cluster is read again meanwhile
  });
});

test(`no task is longer than ${LONGEST_TASK_MS} ms while they are searched, filtered, sorted and scrolled`, async (t) => {
  const page = await open(t);
  await counted(page, new RegExp(`^${ALL}$`));
  const search = page.getByLabel("Search links");
  await assertShortTasks(t, browser, page, async () => {
    await search.pressSequentially("dc07", { delay: 30 });
    await counted(page, `${CLUSTERS - 1} of ${ALL}`);
    await search.fill("");
    await page.getByRole("button", { name: /^ACTIVE/ }).click();
    await page.getByRole("button", { name: /^ACTIVE/ }).click();
    for (const column of ["Dialer", "Heartbeat", "Meta", "Link", "Health"]) {
      await page.getByRole("button", { name: column }).click();
    }
    for (let i = 0; i < 25; i++) {
      await page.mouse.wheel(0, i % 5 === 4 ? 9_000 : 700);
      await page.waitForTimeout(40);
    }
    assert.ok(await page.evaluate(() => scrollY > 1_000));
    await page.evaluate(() => scrollTo(0, 0));
  });
});

test("a long list: only the visible rows are created, and row indexes cover all", async (t) => {
  const page = await open(t);
  await counted(page, new RegExp(`^${ALL}$`));
  assert.equal(await page.getByRole("table").getAttribute("aria-rowcount"), `${LINKS + 1}`);
  assert.ok((await page.locator("tbody tr").count()) < 60);
  await page.locator("tbody tr .name").first().waitFor();
  assert.equal(await textOf(page.locator("tbody tr .name").first()), "dc02 → dc01");
  await page.getByRole("link", { name: "dc02 → dc01" }).focus();
  await page.keyboard.press("End");
  const last = page.getByRole("row", { name: `dc${CLUSTERS} → dc${CLUSTERS - 1}` });
  await last.waitFor();
  assert.equal(await last.getAttribute("aria-rowindex"), `${LINKS + 1}`);
  await go(page, "#/dc07");
  assert.equal(await textOf(page.locator(".count")), `${CLUSTERS - 1} peerings`);
});

test(`no task is longer than ${LONGEST_TASK_MS} ms while their matrix is drawn, sorted, scrolled and updated`, async (t) => {
  const page = await open(t);
  await go(page, "#/dc01");
  await page.locator("tbody tr").first().waitFor();
  await page.locator("#clusters").getByText(LINKS.toLocaleString("en"), { exact: true }).waitFor();
  await assertShortTasks(t, browser, page, () => goThroughMatrix(page));
});

/**
 * Switches to the matrix while a link is deleted and recreated. Selects elements by attributes only: selecting by role or
 * text among thousands of cells takes the browser longer than the page's own work.
 */
async function goThroughMatrix(page) {
  const cell = (state) => page.locator(`[aria-label^="dc03 with dc04: ${state}"]`);
  const order = (nth) => page.locator(".matrix > .switch > button").nth(nth);
  await page.evaluate(() => void (location.hash = "#topology"));
  await page.locator(".grid > :last-child > :last-child[data-kind]").waitFor({ state: "attached" });
  await cell("ACTIVE").waitFor();
  await order(1).press("Enter");
  await remove(simulator.clusters.dc04, "dc03");
  await cell("TERMINATED").waitFor();
  await order(0).press("Enter");
  await page.locator('[aria-label="dc03 itself"]').focus();
  for (const key of ["Control+End", "Home", "PageUp", "Control+Home"]) await page.keyboard.press(key);
  for (let i = 0; i < 20; i++) {
    await page.locator(".region").evaluate((region, i) => region.scrollTo(i * 97, i * 89), i);
    await page.waitForTimeout(40);
  }
  const { dc03, dc04 } = simulator.clusters;
  await connect(
    { cluster: dc03, peer_name: "dc04", server_external_addresses: [] },
    { cluster: dc04, peer_name: "dc03" },
  );
  await cell("ACTIVE").waitFor();
  assert.equal(await page.locator(".grid > div").count(), CLUSTERS + 1);
  await page.evaluate(() => void (location.hash = "#/dc01"));
}
