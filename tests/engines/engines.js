// The browser engines that the package and the page are tested in.
import { startEngine as startChromium } from "./chromium.js";
import { startEngine as startFirefox } from "./firefox.js";
import { browserPath } from "./install.js";
import { startEngine as startWebKit } from "./webkit.js";

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {string} version
 * @property {boolean} [startsDark]  dark colours are chosen when it starts, not for each tab
 * @property {(view?: { width?: number, height?: number, dark?: boolean }) => Promise<Tab>} open
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Tab
 * @property {(url: string) => Promise<unknown>} goto
 * @property {(work: (argument: any) => any, argument?: unknown) => Promise<any>} evaluate  runs `work` in the page
 * @property {(selector: string) => Promise<unknown>} click   as a user does
 * @property {(selector: string, text: string) => Promise<unknown>} type
 * @property {(path: string) => Promise<unknown>} screenshot
 * @property {() => Promise<unknown>} close
 *
 * @typedef {(path: string, options?: { dark?: boolean }) => Promise<Engine>} Start  `path` of the program
 */

const START_WITHIN_MS = 120_000;

/**
 * Starts an engine, or fails, since a browser that hangs must not block the tests. How long it takes to install a missing
 * browser depends on the network, and has no limit.
 */
const engine = (name, start) => async (options) => {
  const path = await browserPath(name.toLowerCase());
  let late;
  const never = new Promise((_, reject) => {
    late = setTimeout(() => reject(new Error(`no answer within ${START_WITHIN_MS / 1_000} s`)), START_WITHIN_MS);
  });
  try {
    return await Promise.race([start(path, options), never]);
  } catch (cause) {
    throw new Error(`${name} did not start: ${cause.message}`, { cause });
  } finally {
    clearTimeout(late);
  }
};

/** @type {Record<string, (options?: { dark?: boolean }) => Promise<Engine>>} */
export const ENGINES = {
  Chromium: engine("Chromium", startChromium),
  Firefox: engine("Firefox", startFirefox),
  WebKit: engine("WebKit", startWebKit),
};
