// Checks the page with axe-core, in each colour scheme and size.
import assert from "node:assert/strict";
import axe from "axe-core";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const LOOKS = {
  light: {},
  dark: { colorScheme: "dark" },
  "forced colours": { forcedColors: "active" },
  narrow: { viewport: { width: 320, height: 640 } },
};

/** The violations of the current view, or of a part of it. */
export async function faultsOf(page, part = "html") {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(
    ([part, values]) => globalThis.axe.run(part, { runOnly: { type: "tag", values } }),
    [part, RULES],
  );
  assert.ok(passes.length > 10, `${passes.length} rules were checked`);
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`)]);
}
