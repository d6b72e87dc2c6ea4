// A headless Chromium for tests, driven by playwright-core. The project's own tool installs it if it is missing.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/**
 * @param {string[]} [more]  for its command line
 * @param {"chromium" | "chromium-headless-shell"} [name]  the browser that users run, or its engine alone
 */
export function startChromium(more = [], name = "chromium-headless-shell") {
  const tool = fileURLToPath(new URL("../tools/browser", import.meta.url));
  return chromium.launch({
    executablePath: execFileSync(tool, [name], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim(),
    timeout: 120_000,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", ...more],
  });
}
