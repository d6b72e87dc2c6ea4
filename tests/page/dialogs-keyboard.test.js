// The three main flows by the keyboard alone. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect, generateToken, list, read } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { dialogOf, focused, heard, outcome, tabTo, untilFocused } from "./dialogs.js";
import { behind, simulate } from "./scenes.js";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

async function opened(t, { isLinked = false, ...options } = {}) {
  const simulator = await simulate(t, { clusters: ["eu", "us"], speed: 20 });
  const { eu, us } = simulator.clusters;
  if (isLinked) await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  const page = await openPage(t, browser, await servePage(t, behind(simulator)), options);
  // Whatever a mouse could do is off: a click by it would be noticed.
  await page.evaluate(() => addEventListener("pointerdown", () => console.error("a pointer was used"), true));
  return { page, eu, us, keys: page.keyboard };
}
/** What has the focus can be seen to have it, in whole. */
const isSeen = (page) =>
  page.evaluate(() => {
    const { top, bottom, left, right } = document.activeElement.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    const isWhole = top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
    return isWhole && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });

test("connect", async (t) => {
  const { page, us, keys } = await opened(t, { viewport: { width: 320, height: 480 } });
  await tabTo(page, "Connect");
  await keys.press("Enter");
  await untilFocused(page, "Cluster");
  for (const name of ["Name, meta and external addresses", "Name and meta"]) {
    await tabTo(page, name);
    assert.ok(await isSeen(page), name);
    await keys.press("Enter");
  }
  await keys.press("Tab");
  for (const name of ["Name of eu on us", "Meta on us"]) {
    await tabTo(page, name);
    assert.ok(await isSeen(page), name);
  }
  await keys.type("team=payments");
  await tabTo(page, "Show the plan");
  assert.ok(await isSeen(page));
  await keys.press("Enter");
  await untilFocused(page, "Connect");
  await heard(page, "The plan Make a token for “us” on eu");
  await keys.press("Enter");
  assert.match(await outcome(page), /eu and us are connected/);
  await heard(page, "eu and us are connected");
  await untilFocused(page, "Done");
  await keys.press("Enter");
  await untilFocused(page, "Connect");
  assert.deepEqual((await read(us, "eu")).meta, { team: "payments" });
});

test("establish from a pasted token", async (t) => {
  const { page, us, eu, keys } = await opened(t, { permissions: ["clipboard-read", "clipboard-write"], hash: "#/us" });
  const token = peeringToken(await generateToken(eu, { peer_name: "us" }));
  await page.evaluate((text) => navigator.clipboard.writeText(` ${text}\n`), token);
  await tabTo(page, "Establish");
  await keys.press("Enter");
  await untilFocused(page, "Peering token from the other cluster");
  await keys.press("Enter");
  assert.equal(await focused(page), "Peering token from the other cluster", "it is needed");
  await dialogOf(page).locator("[aria-live]", { hasText: "This is needed" }).first().waitFor();
  await keys.press("Control+V");
  await dialogOf(page).locator("dl", { hasText: "made by eu" }).waitFor();
  await tabTo(page, "Establish");
  await keys.press("Enter");
  assert.match(await outcome(page), /“eu” on us is ACTIVE/);
  await untilFocused(page, "Done");
  await keys.press("Shift+Tab");
  assert.equal(await focused(page), "View on us");
  await keys.press("Enter");
  await untilFocused(page, "us’s peering with eu");
  assert.equal(await page.locator("dialog").count(), 0);
  assert.equal((await read(us, "eu")).state, "ACTIVE");
});

test("delete", async (t) => {
  const { page, us, eu, keys } = await opened(t, { isLinked: true, hash: "#/us/eu" });
  await page.locator(".facts").waitFor();
  await tabTo(page, "Delete");
  await keys.press("Enter");
  await untilFocused(page, "Both sides, on us and eu");
  await keys.press("ArrowDown");
  assert.equal(await focused(page), "Only the side on us");
  await keys.press("ArrowUp");
  await tabTo(page, "Type eu to confirm");
  await keys.type("e");
  await keys.press("Enter");
  assert.equal(await focused(page), "Type eu to confirm");
  await keys.type("u");
  await keys.press("Enter");
  assert.match(await outcome(page), /both sides are gone/);
  await keys.press("Escape");
  await untilFocused(page, "us’s peering with eu"); // the heading
  assert.deepEqual([await list(eu), await list(us)], [[], []]);
});
