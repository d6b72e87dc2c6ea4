// A generated peering token: shown, copied, and never discarded without confirmation. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { generateToken, list } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, findings, focused, announced, opened, outcome, press, untilFocused } from "./dialogs.js";
import { behind, simulate } from "./scenes.js";
import { assertPainted, assertVisible, textOf, valueOf } from "./visible.js";

const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

/** Generates a peering token for us on eu. */
async function made(t, options) {
  const secrets = [];
  const { page, eu, simulator } = await opened(t, browser, { hash: "#/eu", secrets, ...options });
  await make(page);
  return { page, eu, simulator, secrets, keys: page.keyboard, area: field(page, "Peering token") };
}

async function make(page) {
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on eu").fill("us");
  await press(page, "Generate a peering token");
  await outcome(page);
  await untilFocused(page, "Copy the peering token");
}

/** Whether the dialog asks for confirmation before it closes. */
const asked = (page) =>
  assertVisible(dialogOf(page).locator(".error", { hasText: "The peering token is not copied yet" }));
const gone = (page) => page.locator("dialog").waitFor({ state: "detached" });
/** Disables both ways of copying. */
const withoutClipboard = (page) =>
  page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
    document.execCommand = () => false;
  });
const isConfirmationOpen = (page) =>
  page.evaluate(() => {
    const event = new Event("beforeunload", { cancelable: true });
    dispatchEvent(event);
    return event.defaultPrevented;
  });
/** The selected text of a field; for the token, only whether all of it is selected. */
const selected = (area) =>
  area.evaluate((element) => [element === document.activeElement, element.selectionEnd - element.selectionStart]);

test("Reveal shows and selects the peering token, Hide masks it; it is in no attribute", async (t) => {
  const { page, area, secrets } = await made(t);
  assert.match(await valueOf(area), /^•+$/);
  await assertPainted(page, area);
  await press(page, "Reveal");
  await assertPainted(page, area);
  const token = peeringToken(await valueOf(area));
  assert.deepEqual(await selected(area), [true, token.length]);
  const spilled = await page.evaluate(() => document.documentElement.outerHTML);
  assert.ok(!spilled.includes(token.slice(-80)), "in no attribute, nor in any text");
  secrets.push(token.slice(-80));
  await press(page, "Hide");
  assert.match(await valueOf(area), /^•+$/);
});

test("after a copy that the clipboard has confirmed, the dialog closes without confirmation", async (t) => {
  const { page, keys, secrets } = await made(t, CLIPBOARD);
  assert.equal(await isConfirmationOpen(page), true);
  await press(page, "Copy the peering token");
  await announced(page, "Copied: the peering token.");
  secrets.push(peeringToken(await page.evaluate(() => navigator.clipboard.readText())).slice(-80));
  assert.equal(await isConfirmationOpen(page), false);
  await keys.press("Escape");
  await gone(page);
});

test("without navigator.clipboard, the browser's copy command is used", async (t) => {
  const { page, keys, secrets } = await made(t, CLIPBOARD);
  const read = await page.evaluateHandle(() => navigator.clipboard.readText.bind(navigator.clipboard));
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await press(page, "Copy the peering token");
  await announced(page, "Copied: the peering token.");
  secrets.push(peeringToken(await read.evaluate((read) => read())).slice(-80));
  await keys.press("Escape");
  await gone(page);
});

test("after a failed copy, the token is shown and selected, and closing asks for confirmation", async (t) => {
  const { page, keys, area, secrets } = await made(t);
  await withoutClipboard(page);
  await press(page, "Copy the peering token");
  await announced(page, "Copying is not allowed here");
  const token = peeringToken(await valueOf(area));
  secrets.push(token.slice(-80));
  await assertPainted(page, area);
  assert.deepEqual(await selected(area), [true, token.length]);
  await assertVisible(dialogOf(page).getByText("copy it with Ctrl+C"));

  // At a second Escape in a row, Chromium closes the dialog even if "cancel" was prevented.
  for (let i = 0; i < 3; i++) await keys.press("Escape");
  await asked(page);
  await announced(page, "The peering token is not copied yet");
  await press(page, "Done");
  await page.mouse.click(5, 5); // the backdrop
  await dialogOf(page).getByRole("button", { name: "Close and keep the input" }).click();
  assert.equal(await valueOf(area), token, "it is still there");
  assert.equal(await isConfirmationOpen(page), true);
  await press(page, "Close without copying");
  await gone(page);
  assert.equal(await isConfirmationOpen(page), false);
});

test("a copy command that reports success without copying counts as failed", async (t) => {
  const { page, area, secrets } = await made(t);
  await withoutClipboard(page);
  await page.evaluate(() => (document.execCommand = () => true));
  await press(page, "Copy the peering token");
  await announced(page, "Copying is not allowed here");
  secrets.push(peeringToken(await valueOf(area)).slice(-80));
  await page.keyboard.press("Escape");
  await asked(page);
  await press(page, "Close without copying");
});

test("copying with the keyboard counts only if the whole token is selected", async (t) => {
  const { page, keys, area, secrets } = await made(t, CLIPBOARD);
  await press(page, "Reveal");
  secrets.push(peeringToken(await valueOf(area)).slice(-80));
  await keys.press("Shift+ArrowLeft");
  await keys.press("Control+C");
  assert.equal(await isConfirmationOpen(page), true);
  await keys.press("Control+A");
  await keys.press("Control+C");
  assert.equal(await isConfirmationOpen(page), false);
  await keys.press("Escape");
  await gone(page);
});

test("a token that is only revealed asks for confirmation; the next one warns that it replaces an unused one", async (t) => {
  const { page, keys, area, eu, secrets } = await made(t);
  await press(page, "Reveal");
  secrets.push(peeringToken(await valueOf(area)).slice(-80));
  await keys.press("Escape");
  await asked(page);
  await press(page, "Close without copying");
  await gone(page);
  assert.equal(await focused(page), "Generate a peering token");
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on eu").fill("us");
  assert.match((await findings(page)).join(), /an unused peering token for it stops working/);
  assert.deepEqual((await list(eu)).map(({ state }) => state), ["PENDING"]); // prettier-ignore
});

test("a token that is generated after its dialog was closed opens the dialog again", async (t) => {
  const { page, simulator } = await opened(t, browser, { hash: "#/eu" });
  simulator.fault({ kind: "delay", ms: 700, match: { cluster: "eu", method: "POST", path: /peering\/token/ } });
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on eu").fill("us");
  await press(page, "Generate a peering token");
  await dialogOf(page).getByText("Closing this dialog does not stop it.").waitFor();
  await page.keyboard.press("Escape");
  await gone(page);
  await outcome(page);
  await assertPainted(page, field(page, "Peering token"));
});

test("establish: the acceptor of a pasted token is named as soon as its cluster was read", async (t) => {
  const simulator = await simulate(t, { clusters: ["eu", "us"] });
  const token = peeringToken(await generateToken(simulator.clusters.eu, { peer_name: "us" }));
  const clusters = behind(simulator);
  let respond;
  const responds = new Promise((resolve) => (respond = resolve));
  clusters.eu.fetch = async (...request) => {
    await responds;
    return fetch(...request);
  };
  const page = await openPage(t, browser, await servePage(t, clusters), { hash: "#/us" });
  await act(page, "Establish");
  await field(page, "Peering token from the other cluster").fill(token);
  const details = dialogOf(page).locator("dl");
  assert.doesNotMatch(await textOf(details), /generated by/);
  respond();
  await details.filter({ hasText: "generated by eu for its peering “us”" }).waitFor();
});
