// A thousand peerings: searched, filtered, sorted and scrolled while they change. Fifty clusters in a matrix.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect, generateToken, remove } from "../../pkg/node.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, crowded, meshed } from "./scenes.js";

const PEERINGS = 1_000;
const CLUSTERS = 50;
const LONGEST_TASK_MS = 50;
const ATTEMPTS = 3;
const all = suite();
let browser, simulator;
before(async () => {
  [browser, simulator] = await Promise.all([startBrowser(all), crowded(all, PEERINGS)]);
});

async function open(t, options) {
  const page = await openPage(t, browser, await servePage(t, behind(simulator, ["hub"])), options);
  await page.getByText("1,000 peerings").waitFor();
  return page;
}

test(`no task is longer than ${LONGEST_TASK_MS} ms while ${PEERINGS} peerings are searched, filtered, sorted and scrolled`, async (t) => {
  const page = await open(t);
  await assertNoLongTask(t, page, goThroughList);
});

test(`no task is longer than ${LONGEST_TASK_MS} ms while a matrix of ${CLUSTERS} clusters is drawn, sorted, scrolled and updated`, async (t) => {
  const mesh = await meshed(t, CLUSTERS);
  const page = await openPage(t, browser, await servePage(t, behind(mesh)), { hash: "#/dc01" });
  await page.locator("tbody tr").first().waitFor();
  await page.locator("#clusters").getByText("1,225", { exact: true }).waitFor();
  await assertNoLongTask(t, page, (page) => goThroughMatrix(page, mesh));
});

/** The page's own code takes as long each time; a neighbour that empties the processor's caches does not. */
async function assertNoLongTask(t, page, use) {
  let longest = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && longest > LONGEST_TASK_MS; attempt++) {
    longest = Math.min(longest, await longestTask(t, page, use));
  }
  assert.ok(longest <= LONGEST_TASK_MS, `${longest} ms`);
}

/** The longest task of the page's thread, in ms, while a user does something. */
async function longestTask(t, page, use) {
  await browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "__metadata"] });
  await use(page);
  const tasks = mainTasks(JSON.parse(await browser.stopTracing()));
  const longest = Math.max(...tasks.map(({ own }) => own));
  const clock = Math.max(...tasks.map(({ whole }) => whole));
  t.diagnostic(`${tasks.length} tasks, the longest ${longest.toFixed(1)} ms (by the clock ${clock.toFixed(1)} ms)`);
  assert.ok(tasks.length > 100 && longest > 0);
  return longest;
}

async function goThroughList(page) {
  await page.getByLabel("Search peerings").pressSequentially("store-01", { delay: 30 });
  await page.getByText("100 of 1,000 peerings").waitFor();
  await page.getByLabel("Search peerings").fill("");
  await page.getByRole("button", { name: /^PENDING/ }).click();
  await page.getByText("100 of 1,000 peerings").waitFor();
  await page.getByRole("button", { name: /^PENDING/ }).click();
  for (const column of ["State", "Heartbeat", "Meta", "Name"]) await page.getByRole("button", { name: column }).click();
  for (let i = 0; i < 25; i++) {
    await page.mouse.wheel(0, i % 5 === 4 ? 9_000 : 700);
    await page.waitForTimeout(40);
  }
  assert.ok(await page.evaluate(() => scrollY > 20_000));
  await page.evaluate(() => scrollTo(0, 0));
}

/**
 * From another view to the matrix; a link goes and comes meanwhile. Elements are looked up by attributes alone: to look for
 * roles or texts among thousands of cells takes the browser longer than all that the page does.
 */
async function goThroughMatrix(page, mesh) {
  const cell = (state) => page.locator(`[aria-label^="dc03 → dc04: ${state}"]`);
  const order = (nth) => page.locator(".matrix > .switch > button").nth(nth);
  await page.evaluate(() => void (location.hash = "#topology"));
  await page.locator(".grid > :last-child > :last-child[data-kind]").waitFor({ state: "attached" });
  await cell("ACTIVE").waitFor();
  await order(1).press("Enter");
  await remove(mesh.clusters.dc04, "dc03");
  await cell("TERMINATED").waitFor();
  await order(0).press("Enter");
  await page.locator('[aria-label="dc03 itself"]').focus();
  for (const key of ["Control+End", "Home", "PageUp", "Control+Home"]) await page.keyboard.press(key);
  for (let i = 0; i < 20; i++) {
    await page.locator(".region").evaluate((region, i) => region.scrollTo(i * 97, i * 89), i);
    await page.waitForTimeout(40);
  }
  const { dc03, dc04 } = mesh.clusters;
  await connect(
    { cluster: dc03, peer_name: "dc04", server_external_addresses: [] },
    { cluster: dc04, peer_name: "dc03" },
  );
  await cell("ACTIVE").waitFor();
  assert.equal(await page.locator(".grid > div").count(), CLUSTERS + 1);
  await page.evaluate(() => void (location.hash = "#/dc01"));
}

/**
 * What the page's thread did, task by task, in ms: its own time and the whole. On a busy machine, tasks are long by the
 * clock because somebody else runs meanwhile; what is counted here is what the page itself takes.
 */
function mainTasks({ traceEvents }) {
  const isMain = ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain";
  const threads = new Set(traceEvents.filter(isMain).map(({ pid, tid }) => `${pid}/${tid}`));
  return traceEvents
    .filter(({ name, ph, pid, tid }) => /RunTask$/.test(name) && ph === "X" && threads.has(`${pid}/${tid}`))
    .filter(({ tdur }) => tdur !== undefined) // one that was under way when the recording began
    .map(({ dur, tdur }) => ({ own: tdur / 1000, whole: dur / 1000 }));
}

test("a reader is told how many rows there are and which one it is at, though few are made", async (t) => {
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

test("what changes meanwhile takes neither the place nor the focus nor a row that stays", async (t) => {
  const { hub } = simulator.clusters;
  const page = await open(t);
  await page.getByRole("button", { name: "Name" }).click();
  await page.evaluate(() => scrollTo(0, 13_000));
  const link = page.getByRole("link", { name: "store-0300" });
  await link.focus();
  const seen = () => link.evaluate((element) => Math.round(element.getBoundingClientRect().top));
  await page.evaluate(() => {
    globalThis.kept = document.activeElement.closest("tr");
    globalThis.lost = 0;
    document.activeElement.addEventListener("blur", () => lost++);
  });
  const before = await seen();
  t.after(() => Promise.all(["a-first", "b-second"].map((name) => remove(hub, name))));
  for (const peer_name of ["a-first", "b-second"]) await generateToken(hub, { peer_name });
  await page.getByText("1,002 peerings").waitFor();
  assert.equal(await seen(), before, "two came before it, and it is where it was");
  await remove(hub, "a-first");
  await page.getByText("1,001 peerings").waitFor();
  assert.equal(await seen(), before);
  const [isKept, isFocused, lost] = await page.evaluate(() => [
    kept.isConnected && kept.contains(document.activeElement),
    document.activeElement.innerText,
    globalThis.lost,
  ]);
  assert.deepEqual([isKept, isFocused, lost], [true, "store-0300", 0]);
  // Scrolled out of sight, what has the focus is still there to go on from.
  await page.evaluate(() => scrollTo(0, 40_000));
  await page.getByRole("link", { name: "store-0900" }).waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "store-0301");
});

test("on paper are all of them", async (t) => {
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
