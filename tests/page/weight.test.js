// The size of everything that a browser loads until the first peering is shown.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, simulate } from "./scenes.js";
import { generateToken } from "../../pkg/node.js";

const MOST_BYTES = 227_000;

const all = suite();
let browser, simulator;
before(async () => {
  [browser, simulator] = await Promise.all([startBrowser(all), simulate(all, { clusters: ["eu"] })]);
  await generateToken(simulator.clusters.eu, { peer_name: "us" });
});

test(`the page loads at most ${MOST_BYTES / 1000} kB, and nothing twice`, async (t) => {
  const page = await openPage(t, browser, await servePage(t, behind(simulator)));
  const files = [];
  page.on("response", (response) => response.url().includes("/v1/") || files.push(response));
  await page.reload();
  await page.locator("tbody tr").waitFor();
  const loaded = await Promise.all(
    files.map(async (file) => [
      new URL(file.url()).pathname.split("/").pop(),
      (await file.request().sizes()).responseBodySize,
    ]),
  );
  const names = loaded.map(([name]) => name);
  const total = loaded.reduce((sum, [, size]) => sum + size, 0);
  t.diagnostic(`${loaded.map(([name, size]) => `${name || "page"} ${size}`).join(", ")}: ${total} bytes`);
  assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
  assert.ok(names.includes("consul_peering_bg.wasm") && names.includes("style.css") && names.includes("clusters.json"));
  assert.ok(total > 20_000 && total <= MOST_BYTES, `${total} bytes`);
});
