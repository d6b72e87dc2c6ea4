// Operates the dialogs of the page in tests, with the mouse or with the keyboard.
import assert from "node:assert/strict";
import { connect } from "../../pkg/node.js";
import { openPage, servePage } from "./browser.js";
import { behind, simulate } from "./scenes.js";
import { settled } from "./views.js";
import { textOf, textsOf } from "./visible.js";

const TABS_AT_MOST = 40;

/** Starts two clusters, optionally linked, and opens the page. */
export async function opened(
  t,
  browser,
  { isLinked = false, names = ["eu", "us"], more = {}, aliases, ...options } = {},
) {
  const simulator = await simulate(t, { clusters: names, speed: 20 });
  const [eu, us] = names.map((name) => simulator.clusters[name]);
  if (isLinked) await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu", meta: { a: "1" } });
  const clusters = behind(simulator, aliases);
  for (const [alias, settings] of Object.entries(more)) Object.assign(clusters[alias], settings);
  const page = await openPage(t, browser, await servePage(t, clusters), options);
  await settled(page);
  return { simulator, eu, us, page };
}
export const go = (page, hash) => page.evaluate((to) => void (location.hash = to), hash);

export const dialogOf = (page) => page.locator("dialog[open]");
export const field = (page, label) => dialogOf(page).getByLabel(label, { exact: true });
export const press = (page, name) => dialogOf(page).getByRole("button", { name, exact: true }).click();
/** Presses a button of the view or of the page header. */
export const act = (page, name) => page.getByRole("button", { name, exact: true }).click();

/** The text of the result or of the error. */
export async function outcome(page) {
  const result = dialogOf(page).locator(".result, .problem");
  await result.waitFor();
  return textOf(result);
}
/** Expands all collapsed parts of a dialog. */
export async function unfold(page) {
  const folds = dialogOf(page).locator(".fold:not([open]) > summary");
  while (await folds.count()) await folds.first().click();
}
export const findings = (page) => textsOf(dialogOf(page).locator(".findings li"));

/** Waits for an announcement to screen readers, which ignore live regions behind an open dialog. */
export async function announced(page, text) {
  const region = page.locator("dialog[open] :is([role=status], [role=alert])", { hasText: text });
  await region.waitFor({ state: "attached" });
}

/** Presses Tab until the element of that name has the focus. */
export async function tabTo(page, name) {
  const names = [];
  for (let i = 0; i < TABS_AT_MOST; i++) {
    const now = await focused(page);
    if (now === name) return;
    names.push(now);
    await page.keyboard.press("Tab");
  }
  assert.fail(`no Tab leads to “${name}”: ${names.join(", ")}`);
}

/** The name of the focused element. */
export const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText;
  });

export async function untilFocused(page, name) {
  await page.waitForFunction(
    (name) => {
      const element = document.activeElement;
      return (element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText) === name;
    },
    name,
    { polling: 50 },
  );
}
