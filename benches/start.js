// The time from import to the result of the first call, compared with compiling the same bytes: in new processes of Node
// and in new contexts of Chromium, so that nothing is compiled before.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startChromium } from "../tests/chromium.js";
import { startSite } from "../tests/package/site.js";
import { inTurns, time } from "./pair.js";

const PACKAGE = new URL("../pkg/", import.meta.url);
const url = (file) => JSON.stringify(new URL(file, PACKAGE));

const CALL = `const { validatePeerName } = await import(${url("node.js")}); validatePeerName("eu-west");`;
const COMPILE = `
  const { readFileSync } = await import("node:fs");
  await WebAssembly.compile(readFileSync(new URL(${url("consul_peering_bg.wasm")})));`;
const IMPORT = `await import(${JSON.stringify(new URL("compiled.js", import.meta.url))});`;

export default async function ({ quick }) {
  const blocks = quick ? 2 : 15;
  const empty = await inTurns(
    () => time(() => run(CALL)),
    () => time(() => run("")),
    blocks,
  );
  return [
    {
      name: "Node, from import to first call, compared with compiling",
      ...(await inTurns(
        () => clocked(CALL),
        () => clocked(COMPILE),
        blocks,
      )),
      bar: { of: "ratio", most: 1.5 },
    },
    {
      name: "Node, the same, compared with importing a file that compiles",
      ...(await inTurns(
        () => clocked(CALL),
        () => clocked(IMPORT),
        blocks,
      )),
    },
    { name: "Node, a process that makes one call, compared with an empty one", ...empty },
    { name: "Chromium, from import to first call, compared with compiling", ...(await inChromium(blocks)) },
  ];
}

/** @returns {Promise<string>} what it printed */
async function run(code) {
  return (await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code])).stdout;
}

const clocked = async (code) =>
  Number(await run(`const began = performance.now(); ${code} console.log(performance.now() - began);`));

async function inChromium(blocks) {
  const site = await startSite(fileURLToPath(PACKAGE), { "/": (response) => response.end("<!doctype html>") });
  const browser = await startChromium([], "chromium");
  const clocked = async (work) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(site.origin);
    const ms = await page.evaluate(work);
    await context.close();
    return ms;
  };
  try {
    return await inTurns(
      () => clocked(call),
      () => clocked(compile),
      blocks,
    );
  } finally {
    await browser.close();
    await site.stop();
  }
}

async function call() {
  const began = performance.now();
  const { init, validatePeerName } = await import("/browser.js");
  await init();
  validatePeerName("eu-west");
  return performance.now() - began;
}

async function compile() {
  const began = performance.now();
  await WebAssembly.compileStreaming(fetch("/consul_peering_bg.wasm"));
  return performance.now() - began;
}
