// The list of peerings: its content, sort order, filters and keyboard navigation. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../pkg/node.js";
import { openPage, servePage } from "./browser.js";
import { behind, simulate } from "./scenes.js";
import { textOf, textsOf, untilFocusOn, valueOf } from "./visible.js";
import { go, headed, rows, settled, until, views, withoutTime } from "./views.js";

const scene = views();
const { open } = scene;
const LINKS = ["ap → us", "sa → us", "warehouse → eu", "ap → eu", "us → eu"];

test("list: every link once, the worst first, with the state of each side as a word and a shape", async (t) => {
  const page = await open(t);
  await page.locator("tbody tr").nth(4).waitFor();
  assert.deepEqual(await rows(page), LINKS);
  assert.deepEqual(await rows(page, "verdict"), ["Broken", "Broken", "Starting", "Healthy", "Healthy"]);
  assert.deepEqual(await rows(page, "acceptor"), ["TERMINATED", "FAILING", "PENDING", "ACTIVE", "ACTIVE"]);
  assert.deepEqual(
    (await rows(page, "dialer")).map(withoutTime),
    ["missing", "no response since …", "not on this page", "ACTIVE", "ACTIVE"],
    "a side that was not observed says why",
  );
  assert.equal(await page.locator("tbody :is(.acceptor, .dialer) svg:visible").count(), 7);
  assert.equal(await page.getByRole("columnheader", { name: "Health" }).getAttribute("aria-sort"), "ascending");
  const services = (await rows(page, "services")).map((text) => text.replace(/\s+/g, " "));
  assert.deepEqual(services.slice(2), [
    "– none",
    "0 →, 2 ← 0 from ap to eu, 2 from eu to ap",
    "0 →, 2 ← 0 from us to eu, 2 from eu to us",
  ]);
  assert.equal(
    await page.locator("tbody tr").last().locator(".services [aria-hidden]").getAttribute("title"),
    "0 from us to eu, 2 from eu to us",
  );
  assert.equal((await rows(page, "meta")).at(-1).split(", ").toSorted().join(), "env=production,team=payments");
  const beat = page.locator("tbody tr").last().locator(".heartbeat time");
  assert.match(await textOf(beat), /now|ago/);
  assert.match(await beat.getAttribute("title"), /\d\d:\d\d/);
  assert.equal(await textOf(page.locator(".count")), "5 links");
  assert.equal(await textOf(page.locator("#clusters .amount").first()), "5?", "sa may have more");
});

test("list: a link opens its dialer's side, or the other one if that was not read", async (t) => {
  const page = await open(t);
  await page.getByRole("link", { name: "us → eu" }).click();
  await headed(page, "us’s peering with eu");
  assert.equal((await textsOf(page.locator(".facts thead th:not(:first-child)"))).length, 2);
  await page.goBack();
  await page.getByRole("link", { name: "warehouse → eu" }).click();
  await headed(page, "eu’s peering with warehouse");
});

test("list: peer names that differ from the aliases are shown and searchable", async (t) => {
  const simulator = await simulate(t, { clusters: ["eu", "us"] });
  const { eu, us } = simulator.clusters;
  await connect({ cluster: eu, peer_name: "america" }, { cluster: us, peer_name: "eu" });
  const page = await openPage(t, scene.browser, await servePage(t, behind(simulator)));
  await settled(page);
  assert.deepEqual(await rows(page), ["us → eu\n“america” on eu"]);
  await page.getByLabel("Search links").fill("america");
  assert.equal((await rows(page)).length, 1);
  await page.getByLabel("Search links").fill("asia");
  await until(page, "No link matches");
});

test("list: every row has its reasons; an acceptor after a restart differs from one with an unused token", async (t) => {
  const page = await open(t);
  await page.route("**/clusters/eu/v1/peerings*", async (route) => {
    const response = await route.fetch();
    const found = await response.json();
    const json = found.map((each) => (each.Name === "us" ? { ...each, State: "PENDING" } : each));
    await route.fulfill({ response, json });
  });
  await page.reload();
  await settled(page);
  const row = (name) => page.locator("tbody tr", { hasText: name }).locator(".verdict [data-verdict]");
  const reasonOf = async (name) => [await textOf(row(name)), await row(name).getAttribute("title")];
  const [verdict, reason] = await reasonOf("us → eu");
  assert.equal(verdict, "Broken");
  assert.match(reason, /^eu: PENDING: the servers restarted; the dialer has not reconnected yet/m);
  assert.match(reason, /^us: ACTIVE here, but PENDING on the other cluster/m);
  assert.deepEqual(await reasonOf("warehouse"), ["Starting", "eu: PENDING: the token has not been used yet"]);
  for (const each of await page.locator("tbody .verdict [data-verdict]").all()) {
    const isHealthy = (await each.getAttribute("data-verdict")) === "healthy";
    assert.equal((await each.getAttribute("title")) === null, isHealthy, await textOf(each));
  }
  await page.unrouteAll({ behavior: "ignoreErrors" }); // a blocking read is under way
});

