// A peering token after it was made: shown, copied, and never lost without a question. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { list } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import { startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, findings, focused, heard, opened, outcome, press, untilFocused } from "./dialogs.js";
import { assertPainted, assertVisible, valueOf } from "./seen.js";

const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

/** A token for us was made on eu a moment ago. */
async function made(t, options) {
  const secrets = [];
  const { page, eu, simulator } = await opened(t, browser, { hash: "#/eu", secrets, ...options });
  await make(page);
  return { page, eu, simulator, secrets, keys: page.keyboard, area: field(page, "Peering token") };
}

async function make(page) {
  await act(page, "Generate a token");
  await field(page, "Name of the other cluster on eu").fill("us");
  await press(page, "Generate a token");
  await outcome(page);
  await untilFocused(page, "Copy the peering token");
}

/** Whether it asks before it closes. */
const asked = (page) => assertVisible(dialogOf(page).locator(".error", { hasText: "The token is not copied yet" }));
const gone = (page) => page.locator("dialog").waitFor({ state: "detached" });
/** Neither way of copying works. */
const withoutClipboard = (page) =>
  page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
    document.execCommand = () => false;
  });
const isLeavingAsked = (page) =>
  page.evaluate(() => {
    const event = new Event("beforeunload", { cancelable: true });
    dispatchEvent(event);
    return event.defaultPrevented;
  });
/** What is selected of a field; of the token no more than whether it is all. */
const selected = (area) =>
  area.evaluate((element) => [element === document.activeElement, element.selectionEnd - element.selectionStart]);

test("Reveal shows the token, selected, and Hide masks it again; no attribute holds it", async (t) => {
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

test("a copy that the clipboard has confirmed releases the dialog", async (t) => {
  const { page, keys, secrets } = await made(t, CLIPBOARD);
  assert.equal(await isLeavingAsked(page), true);
  await press(page, "Copy the peering token");
  await heard(page, "Copied: the peering token.");
  secrets.push(peeringToken(await page.evaluate(() => navigator.clipboard.readText())).slice(-80));
  assert.equal(await isLeavingAsked(page), false);
  await keys.press("Escape");
  await gone(page);
});

test("where the page has no clipboard, the browser's command copies", async (t) => {
  const { page, keys, secrets } = await made(t, CLIPBOARD);
  const read = await page.evaluateHandle(() => navigator.clipboard.readText.bind(navigator.clipboard));
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await press(page, "Copy the peering token");
  await heard(page, "Copied: the peering token.");
  secrets.push(peeringToken(await read.evaluate((read) => read())).slice(-80));
  await keys.press("Escape");
  await gone(page);
});

test("a copy that fails does not count: the token is shown and selected, and closing asks", async (t) => {
  const { page, keys, area, secrets } = await made(t);
  await withoutClipboard(page);
  await press(page, "Copy the peering token");
  await heard(page, "Copying is not allowed here");
  const token = peeringToken(await valueOf(area));
  secrets.push(token.slice(-80));
  await assertPainted(page, area);
  assert.deepEqual(await selected(area), [true, token.length]);
  await assertVisible(dialogOf(page).getByText("copy it with Ctrl+C"));

  // Chromium closes at a second Escape in a row, whatever `cancel` says.
  for (let i = 0; i < 3; i++) await keys.press("Escape");
  await asked(page);
  await heard(page, "The token is not copied yet");
  await press(page, "Done");
  await page.mouse.click(5, 5); // the backdrop
  await dialogOf(page).getByRole("button", { name: "Close and keep the input" }).click();
  assert.equal(await valueOf(area), token, "it is still there");
  assert.equal(await isLeavingAsked(page), true);
  await press(page, "Close without copying");
  await gone(page);
  assert.equal(await isLeavingAsked(page), false);
});

test("a command that reports success without a copy does not count", async (t) => {
  const { page, area, secrets } = await made(t);
  await withoutClipboard(page);
  await page.evaluate(() => (document.execCommand = () => true));
  await press(page, "Copy the peering token");
  await heard(page, "Copying is not allowed here");
  secrets.push(peeringToken(await valueOf(area)).slice(-80));
  await page.keyboard.press("Escape");
  await asked(page);
  await press(page, "Close without copying");
});

test("copied by key, all of it counts, a part of it does not", async (t) => {
  const { page, keys, area, secrets } = await made(t, CLIPBOARD);
  await press(page, "Reveal");
  secrets.push(peeringToken(await valueOf(area)).slice(-80));
  await keys.press("Shift+ArrowLeft");
  await keys.press("Control+C");
  assert.equal(await isLeavingAsked(page), true);
  await keys.press("Control+A");
  await keys.press("Control+C");
  assert.equal(await isLeavingAsked(page), false);
  await keys.press("Escape");
  await gone(page);
});

test("a token that is revealed but not copied is held; the next one says that it ends the unused one", async (t) => {
  const { page, keys, area, eu, secrets } = await made(t);
  await press(page, "Reveal");
  secrets.push(peeringToken(await valueOf(area)).slice(-80));
  await keys.press("Escape");
  await asked(page);
  await press(page, "Close without copying");
  await gone(page);
  assert.equal(await focused(page), "Generate a token");
  await act(page, "Generate a token");
  await field(page, "Name of the other cluster on eu").fill("us");
  assert.match((await findings(page)).join(), /an unused token for it stops working/);
  assert.deepEqual((await list(eu)).map(({ state }) => state), ["PENDING"]); // prettier-ignore
});

test("a token that arrives after its dialog was closed opens it again", async (t) => {
  const { page, simulator } = await opened(t, browser, { hash: "#/eu" });
  simulator.fault({ kind: "delay", ms: 700, match: { cluster: "eu", method: "POST", path: /peering\/token/ } });
  await act(page, "Generate a token");
  await field(page, "Name of the other cluster on eu").fill("us");
  await press(page, "Generate a token");
  await dialogOf(page).getByText("Closing this dialog does not stop it.").waitFor();
  await page.keyboard.press("Escape");
  await gone(page);
  await outcome(page);
  await assertPainted(page, field(page, "Peering token"));
});
