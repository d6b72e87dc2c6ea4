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

/** Every cluster was read once, or could not be: until then, a side that is on the page may be missing. */
export const settled = (page) =>
  page.waitForFunction(() => {
    const [first, ...looks] = document.querySelectorAll("#clusters [data-look]");
    return first && [first, ...looks].every(({ dataset }) => !["first", "slow"].includes(dataset.look));
  });

/** A text without the time of day in it. */
export const withoutTime = (text) => text.replace(/since \d.*$/, "since …");

/** What the rows of the list show in one column. */
export const rows = (page, column = "name") => textsOf(page.locator(`tbody tr .${column}`));
export const headed = (page, name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
export const until = (page, text) => page.getByText(text).first().waitFor();
/** Goes to another address of the page. */
export const go = (page, hash) => page.evaluate((to) => void (location.hash = to), hash);
