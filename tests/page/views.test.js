// What the page shows: list, picture, one peering, and where there is nothing to show. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { generateToken, remove } from "../../pkg/node.js";
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

describe("the list", () => {
  test("has every peering of every cluster that answers, with its state as a word and a shape", async (t) => {
    const page = await open(t);
    await page.locator("tbody tr").nth(6).waitFor();
    const alias = await rows(page, "alias");
    const found = (await rows(page)).map((name, i) => `${alias[i]}/${name}`);
    assert.deepEqual(found, ["eu/ap", "us/ap", "ap/eu", "us/eu", "us/sa", "eu/us", "eu/warehouse"]);
    assert.deepEqual(await rows(page, "state"), [
      "ACTIVE",
      "TERMINATED",
      "ACTIVE",
      "ACTIVE",
      "FAILING",
      "ACTIVE",
      "PENDING",
    ]);
    assert.equal(await page.locator("tbody .state svg").count(), 7);
    assert.deepEqual(await rows(page, "services"), [
      "0 in, 2 out",
      "0 in, 0 out",
      "2 in, 0 out",
      "2 in, 0 out",
      "0 in, 0 out",
      "0 in, 2 out",
      "0 in, 0 out",
    ]);
    const beat = page.locator("tbody tr").first().locator("time");
    assert.match(await textOf(beat), /now|ago/);
    assert.match(await beat.getAttribute("title"), /\d\d:\d\d/);
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

  test("of one cluster has its peerings alone, and tells of the cluster", async (t) => {
    const page = await open(t, "#/us");
    await page.locator("tbody tr").nth(2).waitFor();
    await headed(page, "us");
    assert.deepEqual(await rows(page), ["ap", "eu", "sa"]);
    await until(page, "May read and change peerings.");
    assert.equal(await page.locator("thead .alias").isVisible(), false);
  });

  test("with a cluster that does not answer, the others are there, and it is said of that one", async (t) => {
    const page = await open(t);
    const notice = page.locator(".notice");
    await notice.getByText("trying again").waitFor();
    assert.equal(await textOf(notice.locator("h2")), "sa");
    assert.match(await textOf(notice), /cannot be reached/);
    assert.equal(await page.locator("tbody tr").count(), 7);
  });
});

describe("addresses", () => {
  test("a link opens one peering, in a tab of its own too", async (t) => {
    const page = await open(t, "#/us/eu");
    await page.getByText("Healthy").waitFor();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByText("Healthy").waitFor();
    assert.equal(await other.title(), "eu · Consul peering");
  });

  test("back leads to the list as it was left: the search, the place, the focus", async (t) => {
    const page = await open(t, "", { viewport: { width: 1200, height: 420 } });
    await page.locator("tbody tr").nth(6).waitFor();
    await page.getByLabel("Search peerings").fill("acceptor");
    await page.getByRole("link", { name: "warehouse" }).scrollIntoViewIfNeeded();
    const scrolled = await page.evaluate(() => scrollY);
    assert.ok(scrolled > 50);
    await page.getByRole("link", { name: "warehouse" }).click();
    await page.getByText("Starting").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
    await page.goBack();
    await page.locator("tbody tr").first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.innerText), "warehouse");
    assert.equal(await page.evaluate(() => scrollY), scrolled);
    assert.equal(await valueOf(page.getByLabel("Search peerings")), "acceptor");
    await page.goForward();
    await page.getByText("Starting").waitFor();
    await headed(page, "warehouse");
  });

  test("what is not there is said, with the next step", async (t) => {
    const page = await open(t, "#/mars/us");
    await until(page, "No cluster is called “mars” here");
    await until(page, "Known are eu, us, ap, and sa.");
    const go = (hash) => page.evaluate((to) => void (location.hash = to), hash);
    await go("#/eu/nobody");
    await until(page, "eu has no peering called “nobody”");
    await page.getByRole("link", { name: "All peerings of eu" }).click();
    await headed(page, "eu");
    await go("#/%");
    await until(page, "There is no such page");
    await go("#/");
    await page.locator("tbody tr").first().waitFor();
  });
});

