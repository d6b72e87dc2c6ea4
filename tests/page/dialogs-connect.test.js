// The Connect dialog: its plan, its progress and its cancellation. Simulated clusters, real Chromium.
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
  announced,
  opened,
  outcome,
  press,
  unfold,
  untilFocused,
} from "./dialogs.js";
import { textOf, untilFocusOn, valueOf } from "./visible.js";

const NONE = "None: the servers are reached at their own addresses";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

test("connect: the default selection is two clusters that are not linked", async (t) => {
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

test("connect: a cluster that does not respond is not selected by default, even if all others are linked", async (t) => {
  const { page, simulator } = await opened(t, browser, { isLinked: true, names: ["eu", "us", "ap"] });
  await page.locator("tbody tr").waitFor();
  simulator.restart("ap", Infinity);
  await page.locator("#clusters li", { hasText: "ap" }).getByText("no response").waitFor();
  await act(page, "Connect");
  const proposed = await Promise.all([0, 1].map((i) => valueOf(dialogOf(page).getByLabel("Cluster").nth(i))));
  assert.deepEqual(proposed, ["eu", "us"]);
});

test("connect requires two clusters only; default values can be expanded, and expand if they are invalid", async (t) => {
  const { page, us } = await opened(t, browser, {
    names: ["EU_1", "us"],
    more: { us: { meta: { team: "payments" } } },
  });
  await act(page, "Connect");
  const name = field(page, "Peer name of EU_1 on us");
  const meta = field(page, "Meta on us");
  await name.waitFor({ state: "visible" });
  assert.match((await findings(page)).join(), /upper-case|lower-case/, "an alias that is no peer name");
  assert.equal(await field(page, "Peer name of us on EU_1").isVisible(), false, "this one is right");
  assert.equal(await field(page, "External addresses of EU_1").isVisible(), false);
  await dialogOf(page).getByText("Name and meta", { exact: true }).click();
  assert.equal(await name.isVisible(), false);
  await press(page, "Show the plan");
  await untilFocusOn(name); // a wrong one opens its fold
  assert.equal(await valueOf(meta), "team=payments");
  await name.fill("eu");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
  assert.deepEqual((await read(us, "eu")).meta, { team: "payments" });
});

test("connect: two buttons connect two clusters, without expanding anything", async (t) => {
  const { page } = await opened(t, browser);
  await act(page, "Connect");
  const observed = dialogOf(page).locator("form :is(input, select, textarea):visible");
  assert.deepEqual(await observed.evaluateAll((all) => all.map(({ value }) => value)), ["eu", "us"]);
  assert.equal(await textOf(dialogOf(page).getByText("Name, meta and external addresses")), "Name, meta and external addresses"); // prettier-ignore
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
});

test("connect: a change of the input discards the plan; deletions are highlighted", async (t) => {
  const { page, us } = await opened(t, browser, { isLinked: true, more: { eu: { server_external_addresses: [] } } });
  await remove(us, "eu");
  await act(page, "Connect");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan li.delete", { hasText: "Delete “us” on eu" }).waitFor();
  await announced(page, "Delete “us” on eu");
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

test("connect: new meta for a link in use requires the external addresses or None, then changes it in place", async (t) => {
  const { page, us } = await opened(t, browser, { isLinked: true });
  const before = await read(us, "eu");
  await act(page, "Connect");
  await unfold(page);
  await field(page, "Meta on us").fill("a=2");
  await press(page, "Show the plan");
  await announced(page, "external addresses");
  assert.match((await findings(page)).join(), /Consul drops the existing external addresses/);
  assert.equal(await dialogOf(page).locator(".problem").count(), 0, "the field asks");
  const addresses = field(page, "External addresses of eu");
  await untilFocusOn(addresses);
  assert.equal(await addresses.getAttribute("aria-invalid"), "true");
  await field(page, NONE).check();
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
  const after = await read(us, "eu");
  assert.deepEqual([after.id, after.meta], [before.id, { a: "2" }]);
});

test("connect: external addresses are required for the cluster where they are unknown, not for another one", async (t) => {
  const { page } = await opened(t, browser, { isLinked: true, names: ["eu", "us", "ap"] });
  await page.locator("tbody tr").waitFor();
  await act(page, "Connect");
  const accepting = dialogOf(page).getByLabel("Cluster").first();
  await dialogOf(page).getByLabel("Cluster").nth(1).selectOption("us");
  await unfold(page);
  await field(page, "Meta on us").fill("a=2");
  await press(page, "Show the plan");
  await announced(page, "external addresses");
  const drops = async () => (await findings(page)).filter((text) => /Consul drops/.test(text)).length;
  assert.equal(await drops(), 1);
  await accepting.selectOption("ap");
  await field(page, "External addresses of ap").waitFor();
  assert.equal(await drops(), 0);
  await accepting.selectOption("eu");
  assert.equal(await drops(), 1);
});

/** A cluster whose connections break from the first matching request on. */
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

test("connect: an unreachable cluster is reported with leftovers, and connecting again continues", async (t) => {
  const cut = cutting((url) => url.endsWith("/establish"));
  const { page } = await opened(t, browser, { more: { us: cut } });
  await act(page, "Connect");
  await press(page, "Show the plan");
  await press(page, "Connect");
  const text = await outcome(page);
  assert.match(
    text,
    /^The server of this page cannot reach the cluster us \(connection closed\)\.\s+Check that its servers run/,
  );
  assert.match(text, /Left behind\s+“eu” on us: .*may exist\.\s+“us” on eu: .*token may not have been used\.\s/);
  assert.match(text, /\sConnect again to continue\.$/);
  assert.doesNotMatch(text, /Consul returned|\d\d\d|UND_ERR|call|establish again|same token/i);
  cut.restore();
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
});

test("an error response of Consul is not taken for an error of serve", async (t) => {
  const answer = async (url, init) =>
    url.endsWith("/token")
      ? new Response("out of order", { status: 502, headers: { "Consul-Peering-Cause": "ECONNREFUSED" } })
      : fetch(url, init);
  const { page } = await opened(t, browser, { more: { eu: { fetch: answer } } });
  await act(page, "Connect");
  await press(page, "Show the plan");
  await press(page, "Connect");
  const text = await outcome(page);
  assert.match(text, /Consul returned 502: out of order/);
  assert.doesNotMatch(text, /serve cannot/);
});

test("connect: Stop reports the leftovers, and connecting again continues", async (t) => {
  const { page, simulator, us } = await opened(t, browser);
  simulator.fault({ kind: "delay", ms: 60_000, match: { cluster: "us", method: "POST", path: /establish/ } });
  await act(page, "Connect");
  await press(page, "Show the plan");
  await press(page, "Connect");
  await dialogOf(page).locator(".steps li", { hasText: 'establishing "eu"' }).waitFor();
  await untilFocused(page, "Stop");
  await dialogOf(page).locator(".steps .hint", { hasText: /\d s/ }).waitFor(); // a slow step says that it is
  await page.keyboard.press("Enter");
  const text = await outcome(page);
  assert.match(text, /^Stopped\.\s+Completed steps are kept/);
  assert.match(text, /Left behind\s+.*“us” on eu: exists\.\s.*Connect again to continue\.$/s);
  assert.doesNotMatch(text, /establish again/);
  await announced(page, "Stopped.");
  await untilFocused(page, "Show the plan");
  assert.equal((await list(us)).length, 0);
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
});
