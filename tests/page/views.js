// What the tests of the views start from: one browser and clusters in many states, and the page opened with them.
import { before } from "node:test";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, motley } from "./scenes.js";
import { textsOf } from "./seen.js";

/** For one file of tests: `open(t, hash?, options?)` opens the page with `clusters()` behind it. */
export function views() {
  const all = suite();
  const views = {
    all,
    clusters: () => views.simulator.clusters,
    open: async (t, hash, { browser = views.browser, ...options } = {}) =>
      openPage(t, browser, await servePage(t, behind(views.simulator)), { hash, ...options }),
  };
  before(async () => {
    [views.browser, views.simulator] = await Promise.all([startBrowser(all), motley(all)]);
  });
  return views;
}

/** What the rows of the list show in one column. */
export const rows = (page, column = "name") => textsOf(page.locator(`tbody tr .${column}`));
export const headed = (page, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
export const until = (page, text) => page.getByText(text).first().waitFor();
/** Goes to another address of the page. */
export const go = (page, hash) => page.evaluate((to) => void (location.hash = to), hash);
