// The page's dialogs: what they tell before, while and after, and that nothing is lost. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect, generateToken, list, read, remove, establish, wait } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, focused, heard, outcome, press, untilFocused } from "./dialogs.js";
import { behind, simulate } from "./scenes.js";

const PASTE = "Peering token from the other cluster";
const NONE = "None: reached at its servers’ own addresses";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

/** Two clusters, with or without a link, and the page. */
async function opened(t, { isLinked = false, names = ["eu", "us"], more = {}, ...options } = {}) {
  const simulator = await simulate(t, { clusters: names, speed: 20 });
  const [eu, us] = names.map((name) => simulator.clusters[name]);
  if (isLinked) await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu", meta: { a: "1" } });
  const clusters = behind(simulator);
  for (const [alias, settings] of Object.entries(more)) Object.assign(clusters[alias], settings);
  const page = await openPage(t, browser, await servePage(t, clusters), options);
  return { simulator, eu, us, page };
}
const go = (page, hash) => page.evaluate((to) => void (location.hash = to), hash);
const findings = (page) => dialogOf(page).locator(".findings li").allInnerTexts();
const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

test("each field says its rule while it is typed, with the fix, and the first wrong one has the focus at the end", async (t) => {
  const { page } = await opened(t, { more: { eu: { meta: { team: "payments" } } } });
  await act(page, "Connect");
  assert.equal(await focused(page), "Cluster", "the first field");
  const name = field(page, "Name of us on eu");
  assert.equal(await name.inputValue(), "us");
  assert.equal(await field(page, "Meta on eu").inputValue(), "team=payments");
  for (const [label, text, said] of [
    ["Name of us on eu", "US", /upper-case.*Write "us"/s],
    ["Meta on us", "team", /“team” has no =.*Write key=value/s],
    ["Meta on us", "a=1\na=2", /“a” stands there twice/],
    ["Meta on us", "consul-x=1", /begins with "consul-".*Choose another prefix/s],
    ["External addresses of eu", "http://lb:1", /is not host:port.*Leave the scheme out/s],
  ]) {
    const before = await field(page, label).inputValue();
    await field(page, label).fill(text);
    assert.match((await findings(page)).join("\n"), said);
    await press(page, "Show the plan");
    assert.ok(await isFocused(field(page, label)), label);
    assert.equal(await field(page, label).getAttribute("aria-invalid"), "true");
    await field(page, label).fill(before);
    assert.deepEqual(await findings(page), []);
  }
});

test("the other cluster is chosen: names and meta go along, but for what was typed", async (t) => {
  const more = { us: { meta: { at: "us" } }, ap: { server_external_addresses: [] } };
  const { page } = await opened(t, { names: ["eu", "us", "ap"], more });
  const values = async () => {
    const fields = await dialogOf(page).locator("label:not(.choice)").all();
    return Object.fromEntries(await Promise.all(fields.map(async (label) => [
      await label.innerText(), await label.locator("~ :is(input, select, textarea)").inputValue(),
    ]))); // prettier-ignore
  };
  await act(page, "Connect");
  await dialogOf(page).getByLabel("Cluster").first().selectOption("us");
  assert.deepEqual(await values(), {
    Cluster: "eu", "Name of eu on us": "eu", "Meta on us": "at=us", "External addresses of us": "", "Name of us on eu": "us", "Meta on eu": "",
  }, "the two change places"); // prettier-ignore
  await field(page, "Name of us on eu").fill("the-us");
  await dialogOf(page).getByLabel("Cluster").first().selectOption("ap");
  assert.equal(await field(page, "Name of ap on eu").inputValue(), "the-us");
  assert.equal(await field(page, "Meta on ap").inputValue(), "");
  assert.equal(await field(page, NONE).isChecked(), true, "as it is known of that cluster");
});

