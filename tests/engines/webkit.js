// WebKit, as the tests of every engine drive it: WebKitGTK's MiniBrowser on a display of its own, by WebDriver. It has one
// window, no narrower than 448 px, and takes dark colours from the desktop's theme.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { browserPath, driver, freePort } from "./install.js";

/** @returns {Promise<import("./engines.js").Engine>} */
export async function startEngine({ dark = false } = {}) {
  const { Builder, Capabilities } = driver("selenium-webdriver");
  const binary = browserPath("webkit");
  const display = await startDisplay();
  const port = await freePort();
  const env = {
    ...process.env,
    DISPLAY: display.name,
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", // it does not start as root otherwise
    ...(dark && { GTK_THEME: "Adwaita:dark" }),
  };
  const server = spawn("WebKitWebDriver", [`--port=${port}`], { env, stdio: "ignore" });
  const capabilities = new Capabilities({
    browserName: "MiniBrowser",
    "webkitgtk:browserOptions": { binary, args: ["--automation"] },
  });
  const builder = new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities);
  const session = await retry(() => builder.build());
  await session.manage().setTimeouts({ script: 120_000 });
  let free = Promise.resolve(); // there is one window, for one test after another
  return {
    name: "WebKit",
    startsDark: true,
    version: `${(await session.getCapabilities()).get("browserVersion")} (GTK)`,
    async open(view) {
      const before = free;
      let release;
      free = new Promise((resolve) => (release = resolve));
      await before;
      return open(session, release, view);
    },
    async close() {
      await session.quit();
      server.kill();
      display.stop();
    },
  };
}

async function open(session, release, { width = 1280, height = 900 } = {}) {
  await session.manage().window().setRect({ x: 0, y: 0, width, height });
  const element = (selector) => session.findElement({ css: selector });
  return {
    goto: (url) => session.get(url),
    async evaluate(work, argument) {
      const [value, error] = await session.executeAsyncScript(
        `const done = arguments[1];
         Promise.resolve(arguments[0]).then(${work}).then((value) => done([value ?? null, null]), (error) => done([null, String(error)]));`,
        argument ?? null,
      );
      if (error) throw new Error(error);
      return value;
    },
    click: async (selector) => (await element(selector)).click(),
    type: async (selector, text) => (await element(selector)).sendKeys(text),
    screenshot: async (path) => writeFileSync(path, await session.takeScreenshot(), "base64"),
    async close() {
      await session.get("about:blank");
      release();
    },
  };
}

/** A display with a number that is free. */
async function startDisplay() {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "2000x1400x24"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const [number] = await once(createInterface({ input: server.stdio[3] }), "line");
  return { name: `:${number}`, stop: () => server.kill() };
}

/** Until the driver listens. */
async function retry(act, attempts = 50) {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (--attempts === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
