// Connecting two clusters on the page: its plan, its steps, and how it is stopped. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { list, read, remove } from "../../pkg/node.js";
import { startBrowser, suite } from "./browser.js";
import {
  act,
  dialogOf,
  field,
  findings,
  go,
  heard,
  isFocused,
  opened,
  outcome,
  press,
  unfold,
  untilFocused,
} from "./dialogs.js";
import { textOf, valueOf } from "./seen.js";

const NONE = "None: the servers are reached at their own addresses";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

test("two clusters that are not linked yet are proposed", async (t) => {
  const { page } = await opened(t, browser, { isLinked: true, names: ["eu", "us", "ap"] });
  await page.locator("tbody tr").waitFor();
  const proposed = () => Promise.all([0, 1].map((i) => valueOf(dialogOf(page).getByLabel("Cluster").nth(i))));
  await act(page, "Connect");
  assert.deepEqual(await proposed(), ["eu", "ap"]);
  await press(page, "Cancel");
  await go(page, "#/us");
  await act(page, "Connect");
  assert.deepEqual(await proposed(), ["us", "ap"]);
});

test("a cluster that does not respond is not proposed, even if all others are linked", async (t) => {
  const { page, simulator } = await opened(t, browser, { isLinked: true, names: ["eu", "us", "ap"] });
  await page.locator("tbody tr").waitFor();
  simulator.restart("ap", Infinity);
  await page.locator("#clusters li", { hasText: "ap" }).getByText("no response").waitFor();
  await act(page, "Connect");
  const proposed = await Promise.all([0, 1].map((i) => valueOf(dialogOf(page).getByLabel("Cluster").nth(i))));
  assert.deepEqual(proposed, ["eu", "us"]);
});

test("asks for two clusters and nothing else; what is filled in is there to be looked at, and shows when it is wrong", async (t) => {
  const { page, us } = await opened(t, browser, {
    names: ["EU_1", "us"],
    more: { us: { meta: { team: "payments" } } },
  });
  await act(page, "Connect");
  const name = field(page, "Name of EU_1 on us");
  const meta = field(page, "Meta on us");
  await name.waitFor({ state: "visible" });
  assert.match((await findings(page)).join(), /upper-case|lower-case/, "an alias that is no peer name");
  assert.equal(await field(page, "Name of us on EU_1").isVisible(), false, "this one is right");
  assert.equal(await field(page, "External addresses of EU_1").isVisible(), false);
  await dialogOf(page).getByText("Name and meta", { exact: true }).click();
  assert.equal(await name.isVisible(), false);
  await press(page, "Show the plan");
  assert.ok(await isFocused(name), "a wrong one opens its fold and has the focus");
  assert.equal(await valueOf(meta), "team=payments");
  await name.fill("eu");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
  assert.deepEqual((await read(us, "eu")).meta, { team: "payments" });
});

test("two clusters are connected with two buttons, without a look at what is folded away", async (t) => {
  const { page } = await opened(t, browser);
  await act(page, "Connect");
  const seen = dialogOf(page).locator("form :is(input, select, textarea):visible");
  assert.deepEqual(await seen.evaluateAll((all) => all.map(({ value }) => value)), ["eu", "us"]);
  assert.equal(await textOf(dialogOf(page).getByText("Name, meta and external addresses")), "Name, meta and external addresses"); // prettier-ignore
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
});

test("a plan does not outlast what it was made for; what it deletes stands out", async (t) => {
  const { page, us } = await opened(t, browser, { isLinked: true, more: { eu: { server_external_addresses: [] } } });
  await remove(us, "eu");
  await act(page, "Connect");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan li.delete", { hasText: "Delete “us” on eu" }).waitFor();
  await heard(page, "Delete “us” on eu");
  await untilFocused(page, "Connect");
  await unfold(page);
  await field(page, "Meta on us").fill("a=2");
  assert.equal(await dialogOf(page).locator(".plan").count(), 0);
  assert.equal(await dialogOf(page).getByRole("button", { name: "Connect", exact: true }).count(), 0);
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
  assert.deepEqual((await read(us, "eu")).meta, { a: "2" });
});