test("list: search, filter and sort, with the number of results", async (t) => {
  const page = await open(t);
  await page.locator("tbody tr").nth(4).waitFor();
  const search = page.getByLabel("Search links");
  for (const [text, found] of [
    ["payments", ["us → eu"]],
    ["eu active", ["ap → eu", "us → eu"]],
    ["broken", ["ap → us", "sa → us"]],
    ["not on this page", ["warehouse → eu"]],
  ]) {
    await search.fill(text);
    assert.deepEqual(await rows(page), found);
  }
  await until(page, "1 of 5 links");
  await page.locator("#polite", { hasText: "1 of 5 links" }).waitFor({ state: "attached" });
  await search.fill("");
  await page.getByRole("button", { name: /^FAILING/ }).click();
  assert.deepEqual(await rows(page), ["sa → us"]);
  await page.getByRole("button", { name: /^PENDING/ }).click();
  assert.deepEqual(await rows(page), ["sa → us", "warehouse → eu"]);
  await search.fill("unmatched");
  await until(page, "No link matches");
  await page.getByRole("button", { name: "Show all" }).click();
  assert.equal((await rows(page)).length, 5);
  const acceptor = page.getByRole("columnheader", { name: "Acceptor" });
  await acceptor.getByRole("button").click();
  assert.equal(await acceptor.getAttribute("aria-sort"), "ascending");
  assert.deepEqual((await rows(page, "acceptor")).slice(0, 3), ["FAILING", "TERMINATED", "PENDING"]);
  await acceptor.getByRole("button").click();
  assert.equal(await acceptor.getAttribute("aria-sort"), "descending");
  assert.equal(await page.locator("[aria-sort]").count(), 1);
  assert.equal((await rows(page, "acceptor")).at(-1), "FAILING");
  await page.getByRole("columnheader", { name: "Dialer" }).getByRole("button").click();
  const dialers = await rows(page, "dialer");
  assert.deepEqual(dialers.slice(3), ["ACTIVE", "ACTIVE"], "what is missing comes first");
});

test("a cluster shows its address, datacenter, version and the source of its ACL token", async (t) => {
  const page = await open(t, "#/us");
  const fact = (name) => page.locator(".panel dl div", { has: page.getByText(name, { exact: true }) }).locator("dd");
  await fact("Datacenter").getByText("us").waitFor();
  assert.match(await textOf(fact("Consul version")), /^\d+\.\d+\.\d+/);
  const address = new RegExp(`^${scene.clusters().us.address}\\s+proxied by the server of this page$`);
  assert.match(await textOf(fact("Address")), address);
  assert.equal(await textOf(fact("ACL token")), "None: requests are anonymous.");
});

test("clusters without ACLs cause no error in the browser's console", async (t) => {
  const clean = await simulate(t, { clusters: ["eu", "us"] });
  const page = await openPage(t, scene.browser, await servePage(t, behind(clean)));
  const failed = [];
  page.on("response", (response) => response.ok() || failed.push(`${response.status()} ${response.url()}`));
  await page.reload();
  await page.locator("#clusters").getByText("up to date").nth(1).waitFor();
  await go(page, "#/us");
  await page.getByText("Can read and change peerings.").waitFor();
  assert.deepEqual(failed, []);
});

test("list of one cluster: only its peerings, with the panel of the cluster", async (t) => {
  const page = await open(t, "#/us");
  await page.locator("tbody tr").nth(2).waitFor();
  await headed(page, "us");
  assert.deepEqual(await rows(page), ["ap", "sa", "eu"]);
  assert.deepEqual(await rows(page, "role"), ["acceptor", "acceptor", "dialer"]);
  assert.deepEqual(await rows(page, "services"), ["0 in, 0 out", "0 in, 0 out", "2 in, 0 out"]);
  assert.equal(await textOf(page.locator(".count")), "3 peerings");
  await until(page, "Can read and change peerings.");
  await page.getByRole("button", { name: /^FAILING/ }).click();
  await page.getByRole("link", { name: "All clusters" }).click();
  await page.locator("tbody tr").nth(4).waitFor();
  assert.deepEqual(await rows(page), LINKS);
});

