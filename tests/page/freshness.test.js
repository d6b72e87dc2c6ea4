// Data that is not confirmed is marked as such: in rows, filters, counts, the topology and the view of a peering.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect, generateToken } from "../../pkg/node.js";
import { freshnessOf, knownState } from "../../www/clusters/freshness.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, simulate } from "./scenes.js";
import { settled } from "./views.js";
import { assertVisible, textOf, textsOf } from "./visible.js";

const NOW = Date.parse("2026-01-01T12:00:00Z");

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

const cluster = (page, alias) => page.locator("#clusters li", { has: page.getByText(alias, { exact: true }) });
const rows = (page, column) => textsOf(page.locator(`tbody tr .${column}`));
const go = (page, hash) => page.evaluate((to) => void (location.hash = to), hash);
const chips = async (page) => (await textsOf(page.locator(".chip"))).map((text) => text.replace(/\s+/g, " "));
const node = (page, alias) => page.locator(`.node.known[href="#/${alias}"]`);

/** eu and us are linked. us does not respond to the page, but to eu, so the peering remains ACTIVE. */
async function lost(t) {
  const simulator = await simulate(t, { clusters: ["eu", "us"] });
  const { eu, us } = simulator.clusters;
  await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  const cut = new AbortController();
  const clusters = behind(simulator);
  clusters.us.fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.any([init.signal, cut.signal]) });
  const page = await openPage(t, browser, await servePage(t, clusters));
  await settled(page);
  await page.locator("tbody .dialer", { hasText: "ACTIVE" }).waitFor();
  assert.deepEqual(await chips(page), ["ACTIVE 1"]);
  cut.abort(Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } }));
  await page.locator("tbody .dialer", { hasText: "was ACTIVE" }).waitFor();
  return page;
}

test("freshness depends on the last successful read, its time, and failures since", () => {
  const read = { peerings: [], checkedAt: NOW };
  assert.deepEqual(freshnessOf({}, NOW), { kind: "unknown" });
  assert.deepEqual(freshnessOf({ error: { code: "network" } }, NOW), { kind: "unknown" });
  for (const [code, isSilent] of [
    ["network", true],
    ["server_error", false],
  ]) {
    const failing = { error: { code }, failure: { code }, failedAt: NOW - 5 };
    assert.deepEqual(freshnessOf(failing, NOW), { kind: "unknown", failing: { since: NOW - 5, isSilent } });
  }
  assert.deepEqual(freshnessOf(read, NOW + 9_000), { kind: "fresh", readAt: NOW });
  assert.deepEqual(freshnessOf(read, NOW + 11_000), { kind: "stale", readAt: NOW }, "no error is needed");
  assert.equal(freshnessOf(read, NOW - 120_000).kind, "stale", "the system's clock was set back");
  assert.deepEqual(freshnessOf({ ...read, retryCode: "retrying" }, NOW), { kind: "stale", readAt: NOW });
  assert.deepEqual(freshnessOf({ ...read, error: { code: "timeout" } }, NOW), { kind: "stale", readAt: NOW });
  for (const code of ["permission_denied", "acl_token_unknown"]) {
    assert.equal(freshnessOf({ error: { code } }, NOW).kind, "denied");
    assert.deepEqual(freshnessOf({ ...read, error: { code } }, NOW), { kind: "denied", readAt: NOW });
  }
  const peering = { state: "ACTIVE" };
  assert.deepEqual([knownState({ peering }), knownState({ peering, staleSince: NOW })], ["ACTIVE", "Unknown"]);
});

test("a link with a side that is not confirmed is unknown, with the time of its last read: row, filters, counts", async (t) => {
  const page = await lost(t);
  assert.deepEqual(await rows(page, "name"), ["us → eu"]);
  assert.match((await rows(page, "verdict"))[0], /^Unknown\s+(now|\d+ seconds? ago)$/);
  assert.deepEqual(await rows(page, "dialer"), ["was ACTIVE"]);
  assert.deepEqual(await rows(page, "acceptor"), ["ACTIVE"], "eu still confirms its own side");
  assert.deepEqual(await chips(page), ["Unknown 1"]);
  assert.equal(await textOf(page.locator(".count")), "1 link, 1 unknown");
  assert.equal(await textOf(cluster(page, "us").locator(".amount")), "1?");
  assert.equal(await textOf(cluster(page, "All clusters").locator(".amount")), "1?");
  assert.equal(await textOf(cluster(page, "eu").locator(".amount")), "1");
});

