// WebKit, for the tests of every engine: WebKitGTK's MiniBrowser on its own display, by WebDriver. It has one window,
// no narrower than 448 px, and takes dark colours from the desktop's theme.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { driver, freePort } from "./install.js";

/** @type {import("./engines.js").Start} */
export async function startEngine(binary, { dark = false } = {}) {
  const display = await startDisplay();
  const port = await freePort();
  const env = {
    ...process.env,
    DISPLAY: display.name,
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", // it does not start as root otherwise
    ...(dark && { GTK_THEME: "Adwaita:dark" }),
  };
  const server = startProgram("WebKitWebDriver", [`--port=${port}`], { env });
  const stop = () => {
    server.child.kill();
    display.stop();
  };
  try {
    await Promise.race([listening(port, server.child), server.failed]);
    const session = await Promise.race([startSession(binary, port), server.failed]);
    return await engineOf(session, stop);
  } catch (error) {
    stop();
    throw error;
  }
}

async function startSession(binary, port) {
  const { Builder, Capabilities } = driver("selenium-webdriver");
  const capabilities = new Capabilities({
    browserName: "MiniBrowser",
    "webkitgtk:browserOptions": { binary, args: ["--automation"] },
  });
  const session = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
  await session.manage().setTimeouts({ script: 120_000 });
  return session;
}

async function engineOf(session, stop) {
  let free = Promise.resolve(); // one window, for one test at a time
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
      stop();
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
  const server = startProgram("Xvfb", ["-displayfd", "3", "-screen", "0", "2000x1400x24"], {}, ["pipe"]);
  const line = once(createInterface({ input: server.child.stdio[3] }), "line");
  const [number] = await Promise.race([line, server.failed]);
  return { name: `:${number}`, stop: () => server.child.kill() };
}

/** A program that runs until it is killed; `failed` rejects with its output when it ends before. */
function startProgram(command, args, options, more = []) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe", ...more] });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (printed = (printed + text).slice(-2_000)));
  const failed = new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => reject(new Error(`${command} ended (${signal ?? code}):\n${printed}`)));
  });
  failed.catch(() => {}); // it ends in any case, and is awaited only while it starts
  return { child, failed };
}

/** Until a program listens on its port, or has ended. */
async function listening(port, child) {
  while (child.exitCode === null && child.signalCode === null) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await sleep(50);
    } finally {
      socket.destroy();
    }
  }
}
