// Checks every dialog in each phase with axe-core, in light, dark and forced colours, and its layout in a narrow window.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { peeringToken } from "../node/secrets.js";
import { AT_ONCE, faultsOf, inEachLook } from "./axe.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, outcome, press, unfold } from "./dialogs.js";
import { behind, simulate } from "./scenes.js";
import { valueOf } from "./visible.js";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

test("no dialog has accessibility violations, in any phase and colour scheme", async (t) => {
  const simulator = await simulate(t, { clusters: ["eu", "us", "ap"], speed: 20 });
  const page = await openPage(t, browser, await servePage(t, behind(simulator)), AT_ONCE);
  const go = (hash) => page.evaluate((to) => void (location.hash = to), hash);
  const check = async (what) => {
    const isAccessible = async (look) => assert.deepEqual(await faultsOf(page, "dialog"), [], `${what}, ${look}`);
    await inEachLook(page, isAccessible, ["light", "dark", "forced colours"]);
    await inEachLook(page, async () => assert.deepEqual(await dialogOf(page).evaluate(misfits), [], what), ["narrow"]);
  };

  await act(page, "Connect");
  await check("connect, collapsed");
  await unfold(page);
  await field(page, "Peer name of us on eu").fill("US!");
  await field(page, "Meta on eu").fill("team");
  await check("connect, with findings");
  await field(page, "Peer name of us on eu").fill("us");
  await field(page, "Meta on eu").fill("");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await check("connect, plan");
  simulator.fault({ kind: "delay", ms: 60_000, match: { cluster: "us", method: "POST", path: /establish/ } });
  await press(page, "Connect");
  await dialogOf(page).locator(".steps li").nth(1).waitFor();
  await check("connect, running");
  await press(page, "Stop");
  await outcome(page);
  await check("connect, stopped");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  await outcome(page);
  await check("connect, done");
  await press(page, "Done");

  await go("#/ap");
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on ap").fill("us");
  await press(page, "Generate a peering token");
  await outcome(page);
  await press(page, "Reveal");
  const token = peeringToken(await valueOf(field(page, "Peering token")));
  await check("peering token, revealed");
  await press(page, "Done");
  await check("peering token, confirmation before closing");
  await press(page, "Close without copying");

  await go("#/us");
  await act(page, "Establish");
  await field(page, "Peering token from the other cluster").focus();
  await page.keyboard.insertText(token);
  await field(page, "Peer name of the other cluster on us").fill("eu");
  await check("establish, decoded, with a name that exists");
  await page.keyboard.press("Escape");

  await go("#/us/eu");
  await act(page, "Rotate");
  await press(page, "Rotate");
  await check("rotate");
  await page.keyboard.press("Escape");
  await act(page, "Delete");
  await check("delete");
});

/** Controls that are too small (WCAG: 24 px) or too wide for the window. */
function misfits(dialog) {
  const targets = [...dialog.querySelectorAll("button, a, select, textarea, input, .choice")].filter(
    (each) => each.checkVisibility() && !each.matches(".choice input"), // its label is the target
  );
  const small = targets.filter((each) => each.getBoundingClientRect().height < 24);
  const wide = dialog.scrollWidth > dialog.clientWidth ? [dialog] : [];
  return [...small, ...wide].map(({ outerHTML }) => outerHTML.slice(0, 200));
}
