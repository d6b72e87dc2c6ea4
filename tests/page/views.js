// Setup for the tests of views: one browser, clusters in many states, and the page.
import { before } from "node:test";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, motley } from "./scenes.js";
import { textsOf } from "./visible.js";

/** For one test file: `open(t, hash?, options?)` opens the page with `clusters()`. */
export function views() {
  const all = suite();
  const views = {
    all,
    clusters: () => views.simulator.clusters,
    async open(t, hash, { browser = views.browser, ...options } = {}) {
      const page = await openPage(t, browser, await servePage(t, behind(views.simulator)), { hash, ...options });
      await settled(page);
      return page;
    },
  };
  before(async () => {
    [views.browser, views.simulator] = await Promise.all([startBrowser(all), motley(all)]);
  });
  return views;
}

/** Waits until every cluster was read or has failed: until then, a side may be missing. */
export const settled = (page) =>
  page.waitForFunction(() => {
    const shown = [...document.querySelectorAll("#clusters [data-status]")];
    return shown.length > 0 && shown.every(({ dataset }) => !["reading", "slow"].includes(dataset.status));
  });

/** A text without its time of day. */
export const withoutTime = (text) => text.replace(/since \d.*$/, "since …");

/** The texts of one column of the list. */
export const rows = (page, column = "name") => textsOf(page.locator(`tbody tr .${column}`));
export const headed = (page, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
export const until = (page, text) => page.getByText(text).first().waitFor();
/** Opens another address of the page. */
export const go = (page, hash) => page.evaluate((to) => void (location.hash = to), hash);
