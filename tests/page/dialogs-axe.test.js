// Every dialog in each of its phases: against axe-core in light, dark and forced colours, and measured where it is narrow.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { peeringToken } from "../node/secrets.js";
import { faultsOf, LOOKS } from "./axe.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, outcome, press, unfold } from "./dialogs.js";
import { behind, simulate } from "./scenes.js";
import { valueOf } from "./seen.js";

const WIDE = { width: 1280, height: 800 };

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

test("no dialog has a fault, in any of its phases and looks", async (t) => {
  const simulator = await simulate(t, { clusters: ["eu", "us", "ap"], speed: 20 });
  const page = await openPage(t, browser, await servePage(t, behind(simulator)), {
    reducedMotion: "reduce", // colours change at once
  });
  const go = (hash) => page.evaluate((to) => void (location.hash = to), hash);
  const look = async (what) => {
    for (const [name, { colorScheme = "light", forcedColors = "none", viewport }] of Object.entries(LOOKS)) {
      if (viewport) continue; // looked at below
      await page.emulateMedia({ colorScheme, forcedColors });
      assert.deepEqual(await faultsOf(page, "dialog"), [], `${what}, ${name}`);
    }
    await page.setViewportSize(LOOKS.narrow.viewport);
    assert.deepEqual(await dialogOf(page).evaluate(misfits), [], what);
    await page.setViewportSize(WIDE);
  };

  await act(page, "Connect");
  await look("connect, folded");
  await unfold(page);
  await field(page, "Name of us on eu").fill("US!");
  await field(page, "Meta on eu").fill("team");
  await look("connect, with findings");
  await field(page, "Name of us on eu").fill("us");
  await field(page, "Meta on eu").fill("");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await look("connect, planned");
  simulator.fault({ kind: "delay", ms: 60_000, match: { cluster: "us", method: "POST", path: /establish/ } });
  await press(page, "Connect");
  await dialogOf(page).locator(".steps li").nth(1).waitFor();
  await look("connect, under way");
  await press(page, "Stop");
  await outcome(page);
  await look("connect, stopped");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await press(page, "Connect");
  await outcome(page);
  await look("connect, done");
  await press(page, "Done");

  await go("#/ap");
  await act(page, "Generate a token");
  await field(page, "Name of the other cluster on ap").fill("us");
  await press(page, "Generate a token");
  await outcome(page);
  await press(page, "Reveal");
  const token = peeringToken(await valueOf(field(page, "Peering token")));
  await look("make a token, revealed");
  await press(page, "Done");
  await look("make a token, closing asks");
  await press(page, "Close without copying");

  await go("#/us");
  await act(page, "Establish");
  await field(page, "Peering token from the other cluster").focus();
  await page.keyboard.insertText(token);
  await field(page, "Name of the other cluster on us").fill("eu");
  await look("establish, decoded, under a name that is another's");
  await page.keyboard.press("Escape");

  await go("#/us/eu");
  await act(page, "Rotate");
  await press(page, "Rotate");
  await look("rotate");
  await page.keyboard.press("Escape");
  await act(page, "Delete");
  await look("delete");
});

/** What is too small to be hit (WCAG's 24 px), or wider than there is room for. */
function misfits(dialog) {
  const targets = [...dialog.querySelectorAll("button, a, select, textarea, input, .choice")].filter(
    (each) => each.checkVisibility() && !each.matches(".choice input"), // its label is the target
  );
  const small = targets.filter((each) => each.getBoundingClientRect().height < 24);
  const wide = dialog.scrollWidth > dialog.clientWidth ? [dialog] : [];
  return [...small, ...wide].map(({ outerHTML }) => outerHTML.slice(0, 200));
}