test("a cluster that does not respond is reported, and the others are shown", async (t) => {
  const page = await open(t);
  const notice = page.locator(".notice");
  await notice.getByText("No response from sa (connection closed). Retrying every 5 s.").waitFor();
  assert.equal(await notice.locator(".detail p").count(), 0, "the reason is enough");
  assert.equal(await page.locator("tbody tr").count(), 5);
});

test("the filter, the search and the sort order are in the address and survive a reload", async (t) => {
  const page = await open(t);
  await page.locator("tbody tr").nth(4).waitFor();
  await page.getByLabel("Search links").fill("eu");
  await page.getByRole("button", { name: /^ACTIVE/ }).click();
  await page.getByRole("button", { name: "Link" }).click();
  await page.getByRole("button", { name: "Link" }).click();
  const shown = await rows(page);
  assert.deepEqual(shown, ["us → eu", "ap → eu"]);
  assert.equal(new URL(page.url()).hash, "#/?search=eu&state=ACTIVE&sort=name&order=descending");
  await page.reload();
  await settled(page);
  assert.deepEqual(await rows(page), shown);
  assert.equal(await valueOf(page.getByLabel("Search links")), "eu");
  assert.equal(await page.getByRole("button", { name: /^ACTIVE/ }).getAttribute("aria-pressed"), "true");
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("link", { name: "All clusters" }).click();
  await page.locator("tbody tr").nth(4).waitFor();
  assert.equal(new URL(page.url()).hash, "#/");
});

test("invalid parameters of an address have their default and are removed", async (t) => {
  const page = await open(t, "#/?sort=zzz&state=QQ&state=FAILING&order=up&search=&x=1");
  assert.deepEqual(await rows(page), ["sa → us"]);
  assert.equal(new URL(page.url()).hash, "#/?state=FAILING");
  for (const [wrong, right] of [
    ["#/?sort=zzz&state=QQ", "#/"],
    ["#/us?state=QQ&sort=role", "#/us?sort=role"],
    ["#topology?view=matrix&sort=zzz&view=x", "#topology?view=matrix"],
    ["#topology?view=x", "#topology"],
    ["#/us/eu?a=b", "#/us/eu"],
  ]) {
    await go(page, wrong);
    await page.waitForFunction((right) => location.hash === right, right);
    await page.locator("tbody tr, .cell").first().waitFor();
    assert.equal(await page.getByText("matches").count(), 0, wrong);
  }
});

test("keyboard only: from the top to a peering and back", async (t) => {
  const page = await open(t);
  await page.locator("tbody tr").nth(4).waitFor();
  await page.keyboard.press("Tab");
  await untilFocusOn(page.getByText("Skip to the content"));
  await page.keyboard.press("Enter");
  await untilFocusOn(page.locator("#main"));
  assert.equal(new URL(page.url()).hash, "");
  for (let i = 0; i < 30 && !(await page.evaluate(() => document.activeElement.matches("tbody a"))); i++) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("End");
  await untilFocusOn(page.getByRole("link", { name: "us → eu" }));
  await page.keyboard.press("ArrowUp");
  await untilFocusOn(page.getByRole("link", { name: "ap → eu" }));
  await page.keyboard.press("Enter");
  await page.locator(".facts").waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.activeElement.innerText === "ap → eu");
});

test("without peerings or without clusters, the page explains the first step", async (t) => {
  const empty = await simulate(t, { clusters: ["eu", "us"] });
  const page = await openPage(t, scene.browser, await servePage(t, behind(empty)));
  await until(page, "No peerings yet");
  await page.getByRole("link", { name: "Topology" }).click();
  await until(page, "No links yet");
  const none = await openPage(t, scene.browser, await servePage(t, {}));
  await headed(none, "No clusters are configured.");
});

test("an invalid clusters.json is reported", async (t) => {
  for (const [body, text] of [
    ["{ eu: }", "clusters.json is not JSON."],
    ['{ "eu": { "adress": "clusters/eu" } }', "clusters.json: “eu” has no address."],
  ]) {
    const page = await open(t);
    await page.route("**/clusters.json", (route) => route.fulfill({ body }));
    await page.reload();
    await until(page, text);
    await page.getByRole("button", { name: "Reload" }).waitFor();
  }
});