test("a plan does not outlast what it was made for; what it deletes stands out", async (t) => {
  const { page, us } = await opened(t, { isLinked: true, more: { eu: { server_external_addresses: [] } } });
  await remove(us, "eu");
  await act(page, "Connect");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan li.delete", { hasText: "Delete “us” on eu" }).waitFor();
  await heard(page, "Delete “us” on eu");
  await untilFocused(page, "Connect");
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
  const { page, us } = await opened(t, { isLinked: true });
  const before = await read(us, "eu");
  await act(page, "Connect");
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

test("a name that is taken is told before, and what stands is replaced by choice alone", async (t) => {
  const { page, eu, us } = await opened(t, { isLinked: true, names: ["eu", "us", "ap"], hash: "#/us" });
  await page.locator("tbody tr").waitFor();
  await act(page, "Make a token");
  const name = field(page, "Name of the other cluster on us");
  const replace = field(page, "Delete what stands under the name, and make it anew");
  await name.fill("e");
  assert.equal(await replace.isVisible(), false);
  await name.fill("eu");
  assert.match((await findings(page)).join(), /“eu” is a peering that this cluster dials/);
  await press(page, "Make a token");
  assert.ok(await isFocused(name));
  assert.equal((await read(us, "eu")).state, "ACTIVE");
  await replace.check();
  await press(page, "Make a token");
  assert.match(await outcome(page), /The token for “eu” is made/);
  assert.equal((await read(us, "eu")).role, "acceptor");
  await press(page, "Reveal");
  const token = peeringToken(await field(page, "Peering token").inputValue());
  await press(page, "Done");
  // The name of an acceptor is no name for a dialer.
  await go(page, "#/eu");
  await page.locator("tbody tr").waitFor();
  await act(page, "Establish");
  await field(page, PASTE).focus();
  await page.keyboard.insertText(` ${token}\n`);
  assert.equal(await field(page, "Name of the other cluster on eu").inputValue(), "us");
  assert.match((await findings(page)).join(), /“us” is a peering for which this cluster made a token/);
  assert.doesNotMatch((await findings(page)).join(), /space/i, "what was pasted along is trimmed");
  await replace.check();
  await press(page, "Establish");
  assert.match(await outcome(page), /“us” on eu is ACTIVE/);
  assert.equal((await read(eu, "us")).role, "dialer");
});

test("one's own meta stays where a peering is established again", async (t) => {
  const { page, eu, us } = await opened(t, { isLinked: true, hash: "#/us" });
  const token = peeringToken(await generateToken(eu, { peer_name: "us" }));
  await page.locator("tbody tr").waitFor();
  await act(page, "Establish");
  await field(page, PASTE).focus();
  await page.keyboard.insertText(token);
  const name = field(page, "Name of the other cluster on us");
  assert.equal(await name.inputValue(), "eu");
  assert.match((await findings(page)).join(), /“eu” stands already.*renewed in place/);
  const meta = field(page, "Meta on us");
  assert.equal(await meta.inputValue(), "a=1");
  await name.fill("e");
  assert.equal(await meta.inputValue(), "");
  await name.fill("eu");
  assert.equal(await meta.inputValue(), "a=1");
  await press(page, "Establish");
  assert.match(await outcome(page), /“eu” on us is ACTIVE/);
  assert.deepEqual((await read(us, "eu")).meta, { a: "1" });
});

test("left by mistake, a form is as it was, but for its secrets; the focus goes back to what opened it", async (t) => {
  const { page, eu } = await opened(t, { hash: "#/us" });
  const token = peeringToken(await generateToken(eu, { peer_name: "us" }));
  await act(page, "Establish");
  await field(page, PASTE).focus();
  await page.keyboard.insertText(token);
  await dialogOf(page).locator("dl").waitFor();
  await field(page, "Meta on us").fill("team=payments");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await focused(page), "Establish");
  await page.keyboard.press("Enter");
  assert.equal(await field(page, PASTE).inputValue(), "");
  assert.equal(await dialogOf(page).locator("dl").count(), 0);
  assert.equal(await field(page, "Meta on us").inputValue(), "team=payments");
  assert.match(await dialogOf(page).innerText(), /forgotten when this closes/);
});

test("a token that is not copied yet is held once against closing", async (t) => {
  const secrets = [];
  const { page, eu } = await opened(t, { hash: "#/eu", secrets });
  await act(page, "Make a token");
  await field(page, "Name of the other cluster on eu").fill("us");
  await press(page, "Make a token");
  await outcome(page);
  await untilFocused(page, "Copy the peering token");
  await press(page, "Reveal");
  const token = peeringToken(await field(page, "Peering token").inputValue());
  const spilled = await page.evaluate(() => document.documentElement.outerHTML);
  assert.ok(!spilled.includes(token.slice(-80)), "in no attribute, nor in any text");
  secrets.push(token.slice(-80));
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });

  await act(page, "Make a token");
  await field(page, "Name of the other cluster on eu").fill("us");
  assert.match((await findings(page)).join(), /an unused token for it stops working/);
  await press(page, "Make a token");
  await outcome(page);
  await page.keyboard.press("Escape");
  await heard(page, "It is not copied yet");
  await press(page, "Done");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.deepEqual((await list(eu)).map(({ state }) => state), ["PENDING"]); // prettier-ignore
});

test("stopped on the way: what stands is told, and the same again goes on from there", async (t) => {
  const { page, simulator, us } = await opened(t);
  simulator.fault({ kind: "delay", ms: 60_000, match: { cluster: "us", method: "POST", path: /establish/ } });
  await act(page, "Connect");
  await press(page, "Show the plan");
  await press(page, "Connect");
  await dialogOf(page).locator(".steps li", { hasText: 'establishing "eu"' }).waitFor();
  await untilFocused(page, "Stop");
  await dialogOf(page).locator(".steps .hint", { hasText: /\d s/ }).waitFor(); // a slow step says that it is
  await page.keyboard.press("Enter");
  const told = await outcome(page);
  assert.match(told, /^Stopped\.\s+What was done until then stands/);
  assert.match(told, /What is left behind\s+.*eu: .*us/s);
  await heard(page, "Stopped.");
  await untilFocused(page, "Show the plan");
  assert.equal((await list(us)).length, 0);
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /ACTIVE on both sides/);
});

