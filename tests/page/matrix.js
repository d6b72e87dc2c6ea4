// The matrix of twelve clusters: the page that shows it, and its cells.
import { before } from "node:test";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, uneven } from "./scenes.js";
import { settled } from "./views.js";
import { textOf, textsOf } from "./visible.js";

export const CLUSTERS = 12;

/** For one test file: `open(t, options?)` opens the page with `simulator`'s clusters. */
export function matrix() {
  const all = suite();
  const scene = {
    async open(t, { hash = "#topology", clusters = behind(scene.simulator), ...options } = {}) {
      const page = await openPage(t, scene.browser, await servePage(t, clusters), { hash, ...options });
      const last = Object.keys(clusters).length ** 2 - 1;
      await page.locator(".cell").nth(last).waitFor({ state: "attached" });
      await settled(page);
      return page;
    },
  };
  before(async () => {
    [scene.browser, scene.simulator] = await Promise.all([startBrowser(all), uneven(all, CLUSTERS)]);
  });
  return scene;
}

/** A cell by its description, which screen readers read. */
export const cell = (page, row, column) => page.locator(`[aria-label^="${row} with ${column}:"]`);
/** The same, once its cluster was read. */
export const activeCell = (page, row, column) => cell(page, row, column).and(page.locator('[aria-label*="ACTIVE"]'));
export const label = (locator) => locator.getAttribute("aria-label");
export const heads = (page) => textsOf(page.locator(".names .name span"));
/** Waits until the matrix is drawn in an order that begins with this cluster; rows are drawn one after another. */
export const sorted = (page, first) =>
  page.waitForFunction((first) => {
    const [columns, rows] = [".names .name span", "[role=rowheader] span"].map((names) =>
      [...document.querySelectorAll(names)].map(({ textContent }) => textContent),
    );
    return columns[0] === first && columns.join() === rows.join();
  }, first);
export const readout = (page) => textOf(page.locator(".readout"));
export const focused = (page) =>
  page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent);
export const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
  return focused(page);
};