test("the peerings of a cluster that does not respond are unknown, those of the other are not", async (t) => {
  const page = await lost(t);
  await go(page, "#/us");
  await page.locator("tbody .state", { hasText: "was ACTIVE" }).waitFor();
  assert.match((await rows(page, "verdict"))[0], /^Unknown\s+(now|\d+ seconds? ago)$/);
  assert.deepEqual(await chips(page), ["Unknown 1"]);
  assert.equal(await textOf(page.locator(".count")), "1 peering, 1 unknown");
  await go(page, "#/eu");
  await page.locator("tbody .state", { hasText: /^ACTIVE$/ }).waitFor();
  await page.locator("tbody .verdict", { hasText: "Healthy" }).waitFor(); // once the first heartbeat has arrived
  assert.deepEqual(await chips(page), ["ACTIVE 1"]);
});

test("a link with a side that may not be read is unknown, unless the verdict on the other side is worse", async (t) => {
  const clusters = await simulate(t, { clusters: ["eu", "us"] });
  const { eu, us } = clusters.clusters;
  await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  const closed = await simulate(t, { clusters: [{ name: "us", acl: true }] });
  const page = await openPage(t, browser, await servePage(t, { ...behind(clusters, ["eu"]), ...behind(closed) }));
  await page.locator("tbody .dialer", { hasText: "access denied" }).waitFor();
  assert.deepEqual(await rows(page, "verdict"), ["Unknown"]);
  assert.deepEqual(await chips(page), ["Unknown 1"]);
  clusters.restart("us", 3_600_000);
  await page.locator("tbody .acceptor", { hasText: "FAILING" }).waitFor();
  assert.deepEqual(await rows(page, "verdict"), ["Broken"]);
  assert.deepEqual(await chips(page), ["FAILING 1"]);
});

test("the topology draws unknown links differently from ACTIVE ones", async (t) => {
  const page = await lost(t);
  await go(page, "#topology");
  const edge = page.locator(".edge");
  await page.locator('.edge[data-state="Unknown"]').waitFor({ state: "attached" });
  assert.equal(await edge.getAttribute("aria-label"), "us dials eu: Unknown / ACTIVE");
  assert.deepEqual((await textsOf(page.locator(".sign text"))).toSorted(), ["ACTIVE", "Unknown"]);
  const dashes = (locator) => locator.evaluate((element) => getComputedStyle(element).strokeDasharray);
  assert.notEqual(await dashes(edge.locator(".line")), "none");
  assert.notEqual(await dashes(node(page, "us").locator("rect")), "none");
  assert.equal(await dashes(node(page, "eu").locator("rect")), "none");
  assert.match(await textOf(node(page, "us")), /no response/);
  assert.deepEqual(await rows(page, "dialer"), ["was ACTIVE"]);
});

test("the view of a peering shows which side is not confirmed", async (t) => {
  const page = await lost(t);
  await go(page, "#/us/eu");
  const verdict = page.locator(".health");
  await verdict.getByText("Unknown").waitFor();
  assert.match(await textOf(verdict), /us cannot be read at the moment/);
  assert.equal(await textOf(page.locator(".head .badge")), "was ACTIVE");
  assert.match(await textOf(page.locator(".facts thead th").nth(1)), /^On us\s+as of (now|\d+ seconds? ago)$/);
  await go(page, "#/eu/us");
  await verdict.getByText("Healthy").waitFor();
  assert.equal(await textOf(page.locator(".head .badge")), "ACTIVE");
  assert.match(await textOf(page.locator(".facts thead th").nth(2)), /^On us\s+as of/);
  assert.equal(await page.locator('.facts [data-state="ACTIVE"]').count(), 1);
});

test("a cluster that may not be read is shown as neither healthy nor empty", async (t) => {
  const closed = await simulate(t, { clusters: [{ name: "closed", acl: true }] });
  const open = await simulate(t, { clusters: ["open"] });
  const page = await openPage(t, browser, await servePage(t, { ...behind(closed), ...behind(open) }));
  await cluster(page, "closed").getByText("access denied").waitFor();
  assert.equal(await textOf(cluster(page, "closed").locator(".amount")), "?");
  assert.equal(await textOf(cluster(page, "All clusters").locator(".amount")), "0?");
  await assertVisible(page.getByText("No peerings in the clusters that respond"));
  assert.equal(await page.getByText("No peerings yet").count(), 0);
  await go(page, "#/closed");
  await page.locator(".notice").waitFor();
  assert.equal(await page.locator(".empty").count(), 0);

  await generateToken(open.clusters.open, { peer_name: "closed" });
  await go(page, "#topology");
  await node(page, "closed").waitFor();
  assert.match(await textOf(node(page, "closed")), /access denied/);
  assert.equal(await node(page, "closed").getAttribute("data-freshness"), "denied");
});
