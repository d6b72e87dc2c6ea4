// Runs tests/module.rs in headless Chromium. wasm-bindgen's test runner serves its page, and the browser that the other
// tests drive opens it: the runner's own WebDriver requests have no timeout, and hang when a session does not start.
import { spawn } from "node:child_process";
import process from "node:process";
import { startChromium } from "./chromium.js";

const LIMIT_MS = 120_000;
const WORDS = ["test", "--locked", "--target", "wasm32-unknown-unknown", "--test", "module"];

const runner = spawn("cargo", WORDS, {
  env: { ...process.env, WASM_BINDGEN_USE_BROWSER: "1", NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" },
  stdio: ["ignore", "pipe", "inherit"],
  detached: true, // so that cargo and the runner below it end together
});
let browser;
try {
  const address = await servedAddress();
  browser = await startChromium();
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(address);
  const output = page.locator("#output");
  await page.waitForFunction(() => /test result: /.test(document.querySelector("#output").textContent), undefined, {
    timeout: LIMIT_MS,
  });
  const text = await output.textContent();
  console.log(text);
  if (!/test result: ok\. [1-9]/.test(text)) process.exitCode = 1;
} finally {
  await browser?.close();
  if (runner.exitCode === null) process.kill(-runner.pid);
}

/** Where the runner serves its page, once it has printed it. */
function servedAddress() {
  return new Promise((resolve, reject) => {
    let printed = "";
    runner.stdout.on("data", (chunk) => {
      printed += chunk;
      const [address] = /http:\/\/[\d.]+:\d+/.exec(printed) ?? [];
      if (address) resolve(address);
    });
    runner.on("exit", (code) => reject(new Error(`The test runner exited with code ${code}:\n${printed}`)));
  });
}
