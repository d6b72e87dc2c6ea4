// "Equivalent command": the command that is equivalent to a dialog, without secrets.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { establish, generateToken, list, read, remove, wait } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import { command } from "../../pkg/command.js";
import { startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, findings, opened, outcome, press, unfold } from "./dialogs.js";
import { textOf, valueOf } from "./visible.js";

const CLI = fileURLToPath(new URL("../../pkg/cli.js", import.meta.url));

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

/** The command of the open dialog. */
async function shown(page) {
  const box = dialogOf(page).locator("details.command");
  if (!(await box.evaluate(({ open }) => open))) await box.locator("summary").click();
  return textOf(box.locator("code"));
}

/** Runs a command in a shell, with the same clusters and aliases. */
async function run(t, line, clusters) {
  const folder = mkdtempSync(join(tmpdir(), "command-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const entries = Object.entries(clusters).map(([alias, { address }]) => [alias, { address }]);
  writeFileSync(join(folder, "clusters.json"), JSON.stringify(Object.fromEntries(entries)));
  const own = line.replace(/^consul-peering/, `"${process.execPath}" "${CLI}"`);
  return promisify(execFile)("sh", ["-c", own], { cwd: folder });
}

test("command: words are quoted for a shell; lists, flags and undefined options", () => {
  const options = {
    cluster: "eu",
    meta: { a: "it's; $x", b: "" },
    "external-address": ["lb:1", "lb:2"],
    replace: true,
  };
  assert.equal(
    command("establish", ["us"], { ...options, force: false, out: undefined }),
    "consul-peering establish us --cluster eu --meta 'a=it'\\''s; $x' --meta b= --external-address lb:1 " +
      "--external-address lb:2 --replace",
  );
});

test("the commands of connect and disconnect do the same as the dialogs", async (t) => {
  const { page, simulator, eu, us } = await opened(t, browser);
  await act(page, "Connect");
  await unfold(page);
  await field(page, "Meta on us").fill("note=two words");
  await field(page, "Peer name of eu on us").fill("eu-west");
  assert.equal(await shown(page), "consul-peering connect eu us --b-name eu-west --b-meta 'note=two words'");
  await run(t, await shown(page), simulator.clusters);
  const made = await read(us, "eu-west");
  assert.deepEqual([made.state, made.meta], ["ACTIVE", { note: "two words" }]);
  await press(page, "Cancel");
  await page.evaluate(() => void (location.hash = "#/us/eu-west"));
  await page.locator(".facts").waitFor();
  await act(page, "Rotate");
  await field(page, "None: the servers are reached at their own addresses").check();
  assert.equal(await shown(page), "consul-peering rotate eu us --b-name eu-west --no-external-addresses");
  await run(t, await shown(page), simulator.clusters);
  assert.deepEqual((await read(us, "eu-west")).id, made.id);
  await press(page, "Cancel");
  await act(page, "Delete");
  assert.equal(await shown(page), "consul-peering disconnect us eu --a-name eu-west");
  await run(t, `${await shown(page)} --yes`, simulator.clusters);
  assert.deepEqual([await list(eu), await list(us)], [[], []]);
});

test("the commands of generate and establish do not contain the peering token", async (t) => {
  const { page, simulator, eu } = await opened(t, browser, { hash: "#/eu" });
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on eu").fill("us");
  await field(page, "External addresses of eu").fill("lb.example:8503");
  const line =
    "consul-peering token generate us --cluster eu --external-address lb.example:8503 --out us.peering-token";
  assert.equal(await shown(page), line);
  await run(t, line, simulator.clusters);
  await press(page, "Cancel");
  const token = peeringToken(await generateToken(eu, { peer_name: "us" }));
  await page.evaluate(() => void (location.hash = "#/us"));
  await act(page, "Establish");
  await field(page, "Peering token from the other cluster").focus();
  await page.keyboard.insertText(token);
  assert.equal(await shown(page), "consul-peering establish eu --cluster us");
  await press(page, "Cancel");
});

test("Connect again on a TERMINATED peering opens connect with the names and meta of the link", async (t) => {
  const { page, eu, us } = await opened(t, browser, { isLinked: true });
  await remove(eu, "us");
  await wait(us, "eu", "TERMINATED");
  await page.evaluate(() => void (location.hash = "#/us/eu"));
  await act(page, "Connect again");
  await unfold(page);
  assert.equal(await valueOf(field(page, "Peer name of us on eu")), "us");
  assert.equal(await valueOf(field(page, "Peer name of eu on us")), "eu");
  assert.equal(await valueOf(field(page, "Meta on us")), "a=1");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /eu and us are connected/);
  const again = await read(us, "eu");
  assert.deepEqual([again.state, again.meta], ["ACTIVE", { a: "1" }]);
  await press(page, "Done");
  await page.locator(".head .badge", { hasText: "ACTIVE" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Connect again" }).count(), 0);
});

test("Connect again asks for external addresses only until the page notices that the acceptor was deleted", async (t) => {
  const { page, eu, us } = await opened(t, browser, { isLinked: true });
  await page.locator("tbody tr").waitFor();
  let release;
  const released = new Promise((resolve) => (release = resolve));
  await new Promise((held) => {
    page.route("**/clusters/eu/v1/peerings*", async (route) => {
      held();
      await released;
      await route.fallback();
    });
  });
  await remove(eu, "us");
  await wait(us, "eu", "TERMINATED");
  await page.evaluate(() => void (location.hash = "#/us/eu"));
  await act(page, "Connect again");
  const asked = dialogOf(page).locator(".findings li", { hasText: "Consul drops the existing external addresses" });
  await asked.waitFor();
  assert.ok(await field(page, "External addresses of eu").isVisible());
  release();
  await asked.waitFor({ state: "detached" });
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
});

test("Connect again on a TERMINATED acceptor asks for its external addresses at once", async (t) => {
  const { page, eu, us } = await opened(t, browser, { isLinked: true });
  await remove(us, "eu");
  await wait(eu, "us", "TERMINATED");
  await page.evaluate(() => void (location.hash = "#/eu/us"));
  await act(page, "Connect again");
  assert.ok(await field(page, "External addresses of eu").isVisible());
  assert.match((await findings(page)).join(), /Consul drops the existing external addresses.*select None/);
  assert.equal(await dialogOf(page).locator(".problem").count(), 0);
  await field(page, "None: the servers are reached at their own addresses").check();
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  assert.match(await outcome(page), /eu and us are connected/);
});

test("Connect again without the other cluster opens generate or establish with the name", async (t) => {
  const { page, eu, us, simulator } = await opened(t, browser, { names: ["eu", "us", "far"], isLinked: false });
  const { far } = simulator.clusters;
  const peering_token = await generateToken(far, { peer_name: "x" });
  await establish(us, { peer_name: "remote", peering_token });
  await remove(far, "x");
  await wait(us, "remote", "TERMINATED");
  await page.evaluate(() => void (location.hash = "#/us/remote"));
  await act(page, "Connect again");
  await dialogOf(page).getByRole("heading", { name: "Establish a peering on us" }).waitFor();
  assert.equal(await valueOf(field(page, "Peer name of the other cluster on us")), "remote");
  assert.deepEqual(await list(eu), []);
});
