// The page's dialogs, as a test goes through them: with the mouse, or with the keyboard alone.
import assert from "node:assert/strict";
import { connect } from "../../pkg/node.js";
import { openPage, servePage } from "./browser.js";
import { behind, simulate } from "./scenes.js";
import { textOf, textsOf } from "./seen.js";

const TABS_AT_MOST = 40;

/** Two clusters, linked or not, and the page. */
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
  return { simulator, eu, us, page };
}
export const go = (page, hash) => page.evaluate((to) => void (location.hash = to), hash);

export const dialogOf = (page) => page.locator("dialog[open]");
export const field = (page, label) => dialogOf(page).getByLabel(label, { exact: true });
export const press = (page, name) => dialogOf(page).getByRole("button", { name, exact: true }).click();
/** Opens what an action of the view or of the page's head is for. */
export const act = (page, name) => page.getByRole("button", { name, exact: true }).click();

/** What came of it, well or not. */
export async function outcome(page) {
  const result = dialogOf(page).locator(".result, .trouble");
  await result.waitFor();
  return textOf(result);
}
/** Opens what a dialog has folded away. */
export async function unfold(page) {
  const folds = dialogOf(page).locator(".fold:not([open]) > summary");
  while (await folds.count()) await folds.first().click();
}
export const findings = (page) => textsOf(dialogOf(page).locator(".findings li"));
export const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

/** What is said to screen readers, which do not hear what is behind an open dialog. */
export async function heard(page, text) {
  const said = page.locator("dialog[open] :is([role=status], [role=alert])", { hasText: text });
  await said.waitFor({ state: "attached" });
}

/** Goes on with the Tab key until the element of that name has the focus. */
export async function tabTo(page, name) {
  const seen = [];
  for (let i = 0; i < TABS_AT_MOST; i++) {
    const now = await focused(page);
    if (now === name) return;
    seen.push(now);
    await page.keyboard.press("Tab");
  }
  assert.fail(`no Tab leads to “${name}”: ${seen.join(", ")}`);
}

/** The name of what has the focus. */
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
    { polling: 50, timeout: 10_000 },
  );
}
