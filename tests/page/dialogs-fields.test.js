// The fields of the dialogs: validation, default values, and input that is kept when a dialog is closed. Simulated clusters,
// real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { generateToken } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import { startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, findings, focused, opened, press, unfold } from "./dialogs.js";
import { textOf, textsOf, untilFocusOn, valueOf } from "./visible.js";

const PASTE = "Peering token from the other cluster";
const NONE = "None: the servers are reached at their own addresses";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

test("fields show findings with fixes while the user types; submitting focuses the first invalid one", async (t) => {
  const { page } = await opened(t, browser, { more: { eu: { meta: { team: "payments" } } } });
  await act(page, "Connect");
  assert.equal(await focused(page), "Cluster", "the first field");
  await unfold(page);
  const name = field(page, "Peer name of us on eu");
  assert.equal(await valueOf(name), "us");
  assert.equal(await valueOf(field(page, "Meta on eu")), "team=payments");
  for (const [label, text, said] of [
    ["Peer name of us on eu", "US", /upper-case.*Try "us"/s],
    ["Meta on us", "team", /“team” has no =.*Write key=value/s],
    ["Meta on us", "a=1\na=2", /Duplicate key “a”/],
    ["Meta on us", "consul-x=1", /begins with "consul-".*Choose another prefix/s],
    ["External addresses of eu", "http://lb:1", /^The address "http:\/\/lb:1" is not host:port.*Leave the scheme out/s],
  ]) {
    const before = await valueOf(field(page, label));
    await field(page, label).fill(text);
    assert.match((await findings(page)).join("\n"), said);
    await press(page, "Show the plan");
    await untilFocusOn(field(page, label));
    assert.equal(await field(page, label).getAttribute("aria-invalid"), "true");
    await field(page, label).fill(before);
    assert.deepEqual(await findings(page), []);
  }
});

test("selecting another cluster updates the default names and meta, and keeps edited values", async (t) => {
  const more = { us: { meta: { at: "us" } }, ap: { server_external_addresses: [] } };
  const { page } = await opened(t, browser, { names: ["eu", "us", "ap"], more });
  const values = async () => {
    const fields = await dialogOf(page).locator("label:not(.choice)").all();
    return Object.fromEntries(await Promise.all(fields.map(async (label) => [
      await textOf(label), await valueOf(label.locator("~ :is(input, select, textarea)")),
    ]))); // prettier-ignore
  };
  await act(page, "Connect");
  await unfold(page);
  await dialogOf(page).getByLabel("Cluster").first().selectOption("us");
  assert.deepEqual(await values(), {
    Cluster: "eu", "Peer name of eu on us": "eu", "Meta on us": "at=us", "External addresses of us": "", "Peer name of us on eu": "us", "Meta on eu": "",
  }, "the two change places"); // prettier-ignore
  await field(page, "Peer name of us on eu").fill("the-us");
  await dialogOf(page).getByLabel("Cluster").first().selectOption("ap");
  assert.equal(await valueOf(field(page, "Peer name of ap on eu")), "the-us");
  assert.equal(await valueOf(field(page, "Meta on ap")), "");
  assert.equal(await field(page, NONE).isChecked(), true, "as it is known of that cluster");
});

test("a dialog that is closed keeps its input except for secrets; the focus returns to its button", async (t) => {
  const { page, eu } = await opened(t, browser, { hash: "#/us" });
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
  assert.equal(await valueOf(field(page, PASTE)), "");
  assert.equal(await dialogOf(page).locator("dl").count(), 0);
  assert.equal(await valueOf(field(page, "Meta on us")), "team=payments");
  assert.match(await textOf(dialogOf(page)), /removed when the dialog closes/);
});

test("Cancel closes the dialog and discards the input", async (t) => {
  const { page } = await opened(t, browser, { hash: "#/us" });
  await act(page, "Establish");
  await field(page, "Meta on us").fill("team=payments");
  await press(page, "Cancel");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(await focused(page), "Establish");
  await act(page, "Establish");
  assert.equal(await valueOf(field(page, "Meta on us")), "");
});

test("with one cluster, its actions are in the page header, without Connect", async (t) => {
  const { page } = await opened(t, browser, { names: ["eu"] });
  assert.deepEqual(await textsOf(page.locator("#actions button")), ["Generate a peering token", "Establish"]);
  await act(page, "Generate a peering token");
  await dialogOf(page).getByRole("heading", { name: "Generate a peering token on eu" }).waitFor();
});
