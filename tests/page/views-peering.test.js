// The view of one peering, and its addresses. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateToken, remove } from "../../pkg/node.js";
import { PHONE } from "./browser.js";
import { assertVisible, textOf, textsOf, untilFocusOn, valueOf } from "./visible.js";
import { go, headed, until, views } from "./views.js";

const { open, clusters } = views();

test("a link opens one peering, also in a new tab", async (t) => {
  const page = await open(t, "#/us/eu");
  await page.getByText("Healthy").waitFor();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByText("Healthy").waitFor();
  assert.equal(await other.title(), "us’s peering with eu · Consul peering");
});

test("navigating back restores the search, the scroll position and the focus of the list", async (t) => {
  const page = await open(t, "", { viewport: { width: 1200, height: 420 } });
  await page.locator("tbody tr").nth(4).waitFor();
  await page.getByLabel("Search links").fill("acceptor");
  await page.getByRole("link", { name: "warehouse" }).scrollIntoViewIfNeeded();
  const scrolled = await page.evaluate(() => scrollY);
  assert.ok(scrolled > 50);
  await page.getByRole("link", { name: "warehouse" }).click();
  await page.getByText("Starting").waitFor();
  await untilFocusOn(page.locator("h1"));
  await page.goBack();
  await page.locator("tbody tr").first().waitFor();
  await untilFocusOn(page.getByRole("link", { name: "warehouse → eu" }));
  assert.equal(await page.evaluate(() => scrollY), scrolled);
  assert.equal(await valueOf(page.getByLabel("Search links")), "acceptor");
  await page.goForward();
  await page.getByText("Starting").waitFor();
  await headed(page, "eu’s peering with warehouse");
});

test("unknown clusters and peerings are reported with a next step", async (t) => {
  const page = await open(t, "#/mars/us");
  await until(page, "There is no cluster “mars” on this page");
  await until(page, "The clusters of this page are eu, us, ap, and sa.");
  await go(page, "#/eu/unknown-peer");
  await until(page, "eu has no peering “unknown-peer”");
  await page.getByRole("link", { name: "All peerings of eu" }).click();
  await headed(page, "eu");
  await go(page, "#/%");
  await until(page, "Page not found");
  await go(page, "#/");
  await page.locator("tbody tr").first().waitFor();
});

test("peering: all fields, on both sides if both clusters are on the page", async (t) => {
  const page = await open(t, "#/us/eu", { permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByText("Connected, with heartbeats.").waitFor();
  const fact = (name) => page.locator(".facts tr", { has: page.getByText(name, { exact: true }) }).locator("td");
  const [here, there] = await textsOf(page.locator(".facts thead th:not(:first-child)"));
  assert.deepEqual([here, there], ["On us", "On eu"]);
  const texts = (name) => textsOf(fact(name));
  assert.match(
    (await texts("Role")).join(),
    /dialer: this side established the peering,acceptor: this side generated the peering token/,
  );
  assert.match((await texts("Services imported"))[0], /billing\s+ledger/);
  assert.match((await texts("Services exported"))[1], /billing\s+ledger/);
  assert.match((await texts("Meta"))[0], /env=production\s+team=payments/);
  assert.match((await texts("Server name"))[0], /server\.eu\.peering\./);
  const [ca] = await texts("Certificate authorities");
  assert.match(ca, /CN=.*valid from .* to .*20\d\d/s);
  const [id, remoteId] = await texts("ID");
  assert.equal((await texts("ID on the other side"))[0].split(/\s/)[0], remoteId.split(/\s/)[0]);
  assert.match((await texts("Modify index"))[0], /^\d+$/);
  assert.match((await texts("Last heartbeat"))[0], /(now|ago)\s.*\d\d:\d\d/s);

  await fact("ID").first().getByRole("button").click();
  await until(page, "Copied");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id.split(/\s/)[0]);
  await page.getByRole("button", { name: "Copy the URL" }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(new URL(link).hash, "#/us/eu");
  await page.getByRole("link", { name: "On eu" }).click();
  await headed(page, "eu’s peering with us");
  assert.equal(await page.evaluate(() => location.hash), "#/eu/us");
});

test("peering: the reasons for its verdict", async (t) => {
  const page = await open(t, "#/us/sa");
  const verdict = page.locator(".health");
  await verdict.getByText("Broken").waitFor();
  assert.match(await textOf(verdict), /FAILING: the connection is lost/);
  await page.getByRole("heading", { name: "No services, because the peering is not ACTIVE" }).waitFor();
  await page.getByText("Only us is checked: sa does not respond.").waitFor();
  const heads = page.locator(".facts thead th:not(:first-child)");
  await heads.filter({ hasText: "no response since" }).waitFor();
  const [here, there] = await textsOf(heads);
  assert.equal(here, "On us");
  assert.match(there, /^On sa\s+no response since \d+:\d\d/, "sa was never read, and is down");
});

test("peering: a missing side is shown next to the other, and is the reason for the verdict", async (t) => {
  const page = await open(t, "#/us/ap");
  await page.locator(".health", { hasText: "Broken" }).waitFor();
  const heads = page.locator(".facts thead th:not(:first-child)");
  const [here, there] = await textsOf(heads);
  assert.deepEqual([here, there.split(/\s*\n\s*/)], ["On us", ["On ap", "missing"]]);
  const cells = await textsOf(page.locator(".facts tbody td:last-child"));
  assert.deepEqual([...new Set(cells)], ["–"]);
  assert.equal(await heads.last().locator("a").count(), 0, "there is nothing to go to");
  await page.setViewportSize(PHONE);
  await assertVisible(heads.last());
  // A side that is not on a cluster of the page is not reported as missing.
  await go(page, "#/eu/warehouse");
  await until(page, "Starting");
  assert.equal(await heads.count(), 1);
});

test("peering: after its deletion, the last data remains, marked as deleted", async (t) => {
  const { eu } = clusters();
  await generateToken(eu, { peer_name: "passing" });
  const page = await open(t, "#/eu/passing");
  await page.getByText("Starting").waitFor();
  await remove(eu, "passing");
  await until(page, "Deleted at");
  assert.match(await textOf(page.locator(".facts")), /passing/);
});
