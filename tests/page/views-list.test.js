// What the list of peerings shows: its order, what filters it, and how it is gone through. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect } from "../../pkg/node.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, motley, simulate } from "./scenes.js";
import { textOf, textsOf, valueOf } from "./seen.js";

const all = suite();
let browser, simulator;
before(async () => {
  [browser, simulator] = await Promise.all([startBrowser(all), motley(all)]);
});

const open = async (t, hash, options) =>
  openPage(t, browser, await servePage(t, behind(simulator)), { hash, ...options });
const rows = (page, column = "name") => textsOf(page.locator(`tbody tr .${column}`));
const headed = (page, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
const until = (page, text) => page.getByText(text).first().waitFor();

test("has every peering of every cluster that answers, with its state as a word and a shape", async (t) => {
  const page = await open(t);
  await page.locator("tbody tr").nth(6).waitFor();
  const alias = await rows(page, "alias");
  const found = (await rows(page)).map((name, i) => `${alias[i]}/${name}`);
  assert.deepEqual(found, ["us/ap", "us/sa", "eu/warehouse", "eu/ap", "ap/eu", "us/eu", "eu/us"]);
  assert.deepEqual(await rows(page, "state"), [
    "TERMINATED",
    "FAILING",
    "PENDING",
    "ACTIVE",
    "ACTIVE",
    "ACTIVE",
    "ACTIVE",
  ]);
  assert.deepEqual(
    await rows(page, "verdict"),
    ["Broken", "Broken", "Starting", "Healthy", "Healthy", "Healthy", "Healthy"],
    "the worst first",
  );
  assert.equal(await page.getByRole("columnheader", { name: "Health" }).getAttribute("aria-sort"), "ascending");
  assert.equal(await page.locator("tbody .state svg").count(), 7);
  assert.deepEqual(await rows(page, "services"), [
    "0 in, 0 out",
    "0 in, 0 out",
    "0 in, 0 out",
    "0 in, 2 out",
    "2 in, 0 out",
    "2 in, 0 out",
    "0 in, 2 out",
  ]);
  const beat = page.locator("tbody tr").last().locator(".heartbeat time");
  assert.match(await textOf(beat), /now|ago/);
  assert.match(await beat.getAttribute("title"), /\d\d:\d\d/);
});

test("every row has its reasons, whatever its state: an acceptor after a restart is not one whose token was never used", async (t) => {
  const page = await open(t);
  await page.route("**/clusters/eu/v1/peerings*", async (route) => {
    const response = await route.fetch();
    const found = await response.json();
    const json = found.map((each) => (each.Name === "us" ? { ...each, State: "PENDING" } : each));
    await route.fulfill({ response, json });
  });
  await page.reload();
  await page.locator("tbody tr").nth(6).waitFor();
  const row = (peer_name) =>
    page.locator("tbody tr", { has: page.locator(`a[href="#/eu/${peer_name}"]`) }).locator(".verdict [data-verdict]");
  const reasonOf = async (peer_name) => [await textOf(row(peer_name)), await row(peer_name).getAttribute("title")];
  const [verdict, reason] = await reasonOf("us");
  assert.equal(verdict, "Broken");
  assert.match(reason, /^PENDING: the servers restarted; the dialer has not reconnected yet/);
  assert.deepEqual(await reasonOf("warehouse"), ["Starting", "PENDING: its token has not been used yet"]);
  for (const each of await page.locator("tbody .verdict [data-verdict]").all()) {
    const isHealthy = (await each.getAttribute("data-verdict")) === "healthy";
    assert.equal((await each.getAttribute("title")) === null, isHealthy, await textOf(each));
  }
  await page.unrouteAll({ behavior: "ignoreErrors" }); // a blocking read is under way
});

test("is searched, filtered and sorted, and says how much is left", async (t) => {
  const page = await open(t);
  await page.locator("tbody tr").nth(6).waitFor();
  await page.getByLabel("Search peerings").fill("payments");
  assert.deepEqual(await rows(page), ["eu"]);
  await until(page, "1 of 7 peerings");
  await page.locator("#polite", { hasText: "1 of 7 peerings" }).waitFor({ state: "attached" });
  await page.getByLabel("Search peerings").fill("");
  await page.getByRole("button", { name: /^FAILING/ }).click();
  assert.deepEqual(await rows(page), ["sa"]);
  await page.getByRole("button", { name: /^PENDING/ }).click();
  assert.deepEqual(await rows(page), ["sa", "warehouse"]);
  await page.getByLabel("Search peerings").fill("nobody");
  await until(page, "No peering matches");
  await page.getByRole("button", { name: "Show all" }).click();
  assert.equal((await rows(page)).length, 7);
  const state = page.getByRole("columnheader", { name: "State" });
  await state.getByRole("button").click();
  assert.equal(await state.getAttribute("aria-sort"), "ascending");
  assert.deepEqual((await rows(page, "state")).slice(0, 3), ["FAILING", "TERMINATED", "PENDING"]);
  await state.getByRole("button").click();
  assert.equal(await state.getAttribute("aria-sort"), "descending");
  assert.equal(await page.locator("[aria-sort]").count(), 1);
  assert.equal((await rows(page, "state")).at(-1), "FAILING");
});

test("a cluster says where it is, which datacenter and version, and whose ACL token is used", async (t) => {
  const page = await open(t, "#/us");
  const fact = (name) => page.locator(".panel dl div", { has: page.getByText(name, { exact: true }) }).locator("dd");
  await fact("Datacenter").getByText("us").waitFor();
  assert.match(await textOf(fact("Consul version")), /^\d+\.\d+\.\d+/);
  const address = new RegExp(`^${simulator.clusters.us.address}\\s+through the server of this page$`);
  assert.match(await textOf(fact("Address")), address);
  assert.equal(await textOf(fact("ACL token")), "None: requests are anonymous.");
});

test("clusters without ACLs leave no error on the browser's console", async (t) => {
  const clean = await simulate(t, { clusters: ["eu", "us"] });
  const page = await openPage(t, browser, await servePage(t, behind(clean)));
  const failed = [];
  page.on("response", (response) => response.ok() || failed.push(`${response.status()} ${response.url()}`));
  await page.reload();
  await page.locator("#clusters").getByText("up to date").nth(1).waitFor();
  await page.evaluate(() => void (location.hash = "#/us"));
  await page.getByText("May read and change peerings.").waitFor();
  assert.deepEqual(failed, []);
});

test("of one cluster has its peerings alone, and tells of the cluster", async (t) => {
  const page = await open(t, "#/us");
  await page.locator("tbody tr").nth(2).waitFor();
  await headed(page, "us");
  assert.deepEqual(await rows(page), ["ap", "sa", "eu"]);
  await until(page, "May read and change peerings.");
  assert.equal(await page.locator("thead .alias").isVisible(), false);
});

test("with a cluster that does not answer, the others are there, and it is said of that one", async (t) => {
  const page = await open(t);
  const notice = page.locator(".notice");
  await notice.getByText("sa does not respond (connection closed). Retrying every 5 s.").waitFor();
  assert.equal(await notice.locator(".detail p").count(), 0, "the reason is enough");
  assert.equal(await page.locator("tbody tr").count(), 7);
});
test("the filter, the search and the order last when the page is loaded again, and are in its address", async (t) => {
  const page = await open(t);
  await page.locator("tbody tr").nth(6).waitFor();
  await page.getByLabel("Search peerings").fill("acceptor");
  await page.getByRole("button", { name: /^ACTIVE/ }).click();
  await page.getByRole("button", { name: "Cluster" }).click();
  await page.getByRole("button", { name: "Cluster" }).click();
  const shown = await rows(page, "name");
  assert.equal(shown.length, 2);
  assert.equal(new URL(page.url()).hash, "#/?search=acceptor&state=ACTIVE&sort=alias&order=descending");
  await page.reload();
  await page.locator("tbody tr").nth(1).waitFor();
  assert.deepEqual(await rows(page, "name"), shown);
  assert.equal(await valueOf(page.getByLabel("Search peerings")), "acceptor");
  assert.equal(await page.getByRole("button", { name: /^ACTIVE/ }).getAttribute("aria-pressed"), "true");
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("link", { name: "All clusters" }).click();
  await page.locator("tbody tr").nth(6).waitFor();
  assert.equal(new URL(page.url()).hash, "#/");
});

test("names that differ at their end alone can be told apart at every width", async (t) => {
  const names = ["onprem-frankfurt-production-blue-01", "onprem-frankfurt-production-blue-02", "hub"];
  const simulator = await simulate(t, { clusters: names });
  const [one, two, hub] = names.map((name) => simulator.clusters[name]);
  for (const [i, cluster] of [one, two].entries()) {
    await connect({ cluster: hub, peer_name: names[i] }, { cluster, peer_name: "hub" });
  }
  const page = await openPage(t, browser, await servePage(t, behind(simulator)));
  await page.locator("tbody tr").nth(3).waitFor();
  for (const width of [320, 390, 800, 1280, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    // Row heights follow the width.
    await page.waitForFunction(
      (remote) => {
        const isWithin = (cell) =>
          cell.getBoundingClientRect().bottom <= (cell.closest("tr") ?? cell).getBoundingClientRect().bottom + 1;
        return (
          [...document.querySelectorAll(`tbody :is(.name, .alias${remote}), #clusters .name`)].every(
            (cell) => !cell.checkVisibility() || (cell.scrollWidth <= cell.clientWidth + 1 && isWithin(cell)),
          ) && document.documentElement.scrollWidth <= innerWidth
        );
      },
      width <= 800 ? ", .remote" : "", // a wide table may cut it: the name beside it tells rows apart
      { timeout: 10_000 },
    );
  }
});

test("without a mouse: from the top to a peering and back", async (t) => {
  const page = await open(t);
  await page.locator("tbody tr").nth(6).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  assert.equal(new URL(page.url()).hash, "");
  for (let i = 0; i < 30 && !(await page.evaluate(() => document.activeElement.matches("tbody a"))); i++) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("End");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "us");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "eu");
  await page.keyboard.press("Enter");
  await page.locator(".facts").waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.activeElement.innerText === "eu");
});

test("where there is no peering, the first step is told; where there is no cluster, too", async (t) => {
  const empty = await simulate(t, { clusters: ["eu", "us"] });
  const page = await openPage(t, browser, await servePage(t, behind(empty)));
  await until(page, "No peering yet");
  await page.getByRole("link", { name: "Topology" }).click();
  await until(page, "Nothing to draw yet");
  const none = await openPage(t, browser, await servePage(t, {}));
  await headed(none, "No cluster is named.");
});

test("a clusters.json with a mistake in it is not passed over", async (t) => {
  for (const [body, told] of [
    ["{ eu: }", "clusters.json is not JSON."],
    ['{ "eu": { "adress": "clusters/eu" } }', "clusters.json: “eu” has no address."],
  ]) {
    const page = await open(t);
    await page.route("**/clusters.json", (route) => route.fulfill({ body }));
    await page.reload();
    await until(page, told);
    await page.getByRole("button", { name: "Load it again" }).waitFor();
  }
});
