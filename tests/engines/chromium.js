// Chromium, for the tests of every engine.
import { launchChromium } from "../chromium.js";

const PATIENCE_MS = 120_000; // of one step, on a busy machine

/** @type {import("./engines.js").Start} */
export async function startEngine(path) {
  const browser = await launchChromium(path);
  return {
    name: "Chromium",
    version: browser.version(),
    open: (view) => open(browser, view),
    close: () => browser.close(),
  };
}

async function open(browser, { width = 1280, height = 900, dark = false } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? "dark" : "light" });
  page.setDefaultTimeout(PATIENCE_MS);
  return {
    goto: (url) => page.goto(url),
    evaluate: (work, argument) => page.evaluate(work, argument),
    click: (selector) => page.click(selector),
    type: (selector, text) => page.locator(selector).pressSequentially(text),
    screenshot: (path) => page.screenshot({ path }),
    close: () => page.close(),
  };
}
