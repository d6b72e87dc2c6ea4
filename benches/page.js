// The admin page in Chromium, served by its own server: the size of what it loads, and the times until the first paint and
// until all peerings are listed. Nothing is cached between visits.
import { servePage, startBrowser } from "../tests/page/browser.js";
import { behind, crowded } from "../tests/page/scenes.js";
import { spread } from "./statistics.js";

export default async function ({ quick }) {
  const ends = [];
  const end = { after: (action) => void ends.unshift(action) };
  const peerings = (quick ? 50 : 1_000).toLocaleString("en");
  try {
    const [browser, simulator] = await Promise.all([startBrowser(end), crowded(end, quick ? 50 : 1_000)]);
    const door = await open(browser, await servePage(end, behind(simulator, ["hub"])), peerings);
    const [home, storageState] = [door.url(), await door.context().storageState()];
    const visits = [];
    for (let i = 0; i < (quick ? 2 : 10); i++) visits.push(await visit(browser, home, peerings, storageState));
    const over = (of) => spread(visits.map((each) => each[of]));
    return [
      { name: "the page, total size", unit: "bytes", ours: over("bytes"), bar: { of: "ours", most: 160_000 } },
      { name: "the page, first paint", ours: over("painted") },
      { name: `the page, ${peerings} peerings listed`, ours: over("listed") },
    ];
  } finally {
    for (const action of ends) await action();
  }
}

async function open(browser, url, peerings, { storageState, prepare } = {}) {
  const page = await (await browser.newContext({ storageState })).newPage();
  await prepare?.(page);
  await page.goto(url);
  await page.getByText(`${peerings} peerings`).waitFor();
  return page;
}

async function visit(browser, url, peerings, storageState) {
  const files = [];
  const prepare = async (page) => {
    page.on("response", (response) => response.url().includes("/v1/") || files.push(response.request().sizes()));
    await page.addInitScript(noteWhen, `${peerings} peerings`);
  };
  const page = await open(browser, url, peerings, { storageState, prepare });
  const times = await page.evaluate(async () => ({
    painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    listed: await globalThis.listed,
  }));
  const bytes = (await Promise.all(files)).reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
  await page.context().close();
  return { ...times, bytes };
}

/** Runs in the page: resolves with the time at which a frame shows a text. */
function noteWhen(text) {
  globalThis.listed = new Promise((resolve) => {
    const shown = () => {
      if (!document.body?.innerText.includes(text)) return requestAnimationFrame(shown);
      requestAnimationFrame(() => resolve(performance.now()));
    };
    shown();
  });
}