describe("one peering", () => {
  test("tells everything, and both sides where both clusters are known", async (t) => {
    const page = await open(t, "#/us/eu", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByText("Connected, with heartbeats.").waitFor();
    const fact = (name) => page.locator(".facts tr", { has: page.getByText(name, { exact: true }) }).locator("td");
    const [here, there] = await page
      .locator(".facts thead th")
      .allInnerTexts()
      .then((all) => all.slice(1));
    assert.deepEqual([here, there], ["Seen from us", "Seen from eu"]);
    const texts = (name) => textsOf(fact(name));
    assert.match((await texts("Role")).join(), /dialer: this side established,acceptor: this side made the token/);
    assert.match((await texts("Services imported"))[0], /billing\s+ledger/);
    assert.match((await texts("Services exported"))[1], /billing\s+ledger/);
    assert.match((await texts("Meta"))[0], /env=production\s+team=payments/);
    assert.match((await texts("Server name"))[0], /server\.eu\.peering\./);
    const [ca] = await texts("Certificate authorities");
    assert.match(ca, /CN=.*valid from .* to .*20\d\d/s);
    const [id, theirs] = await texts("Id");
    assert.equal((await texts("Id on the other side"))[0].split(/\s/)[0], theirs.split(/\s/)[0]);
    assert.match((await texts("Changed at index"))[0], /^\d+$/);
    assert.match((await texts("Last heartbeat"))[0], /(now|ago)\s.*\d\d:\d\d/s);

    await fact("Id").first().getByRole("button").click();
    await until(page, "Copied");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id.split(/\s/)[0]);
    await page.getByRole("button", { name: "Copy the link" }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(new URL(link).hash, "#/us/eu");
    await page.getByRole("link", { name: "Seen from eu" }).click();
    await page.locator("h1", { hasText: "us" }).waitFor();
  });

  test("says why it is not well", async (t) => {
    const page = await open(t, "#/us/sa");
    const verdict = page.locator(".health");
    await verdict.getByText("Broken").waitFor();
    assert.match(await textOf(verdict), /FAILING: the connection is lost/);
    assert.equal(await page.locator(".facts thead th").count(), 2, "the other side is not seen");
  });

  test("that is deleted meanwhile stays to be read, and is said to be gone", async (t) => {
    const { eu } = simulator.clusters;
    await generateToken(eu, { peer_name: "passing" });
    const page = await open(t, "#/eu/passing");
    await page.getByText("Starting").waitFor();
    await remove(eu, "passing");
    await until(page, "This peering is gone since");
    assert.match(await textOf(page.locator(".facts")), /passing/);
  });
});

describe("the picture", () => {
  test("draws every link with its state as a word and a shape, and tells of the one that is pointed at", async (t) => {
    const page = await open(t, "#picture");
    await page.locator(".edge").nth(4).waitFor();
    const links = await page.locator(".edge").evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")));
    assert.deepEqual(links.toSorted(), [
      "eu and ap: ACTIVE",
      "eu and us: ACTIVE",
      "eu and warehouse: PENDING; the other side is not seen",
      "us and ap: TERMINATED; the other side is not seen",
      "us and sa: FAILING; the other side is not seen",
    ]);
    const words = await page.locator(".sign text").allTextContents();
    assert.deepEqual(words.toSorted(), ["ACTIVE", "ACTIVE", "FAILING", "PENDING", "TERMINATED"]);
    assert.equal(await page.locator(".sign g").count(), 5);
    await page.locator(".sign", { hasText: "FAILING" }).hover();
    assert.match(await textOf(page.locator("figcaption")), /us and sa: FAILING/);
    assert.equal(await page.locator(".edge.lit").getAttribute("data-state"), "FAILING");
    await page.locator(".sign", { hasText: "FAILING" }).click();
    await page.getByText("Broken").waitFor();
  });

  test("is gone through by key, and stands beside as a table", async (t) => {
    const page = await open(t, "#picture");
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
    const page = await openPage(t, browser, await servePage(t, behind(simulator, ["us"])), { hash: "#picture" });
    await page.locator(".edge").nth(2).waitFor({ state: "attached" });
    const nodes = await page.locator(".node text:first-of-type").allTextContents();
    assert.deepEqual(nodes.toSorted(), ["ap", "eu", "sa", "us"]);
  });
});

test("where there is no peering, the first step is told; where there is no cluster, too", async (t) => {
  const empty = await simulate(t, { clusters: ["eu", "us"] });
  const page = await openPage(t, browser, await servePage(t, behind(empty)));
  await until(page, "No peering yet");
  await page.getByRole("link", { name: "Picture" }).click();
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
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "warehouse");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "us");
  await page.keyboard.press("Enter");
  await page.locator(".facts").waitFor();
  await page.keyboard.press("Alt+ArrowLeft");
  await page.waitForFunction(() => document.activeElement.innerText === "us");
});

for (const [what, options, args] of [
  ["320 px wide", { viewport: { width: 320, height: 640 } }, []],
  ["magnified to 200 %", { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, []],
  ["letters twice as large", { viewport: { width: 1280, height: 800 } }, ["--blink-settings=defaultFontSize=32"]],
]) {
  test(`${what}: nothing is cut off, and nothing scrolls sideways`, async (t) => {
    const its = args.length ? await startBrowser(all, args) : browser;
    const page = await openPage(t, its, await servePage(t, behind(simulator)), options);
    for (const hash of ["#/", "#/us", "#picture", "#/us/eu", "#/eu/nobody"]) {
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
