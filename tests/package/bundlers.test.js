// Small projects that have installed the packed tarball, built by each bundler; the output is run in its environment,
// away from the package, with the module as one file next to it or inside.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { startChromium } from "../chromium.js";
import { lay, run, toolVersion } from "./place.js";
import { startSite } from "./site.js";
import { checkTable } from "./table.js";

const OBSERVED = { rules: ["lower_case"], list: [], code: "acl_token_unknown" };
const PAGE = "<!doctype html><title>built</title><script type=module src=main.js></script>";

const projects = lay("tests/package/projects");
// Neither the package nor another .wasm of this name is above this folder.
const away = mkdtempSync(join(tmpdir(), "consul-peering-bundled-"));
let browser;

before(async () => {
  browser = await startChromium();
  for (const bundler of ["vite", "webpack", "rollup", "esbuild"]) {
    await run(process.execPath, ["build.js"], { cwd: `${projects}${bundler}` });
    cpSync(`${projects}${bundler}/dist`, `${away}/${bundler}`, { recursive: true });
  }
});
after(async () => {
  await browser?.close();
  rmSync(away, { recursive: true, force: true });
});

async function inPage(address) {
  const page = await browser.newPage();
  try {
    await page.goto(address);
    await page.waitForFunction("window.outcome");
    return await page.evaluate("window.outcome");
  } finally {
    await page.close();
  }
}

async function builtPage(folder) {
  const site = await startSite(folder, readdirSync(folder).includes("index.html") ? {} : { "/": (to) => to.end(PAGE) });
  try {
    return await inPage(`${site.origin}/`);
  } finally {
    await site.stop();
  }
}

const builtProgram = (file) => async (folder) => JSON.parse(await run(process.execPath, [`${folder}/${file}`]));

/** Its output about a module that was not copied, or its exit code. */
async function leftBehind(execute, folder) {
  const message = await execute(folder).then(
    ({ error }) => error,
    ({ stderr }) => stderr,
  );
  assert.match(message, /consul-peering could not load consul_peering_bg\.wasm/);
  assert.match(message, /import "consul-peering\/inline"/);
}

const ONE = "one .wasm";
const NONE = "no .wasm";
const LEFT = "an error that names the file and `./inline`";

const BUILT = [
  ["vite", "Vite", "page", "a page", builtPage, ONE],
  ["vite", "Vite", "inline", "a page through `./inline`", builtPage, NONE],
  ["webpack", "webpack", "page", "a page", builtPage, ONE],
  ["webpack", "webpack", "inline", "a page through `./inline`", builtPage, NONE],
  ["webpack", "webpack", "node", "a program for Node", builtProgram("main.js"), ONE],
  ["rollup", "Rollup", "page", "a page, with `@web/rollup-plugin-import-meta-assets`", builtPage, ONE],
  ["rollup", "Rollup", "inline", "a page through `./inline`", builtPage, NONE],
  ["rollup", "Rollup", "plain", "a page, without the plugin", builtPage, LEFT],
  ["esbuild", "esbuild", "inline", "a page through `./inline`", builtPage, NONE],
  ["esbuild", "esbuild", "node-inline", "one file for Node through `./inline`", builtProgram("main.mjs"), NONE],
  ["esbuild", "esbuild", "node-inline-cjs", "the same in CommonJS", builtProgram("main.cjs"), NONE],
  ["esbuild", "esbuild", "plain", "a page, without `./inline`", builtPage, LEFT],
  ["esbuild", "esbuild", "node-plain", "one file for Node, without `./inline`", builtProgram("main.mjs"), LEFT],
  ["esbuild", "esbuild", "node-plain-cjs", "the same in CommonJS", builtProgram("main.cjs"), LEFT],
];

const rows = [];
test("Vite: a page on the development server", async () => {
  const server = spawn(process.execPath, ["serve.js"], {
    cwd: `${projects}vite`,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [address] = await once(server.stdout, "data");
    assert.deepEqual(await inPage(String(address).trim()), OBSERVED);
  } finally {
    server.kill();
    await once(server, "exit");
  }
  rows.push(["Vite", "a page on the development server", toolVersion("vite"), "served unchanged"]);
});

for (const [bundler, name, folder, what, execute, result] of BUILT) {
  test(`${name}: ${what}`, async () => {
    const built = `${away}/${bundler}/${folder}`;
    const modules = readdirSync(built, { recursive: true }).filter((path) => path.endsWith(".wasm"));
    assert.equal(modules.length, result === ONE ? 1 : 0);
    if (result === LEFT) await leftBehind(execute, built);
    else assert.deepEqual(await execute(built), OBSERVED);
    rows.push([name, what, toolVersion(bundler), result]);
  });
}

test("docs/runtimes.md has these results", () => checkTable("bundlers", rows));
