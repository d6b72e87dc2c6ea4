// Firefox, for the tests of every engine: headless, by WebDriver BiDi.
import { driver } from "./install.js";

const DARK = { "layout.css.prefers-color-scheme.content-override": 0 };

/** @type {import("./engines.js").Start} */
export async function startEngine(executablePath, { dark = false } = {}) {
  const { default: puppeteer } = driver("puppeteer-core");
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    timeout: 0, // engines.js has the limit
    extraPrefsFirefox: dark ? DARK : {},
  });
  const [, version] = (await browser.version()).split("/");
  return {
    name: "Firefox",
    startsDark: true,
    version,
    open: (view) => open(browser, view),
    close: () => browser.close(),
  };
}

/** Firefox may replace the context of a tab while it creates it, and then reports that it does not exist. */
async function newPage(browser, attempts = 3) {
  try {
    return await browser.newPage();
  } catch (error) {
    if (attempts === 1 || !/no such frame/.test(error.message)) throw error;
    return newPage(browser, attempts - 1);
  }
}

async function open(browser, { width = 1280, height = 900 } = {}) {
  const page = await newPage(browser);
  await page.setViewport({ width, height });
  return {
    goto: (url) => page.goto(url),
    evaluate: (work, argument) => page.evaluate(work, argument),
    click: (selector) => page.locator(selector).click(),
    type: (selector, text) => page.type(selector, text),
    screenshot: (path) => page.screenshot({ path }),
    close: () => page.close(),
  };
}