test("an error comes with its hint and what is left behind, under the clusters' aliases", async (t) => {
  const { page, simulator, us } = await opened(t, { isLinked: true, hash: "#/us/eu" });
  simulator.fault({ kind: "drop_before", match: { cluster: "us", method: "DELETE" }, times: Infinity });
  await act(page, "Delete");
  await dialogOf(page).getByLabel("Only the side on us").check();
  await field(page, "Type eu to confirm").fill("eu");
  await press(page, "Delete");
  const told = await outcome(page);
  assert.match(told, /^delete eu at us: .+\n+See the servers/, "what went wrong, and what to do about it");
  assert.match(told, /What is left behind\s+“eu” on us: "eu" still stands. Delete it again./);
  assert.doesNotMatch(told, /127\.0\.0\.1|clusters\//);
  await heard(page, "delete eu at us");
  await untilFocused(page, "Delete");
  assert.equal(await field(page, "Type eu to confirm").inputValue(), "eu");
  assert.equal((await list(us)).length, 1);
});

test("a write under way outlasts its dialog, holds the page back from being left, and is told at its end", async (t) => {
  const { page, simulator, us } = await opened(t, { isLinked: true, hash: "#/us/eu" });
  simulator.fault({ kind: "delay", ms: 700, match: { cluster: "us", method: "DELETE" } });
  await act(page, "Delete");
  await field(page, "Type eu to confirm").fill("eu");
  const asked = () =>
    page.evaluate(() => {
      const event = new Event("beforeunload", { cancelable: true });
      dispatchEvent(event);
      return event.defaultPrevented;
    });
  assert.equal(await asked(), false);
  await press(page, "Delete");
  await dialogOf(page).getByText("Closing this dialog does not stop it.").waitFor();
  assert.equal(await asked(), true);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator("#polite", { hasText: "us and eu are disconnected" }).waitFor({ state: "attached" });
  assert.equal(await asked(), false);
  assert.deepEqual(await list(us), []);
});

test("one side is deleted: what happens on the other is said before, and happens", async (t) => {
  const { page, eu, us } = await opened(t, { isLinked: true, hash: "#/us/eu" });
  await act(page, "Delete");
  const scope = dialogOf(page).getByRole("group", { name: "What to delete" });
  assert.equal(await scope.getByLabel("Both sides, on us and eu").isChecked(), true);
  await scope.getByLabel("Only the side on us").check();
  const said = (await dialogOf(page).locator("li").allInnerTexts()).join("\n");
  assert.match(said, /On us, “eu” is deleted/);
  assert.match(said, /On eu, “us” is told within 5 s. It turns TERMINATED/);
  assert.match(said, /Tokens made before are dead/);
  await field(page, "Type eu to confirm").fill("EU");
  await press(page, "Delete");
  assert.ok(await isFocused(field(page, "Type eu to confirm")));
  assert.equal((await list(us)).length, 1);
  await field(page, "Type eu to confirm").fill("eu");
  await press(page, "Delete");
  assert.equal(await outcome(page), "“eu” on us is gone.");
  await wait(eu, "us", "TERMINATED");
  await press(page, "Done");
  await untilFocused(page, "eu"); // what opened it is gone: the heading
});

test("what belongs to somebody else is deleted by choice alone", async (t) => {
  const { page, eu, us } = await opened(t, { isLinked: true, hash: "#/us/eu" });
  await act(page, "Delete");
  await field(page, "Type eu to confirm").fill("eu");
  // Meanwhile somebody makes another link under the same name.
  await Promise.all([remove(us, "eu"), remove(eu, "us")]);
  await generateToken(eu, { peer_name: "us" });
  const peering_token = await generateToken(eu, { peer_name: "other" });
  await establish(us, { peer_name: "eu", peering_token });
  const force = field(page, "Delete what stands under both names, whomever it is linked with");
  assert.equal(await force.isVisible(), false);
  await press(page, "Delete");
  await outcome(page);
  assert.equal((await list(us)).length, 1, "refused");
  await force.check();
  await press(page, "Delete");
  assert.match(await outcome(page), /both sides are gone/);
  assert.deepEqual([await read(us, "eu"), await read(eu, "us")], [null, null]);
});

test("where there is but one cluster, what can be done is offered at the head, and connect is not", async (t) => {
  const { page } = await opened(t, { names: ["eu"] });
  assert.deepEqual(await page.locator("#actions button").allInnerTexts(), ["Make a token", "Establish"]);
  await act(page, "Make a token");
  await dialogOf(page).getByRole("heading", { name: "Make a peering token on eu" }).waitFor();
});
