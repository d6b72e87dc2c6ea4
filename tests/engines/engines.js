// The browser engines that the package and the page are tested in.
import { startEngine as startChromium } from "./chromium.js";
import { startEngine as startFirefox } from "./firefox.js";
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
 */

/** @type {Record<string, (options?: { dark?: boolean }) => Promise<Engine>>} */
export const ENGINES = { Chromium: startChromium, Firefox: startFirefox, WebKit: startWebKit };
