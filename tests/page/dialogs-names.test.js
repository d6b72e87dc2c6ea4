// Names that already exist, in the Generate and Establish dialogs. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { establish, generateToken, read } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import { startBrowser, suite } from "./browser.js";
import { act, field, findings, go, opened, outcome, press } from "./dialogs.js";
import { untilFocusOn, valueOf } from "./visible.js";

const PASTE = "Peering token from the other cluster";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

test("an existing name is reported before the call, and the peering is replaced only on request", async (t) => {
  const { page, eu, us } = await opened(t, browser, { isLinked: true, names: ["eu", "us", "ap"], hash: "#/us" });
  await page.locator("tbody tr").waitFor();
  await act(page, "Generate a peering token");
  const name = field(page, "Peer name of the other cluster on us");
  const replace = field(page, "Delete the existing peering and create a new one");
  await name.fill("e");
  assert.equal(await replace.isVisible(), false);
  await name.fill("eu");
  assert.match((await findings(page)).join(), /“eu” is a peering that this cluster dials/);
  await press(page, "Generate a peering token");
  await untilFocusOn(name);
  assert.equal((await read(us, "eu")).state, "ACTIVE");
  await replace.check();
  await press(page, "Generate a peering token");
  assert.match(await outcome(page), /The peering token for “eu” was generated/);
  assert.equal((await read(us, "eu")).role, "acceptor");
  await press(page, "Reveal");
  const token = peeringToken(await valueOf(field(page, "Peering token")));
  await press(page, "Done");
  await press(page, "Close without copying");
  // A dialer cannot have the name of an acceptor.
  await go(page, "#/eu");
  await page.locator("tbody tr").waitFor();
  await act(page, "Establish");
  await field(page, PASTE).focus();
  await page.keyboard.insertText(` ${token}\n`);
  assert.equal(await valueOf(field(page, "Peer name of the other cluster on eu")), "us");
  assert.match((await findings(page)).join(), /“us” is a peering for which this cluster generated a peering token/);
  assert.doesNotMatch((await findings(page)).join(), /space/i, "what was pasted along is trimmed");
  await replace.check();
  await press(page, "Establish");
  assert.match(await outcome(page), /“us” on eu is ACTIVE/);
  assert.equal((await read(eu, "us")).role, "dialer");
});

test("establish: renewing a peering keeps its meta", async (t) => {
  const { page, eu, us } = await opened(t, browser, { isLinked: true, hash: "#/us" });
  const token = peeringToken(await generateToken(eu, { peer_name: "us" }));
  await page.locator("tbody tr").waitFor();
  await act(page, "Establish");
  await field(page, PASTE).focus();
  await page.keyboard.insertText(token);
  const name = field(page, "Peer name of the other cluster on us");
  assert.equal(await valueOf(name), "eu");
  assert.match((await findings(page)).join(), /“eu” already exists.*renewed in place/);
  const meta = field(page, "Meta on us");
  assert.equal(await valueOf(meta), "a=1");
  await name.fill("e");
  assert.equal(await valueOf(meta), "");
  await name.fill("eu");
  assert.equal(await valueOf(meta), "a=1");
  await press(page, "Establish");
  assert.match(await outcome(page), /“eu” on us is ACTIVE/);
  assert.deepEqual((await read(us, "eu")).meta, { a: "1" });
});

test("establish: a peering with another record of the same cluster is refused, without an option to replace it", async (t) => {
  const { page, eu, us } = await opened(t, browser, { isLinked: true, hash: "#/us" });
  const live = await read(us, "eu");
  const token = peeringToken(await generateToken(eu, { peer_name: "us-2" }));
  await page.locator("tbody tr").waitFor();
  await act(page, "Establish");
  await field(page, PASTE).focus();
  await page.keyboard.insertText(token);
  await field(page, "Peer name of the other cluster on us").fill("eu");
  const said = (await findings(page)).join();
  assert.match(said, /linked with peering .*, but the token is for peering .*Choose another name/);
  assert.doesNotMatch(said, /renewed in place/);
  const replace = field(page, "Delete the existing peering and create a new one");
  assert.equal(await replace.isVisible(), false);
  await press(page, "Establish");
  assert.deepEqual(await read(us, "eu"), { ...live, stream: (await read(us, "eu")).stream }, "nothing was sent");
  await establish(us, { peer_name: "eu-2", peering_token: token });
});

test("generate: meta that differs from that of an existing acceptor is refused before a request", async (t) => {
  const { page } = await opened(t, browser, { isLinked: true, hash: "#/eu" });
  await page.locator("tbody tr").waitFor();
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on eu").fill("us");
  assert.match((await findings(page)).join(), /already exists/);
  await field(page, "Meta on eu").fill("a=2");
  assert.match((await findings(page)).join(), /Consul cannot change the meta of “us”/);
});

test("establish: a spent peering token is reported at its field, without contradicting findings", async (t) => {
  const { page, eu, us } = await opened(t, browser, { hash: "#/us" });
  const token = peeringToken(await generateToken(eu, { peer_name: "us" }));
  await establish(us, { peer_name: "eu", peering_token: token });
  await page.locator("tbody tr").waitFor();
  await act(page, "Establish");
  await field(page, PASTE).focus();
  await page.keyboard.insertText(token);
  await field(page, "Peer name of the other cluster on us").fill("again");
  await press(page, "Establish");
  await outcome(page);
  const used =
    "This peering token has been used or replaced by a newer one. Generate a new one on the accepting cluster.";
  assert.deepEqual(await findings(page), [used]);
  assert.equal(await field(page, PASTE).getAttribute("aria-invalid"), "true");
  await field(page, "Peer name of the other cluster on us").fill("eu");
  assert.doesNotMatch((await findings(page)).join(), /renewed in place/);
});
