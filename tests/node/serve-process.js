// `consul-peering serve` in a process, with a small page.
import assert from "node:assert/strict";
import { once } from "node:events";
import { run as runAny, start as startAny } from "./command-line.js";
import { PAGE, packageWith } from "./serving.js";

export const cli = packageWith(PAGE);
export const NO_CONSUL = { PATH: "/nowhere", CONSUL: "" };
export const run = (words, options) => runAny(["serve", ...words], { cli, ...options });
export const start = (words, options) => startAny(["serve", ...words], { cli, ...options });

/** The server that a child process has started, from its JSON output. */
export async function serving(words, options) {
  const child = start(["--listen", "127.0.0.1:0", "--json", ...words], options);
  while (!child.out.endsWith("}\n")) {
    if (child.exitCode !== null) assert.fail(child.err);
    await Promise.race([once(child.stdout, "data"), once(child, "close")]);
  }
  const started = JSON.parse(child.out);
  return { child, ...started, origin: new URL(started.url).origin };
}

export async function end(child, signal = "SIGTERM") {
  child.kill(signal);
  const [code] = child.exitCode === null ? await once(child, "close") : [child.exitCode];
  return code;
}
