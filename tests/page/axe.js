// Checks the page with axe-core, in each colour scheme and size.
import assert from "node:assert/strict";
import axe from "axe-core";
import { PHONE } from "./browser.js";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// Without selectors: axe makes them after its checks, and fails if the page has replaced an element in between.
const OPTIONS = { runOnly: { type: "tag", values: RULES }, resultTypes: ["violations"], selectors: false };

const NARROW = { width: 320, height: 640 };

/** What a page is in each look; without `viewport`, its own size. */
const LOOKS = {
  light: {},
  dark: { colorScheme: "dark" },
  "forced colours": { forcedColors: "active" },
  narrow: { viewport: NARROW },
  phone: { viewport: PHONE },
};

/** For pages that are shown in several looks: colours change at once. */
export const AT_ONCE = { reducedMotion: "reduce" };

/** Calls `check(look)` for each of these looks of one page. */
export async function inEachLook(page, check, looks = ["light", "dark", "forced colours", "narrow"]) {
  const usual = page.viewportSize();
  for (const look of looks) {
    const { colorScheme = "light", forcedColors = "none", viewport = usual } = LOOKS[look];
    await page.emulateMedia({ colorScheme, forcedColors });
    await page.setViewportSize(viewport);
    await check(look);
  }
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
  await page.setViewportSize(usual);
}

/** The violations of the current view, or of a part of it. */
export async function faultsOf(page, part = "html") {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(
    ([part, options]) => globalThis.axe.run(part, options),
    [part, OPTIONS],
  );
  assert.ok(passes.length > 10, `${passes.length} rules were checked`);
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`)]);
}
