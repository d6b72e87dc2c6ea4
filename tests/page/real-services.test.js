// The services of a peering and troubleshooting on the page, with two real Consul clusters.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { read } from "../../pkg/node.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { textOf, textsOf } from "./visible.js";
import { settled } from "./views.js";
import { exportNothing, exportTo, startServices, tokenWith } from "./services.js";

const all = suite();
let browser, east, west;
before(async () => {
  [browser, { east, west }] = await Promise.all([startBrowser(all), startServices(all)]);
});

async function open(t, tokens = [east.token, west.token]) {
  const clusters = Object.fromEntries(
    [east, west].map(({ name, address }, i) => [name, { address, token: tokens[i] }]),
  );
  const url = await servePage(t, clusters);
  const page = await openPage(t, browser, url, { hash: "#/west/east", secrets: [east.token, west.token, ...tokens] });
  await settled(page); // the other side is read too
  return page;
}
const start = (page) => page.getByRole("button", { name: "Troubleshoot", exact: true });
const summary = async (page) => textOf(page.locator(".checks[open] > summary"));
async function troubleshoot(page) {
  await page.locator(".facts").waitFor();
  await start(page).click();
  await page.locator(".checks[open]").waitFor();
}

test("working services: both are listed, and every check passes", async (t) => {
  const page = await open(t);
  await troubleshoot(page);
  assert.match(await summary(page), /^Service checks: \d+ passed\.$/);
  assert.deepEqual(
    (await textsOf(page.locator(".crossing tbody tr:not(.use)"))).map((text) => text.split(/\s*[\t\n]\s*/).slice(0, 6)),
    [
      ["db", "west → east", "yes", "yes", "1 of 1", "none"],
      ["web", "east → west", "yes", "yes", "1 of 1", "none"],
    ],
  );
  await page.getByRole("button", { name: "DNS, upstream: web in west" }).click();
  assert.match(
    await textOf(page.locator(".use:visible")),
    /web\.virtual\.east\.peer\.consul.*destination_peer = "east"/s,
  );
});

test("a misspelt consumer is found, and the fix works", async (t) => {
  await exportTo(east, "West", "web");
  t.after(() => exportTo(east, "west", "web"));
  await until(async () => (await imported()).length === 0);
  const page = await open(t);
  await troubleshoot(page);
  assert.match(await summary(page), /^Service checks: 1 failed \(Consumers of exported services\) and \d+ passed\.$/);
  const failed = await textOf(page.locator("[data-check=fail] li"));
  assert.match(failed, /^Consumers of exported services on east\s/);
  assert.match(
    failed,
    /Peers\s+West\s+Referenced by\s+web\s+Fix\s+# Save as .*Kind = "exported-services".*Consumers = \[{ Peer = "west" }\]/s,
  );
});

test("an ACL token with peering:read only: no check fails, and skipped checks show the missing rules", async (t) => {
  const page = await open(t, await Promise.all([east, west].map((agent) => tokenWith(agent, 'peering = "read"'))));
  await troubleshoot(page);
  assert.match(await summary(page), /^Service checks: \d+ skipped and \d+ passed\.$/);
  const skipped = await textOf(page.locator(".groups > [data-check=skipped]"));
  assert.match(skipped, /Missing ACL rules on east\s+mesh = "read"/);
  assert.match(skipped, /Missing ACL rules on west\s+mesh = "read"/);
});

test("without exported services, the failed check shows the config entry", async (t) => {
  await Promise.all([exportNothing(east), exportNothing(west)]);
  await until(async () => (await imported()).length === 0);
  const page = await open(t);
  await page.getByRole("heading", { name: "Nothing is exported to this peer yet" }).waitFor();
  await troubleshoot(page);
  assert.match(
    await textOf(page.locator("[data-check=fail] li")),
    /^Exported services on .*Kind = "exported-services"/s,
  );
});

/** The services that west imports from east. */
const imported = async () =>
  (await read({ address: west.address, token: west.token }, "east")).stream.imported_services;

async function until(isSo) {
  for (let i = 0; !(await isSo()); i++) {
    assert.ok(i < 300, "it does not come to that");
    await sleep(100);
  }
}
