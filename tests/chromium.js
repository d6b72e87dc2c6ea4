// A headless Chromium for tests, driven by playwright-core. The project's own tool installs it if it is missing.
import { chromium } from "playwright-core";
import { browserPath } from "./engines/install.js";

/**
 * @param {string[]} [more]  for its command line
 * @param {"chromium" | "chromium-headless-shell"} [name]  the browser that users run, or its engine alone
 */
export const startChromium = async (more, name = "chromium-headless-shell") =>
  launchChromium(await browserPath(name), more);

/**
 * @param {string} executablePath
 * @param {string[]} [more]  for its command line
 */
export const launchChromium = (executablePath, more = []) =>
  chromium.launch({
    executablePath,
    timeout: 120_000,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", ...more],
  });
