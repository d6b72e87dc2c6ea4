// The Delete dialog: its preview, its effect and its leftovers. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect, generateToken, list, read, remove, establish, wait } from "../../pkg/node.js";
import { startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, announced, opened, outcome, press, untilFocused } from "./dialogs.js";
import { textsOf, untilFocusOn, valueOf } from "./visible.js";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

test("delete: an error shows its hint and the leftovers, with the aliases of the clusters", async (t) => {
  const { page, simulator, us } = await opened(t, browser, { isLinked: true, hash: "#/us/eu" });
  simulator.fault({ kind: "drop_before", match: { cluster: "us", method: "DELETE" }, times: Infinity });
  await act(page, "Delete");
  await dialogOf(page).getByLabel("Only the side on us").check();
  await field(page, "Type eu to confirm").fill("eu");
  await press(page, "Delete");
  const text = await outcome(page);
  assert.match(
    text,
    /^The server of this page cannot reach the cluster us \(connection closed\)\.\n+Check that its servers run/,
    "the message and the hint",
  );
  assert.match(text, /Left behind\s+“eu” on us: "eu" was not deleted\.\s+Delete again\.$/);
  assert.doesNotMatch(text, /127\.0\.0\.1|clusters\//);
  await announced(page, "The server of this page cannot reach the cluster us");
  await untilFocused(page, "Delete");
  assert.equal(await valueOf(field(page, "Type eu to confirm")), "eu");
  assert.equal((await list(us)).length, 1);
});

test("a pending write continues after its dialog is closed, prevents leaving the page, and announces its result", async (t) => {
  const { page, simulator, us } = await opened(t, browser, { isLinked: true, hash: "#/us/eu" });
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

test("delete: deletes one side, after a preview of the effect on the other", async (t) => {
  const { page, eu, us, simulator } = await opened(t, browser, { isLinked: true, hash: "#/us/eu" });
  simulator.exportServices("eu", { billing: ["us"] });
  simulator.exportServices("us", { db: ["eu"] });
  const imported = page.locator(".facts tr", { hasText: "Services imported" });
  for (const name of ["billing", "db"]) await imported.getByText(name).waitFor();
  await act(page, "Delete");
  const scope = dialogOf(page).getByRole("group", { name: "What to delete" });
  assert.equal(await scope.getByLabel("Both sides, on us and eu").isChecked(), true);
  await scope.getByLabel("Only the side on us").check();
  const said = (await textsOf(dialogOf(page).locator("li"))).join("\n");
  assert.match(said, /On us, “eu” is deleted, with the services imported through it \(billing\)/);
  assert.match(said, /On eu, “us” is notified within 5 s. It becomes TERMINATED, loses .* \(db\), and remains/);
  assert.match(said, /Unused peering tokens of this peering become invalid/);
  await field(page, "Type eu to confirm").fill("EU");
  await press(page, "Delete");
  await untilFocusOn(field(page, "Type eu to confirm"));
  assert.equal((await list(us)).length, 1);
  await field(page, "Type eu to confirm").fill("eu");
  await press(page, "Delete");
  assert.equal(await outcome(page), "“eu” on us was deleted.");
  await wait(eu, "us", "TERMINATED");
  await press(page, "Done");
  await untilFocused(page, "us’s peering with eu"); // what opened it is gone: the heading
});

test("delete: names the services that disappear on a cluster that is not on the page", async (t) => {
  const { page, simulator } = await opened(t, browser, { isLinked: true, hash: "#/us/eu", aliases: ["us"] });
  simulator.exportServices("eu", { billing: ["us"] });
  simulator.exportServices("us", { db: ["eu"] });
  const exported = page.locator(".facts tr", { hasText: "Services exported" });
  await exported.getByText("db").waitFor();
  await act(page, "Delete");
  const text = (await textsOf(dialogOf(page).locator("li"))).join("\n");
  assert.match(text, /On us, “eu” is deleted, with the services imported through it \(billing\)/);
  assert.match(text, /The other side is notified within 5 s. It becomes TERMINATED, loses .* \(db\), and remains/);
});

test("delete: a peering that is linked with another cluster is deleted only with force", async (t) => {
  const names = ["eu", "us", "ap"];
  const { page, eu, us, simulator } = await opened(t, browser, { isLinked: true, hash: "#/us/eu", names });
  await act(page, "Delete");
  await field(page, "Type eu to confirm").fill("eu");
  // Meanwhile, the other side is deleted, and linked with a third cluster under the same name.
  await remove(eu, "us");
  const peering_token = await generateToken(eu, { peer_name: "us" });
  await establish(simulator.clusters.ap, { peer_name: "eu", peering_token });
  const force = field(page, "Delete both peerings, even if they are linked with other clusters");
  assert.equal(await force.isVisible(), false);
  await press(page, "Delete");
  await outcome(page);
  assert.equal((await list(us)).length, 1, "refused");
  await force.check();
  await press(page, "Delete");
  assert.match(await outcome(page), /both sides were deleted/);
  assert.deepEqual([await read(us, "eu"), await read(eu, "us")], [null, null]);
});

test("delete: another peering that was created under the name while the dialog is open is not deleted", async (t) => {
  const { page, eu, us } = await opened(t, browser, { isLinked: true, hash: "#/us/eu" });
  await act(page, "Delete");
  await dialogOf(page).getByLabel("Only the side on us").check();
  await field(page, "Type eu to confirm").fill("eu");
  await Promise.all([remove(us, "eu"), remove(eu, "us")]);
  await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  await dialogOf(page).locator(".findings", { hasText: "another peering was created under its name" }).waitFor();
  await press(page, "Delete");
  await untilFocusOn(field(page, "Type eu to confirm"));
  assert.equal((await list(us)).length, 1);
  await press(page, "Cancel");
  await act(page, "Delete");
  await field(page, "Type eu to confirm").fill("eu");
  await press(page, "Delete");
  assert.match(await outcome(page), /both sides were deleted/);
});