test("new meta for a link in use: that there are no external addresses must be said, then it is changed in place", async (t) => {
  const { page, us } = await opened(t, browser, { isLinked: true });
  const before = await read(us, "eu");
  await act(page, "Connect");
  await unfold(page);
  await field(page, "Meta on us").fill("a=2");
  await press(page, "Show the plan");
  assert.match(await outcome(page), /external addresses/);
  await heard(page, "external addresses");
  const addresses = field(page, "External addresses of eu");
  assert.ok(await isFocused(addresses));
  assert.equal(await addresses.getAttribute("aria-invalid"), "true");
  await field(page, NONE).check();
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
  const after = await read(us, "eu");
  assert.deepEqual([after.id, after.meta], [before.id, { a: "2" }]);
});

/** A cluster whose connections break as soon as a request is one of these. */
function cutting(isLast) {
  let isCut = false;
  const fetchUntil = async (url, init) => {
    isCut ||= isLast(url, init);
    const cause = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
    if (isCut) throw new TypeError("fetch failed", { cause });
    return fetch(url, init);
  };
  return { fetch: fetchUntil, restore: () => ((isCut = false), (isLast = () => false)) };
}

test("a cluster that is lost on the way: the page's server could not reach it, and Connect continues", async (t) => {
  const cut = cutting((url) => url.endsWith("/establish"));
  const { page } = await opened(t, browser, { more: { us: cut } });
  await act(page, "Connect");
  await press(page, "Show the plan");
  await press(page, "Connect");
  const told = await outcome(page);
  assert.match(told, /^serve cannot reach the cluster us \(connection closed\)\.\s+Check that its servers run/);
  assert.match(told, /Left behind\s+“eu” on us: .*may exist\.\s+“us” on eu: .*token was not used\.\s/);
  assert.match(told, /\sConnect again to continue\.$/);
  assert.doesNotMatch(told, /Consul answered|\d\d\d|UND_ERR|call|establish again|same token/i);
  cut.restore();
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
});

test("what Consul itself answers is told as its words, whatever it says of serve", async (t) => {
  const answer = async (url, init) =>
    url.endsWith("/token")
      ? new Response("out of order", { status: 502, headers: { "Consul-Peering-Cause": "ECONNREFUSED" } })
      : fetch(url, init);
  const { page } = await opened(t, browser, { more: { eu: { fetch: answer } } });
  await act(page, "Connect");
  await press(page, "Show the plan");
  await press(page, "Connect");
  const told = await outcome(page);
  assert.match(told, /Consul answered 502: out of order/);
  assert.doesNotMatch(told, /serve cannot/);
});

test("stopped on the way: what stands is told, and the same again goes on from there", async (t) => {
  const { page, simulator, us } = await opened(t, browser);
  simulator.fault({ kind: "delay", ms: 60_000, match: { cluster: "us", method: "POST", path: /establish/ } });
  await act(page, "Connect");
  await press(page, "Show the plan");
  await press(page, "Connect");
  await dialogOf(page).locator(".steps li", { hasText: 'establishing "eu"' }).waitFor();
  await untilFocused(page, "Stop");
  await dialogOf(page).locator(".steps .hint", { hasText: /\d s/ }).waitFor(); // a slow step says that it is
  await page.keyboard.press("Enter");
  const told = await outcome(page);
  assert.match(told, /^Stopped\.\s+Completed steps are kept/);
  assert.match(told, /Left behind\s+.*“us” on eu: exists\.\s.*Connect again to continue\.$/s);
  assert.doesNotMatch(told, /establish again/);
  await heard(page, "Stopped.");
  await untilFocused(page, "Show the plan");
  assert.equal((await list(us)).length, 0);
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
});
