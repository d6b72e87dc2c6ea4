// The services and the troubleshooting in the view of a peering. Simulated clusters, real Chromium.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { AT_ONCE, faultsOf, inEachLook } from "./axe.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behindCatalogs, BROKEN, DENIED, serving, WORKING } from "./catalog.js";
import { focused } from "./dialogs.js";
import { assertVisible, textOf, textsOf, untilFocusOn } from "./visible.js";
import { go, settled } from "./views.js";

const all = suite();
let browser, simulator;
before(async () => {
  [browser, simulator] = await Promise.all([startBrowser(all), serving(all)]);
});

async function open(t, catalogs = WORKING, { hash = "#/us/eu", change, ...options } = {}) {
  const clusters = behindCatalogs(simulator, catalogs);
  change?.(clusters);
  const page = await openPage(t, browser, await servePage(t, clusters), { hash, ...options });
  await settled(page);
  return page;
}
const button = (page, name) => page.getByRole("button", { name, exact: true });
const rows = async (page) =>
  (await textsOf(page.locator(".crossing tbody tr:not(.use)"))).map((text) => text.split(/\s*[\t\n]\s*/));
const checked = (page) => page.locator(".troubleshoot .progress", { hasText: /^Checked / }).waitFor();
const group = (page, status) => page.locator(`.groups > [data-check=${status}]`);
async function troubleshoot(page) {
  await checked(page);
  await button(page, "Troubleshoot").click();
  await page.locator(".checks[open]").waitFor();
}

test("the services of a peering are shown by default: direction, health, DNS names and upstream", async (t) => {
  const page = await open(t, WORKING, { permissions: ["clipboard-read", "clipboard-write"] });
  await checked(page);
  assert.deepEqual(await rows(page), [
    ["db", "us → eu", "yes", "yes", "1 of 1", "none", "DNS, upstream"],
    ["billing", "eu → us", "yes", "yes", "1 of 1", "none", "DNS, upstream"],
    ["web", "eu → us", "yes", "yes", "1 of 2", "Instances of imported services", "DNS, upstream"],
  ]);
  assert.equal(await page.locator(".checks").evaluate(({ open }) => open), false);
  const toggle = button(page, "DNS, upstream: web in us");
  assert.equal(await toggle.getAttribute("aria-expanded"), "false");
  await toggle.click();
  assert.equal(await toggle.getAttribute("aria-expanded"), "true");
  const use = page.locator(".use:visible");
  assert.match(await textOf(use), /DNS names in us\s+web\.service\.eu\.peer\.consul.*web\.virtual\.eu\.peer\.consul/s);
  await use.getByRole("button", { name: "Copy the upstream" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /destination_name = "web"\n +destination_peer = "eu"/);
  assert.equal(await textOf(page.locator(".troubleshoot .block code:visible")), copied);
});

test("failed checks come first, with a fix to copy, then warnings; passed checks are collapsed", async (t) => {
  const page = await open(t, BROKEN);
  await troubleshoot(page);
  const shown = await page.locator(".groups > *").evaluateAll((all) => all.map(({ dataset }) => dataset.check));
  assert.deepEqual(shown, ["fail", "warning", "pass"]);
  assert.match(
    await textOf(page.locator(".checks > summary")),
    /^Service checks: 2 failed \(Consumers of exported services and Intentions\), 1 with a warning, and \d+ passed\.$/,
  );
  const [consumers, intentions] = await textsOf(group(page, "fail").locator("li"));
  assert.match(
    consumers,
    /^Consumers of exported services on eu\s.*case-sensitive.*Peers\s+US\s+Referenced by\s+billing\s+Fix\s/s,
  );
  assert.match(consumers, /Name = "billing"\s+Consumers = \[{ Peer = "us" }\]/);
  assert.match(
    intentions,
    /^Intentions on eu\s.*Services\s+web\s+Fix\s+# Save as \S+ and run: consul config write \S+\s+Kind = "service-intentions"\s+Name = "web"/s,
  );
  assert.match(await textOf(group(page, "warning")), /Instances of imported services on us/);
  const passed = group(page, "pass");
  assert.equal(await passed.locator("li").first().isVisible(), false);
  await passed.locator("summary").click();
  assert.match(await textOf(passed), /State of the peering on us: ACTIVE\./);
  const [, , web] = await rows(page);
  assert.deepEqual(web.slice(0, 2), ["web", "eu → us"]);
  assert.match(web[5], /Intentions/);
});

test("the command of a fix names the clusters by their aliases, and no names that are the default", async (t) => {
  const page = await open(t, WORKING, {
    change({ eu }) {
      const { fetch } = eu;
      eu.fetch = async (url, init) => {
        const response = await fetch(url, init);
        if (!url.includes("/v1/peering")) return response;
        const { status, headers } = response;
        const text = await response.text();
        return new Response(text.replaceAll(/"State": ?"ACTIVE"/g, '"State":"TERMINATED"'), { status, headers });
      };
    },
  });
  await button(page, "Troubleshoot").click();
  await page.locator(".checks[open]").waitFor();
  const fixes = await textsOf(group(page, "fail").locator("code", { hasText: "consul-peering" }));
  assert.equal(fixes.length, 1);
  assert.match(fixes[0], /^# Add --external-address HOST:PORT .*\nconsul-peering connect eu us$/);
});

test("checks that the ACL token may not read are shown as skipped, with the missing rule", async (t) => {
  const page = await open(t, DENIED);
  await troubleshoot(page);
  const skipped = group(page, "skipped");
  const text = await textOf(skipped);
  assert.match(text, /Missing ACL rules on eu\s+mesh = "read"\s+Copy\s+Not checked: .*Consumers of exported services/);
  assert.match(text, /service_prefix "" { policy = "read" }\s+node_prefix "" { policy = "read" }/);
  assert.doesNotMatch(text, /on us/);
  assert.equal(await group(page, "fail").count(), 0);
  const db = (await rows(page)).find(([name]) => name === "db");
  assert.equal(db[4], "unknown", "its instances in eu");
});

test("without exported services, troubleshooting shows the config entry", async (t) => {
  const page = await open(t, WORKING, { hash: "#/ap/eu" });
  await page.getByRole("heading", { name: "Nothing is exported to this peer yet" }).waitFor();
  assert.equal(await page.locator(".crossing").isVisible(), false);
  await button(page, "Troubleshoot").click();
  await page.locator(".checks[open]").waitFor();
  assert.match(await textOf(group(page, "fail")), /Exported services on .*Kind = "exported-services"/s);
  await page.getByText("the failed check has the config entry").waitFor();
});

test("with one cluster, its side is checked, and the page explains that the other is not", async (t) => {
  const page = await open(t, { us: WORKING.us });
  await checked(page);
  await assertVisible(
    page.getByText("Only us is checked. To check both sides, add the other cluster to clusters.json."),
  );
  const [db, billing] = await rows(page);
  assert.deepEqual(db.slice(0, 4), ["db", "us → eu", "yes", "unknown"]);
  assert.deepEqual(billing.slice(0, 4), ["billing", "eu → us", "unknown", "yes"]);
});

test("a run shows its progress and can be cancelled; the services remain", async (t) => {
  let isHeld = false;
  const page = await open(t, WORKING, {
    change({ eu }) {
      const { fetch } = eu;
      eu.fetch = async (url, init) => {
        if (isHeld && url.includes("/config/")) await aborted(init.signal);
        return fetch(url, init);
      };
    },
  });
  await checked(page);
  const before = await rows(page);
  isHeld = true;
  await button(page, "Troubleshoot").click();
  await page.locator(".progress", { hasText: /Checking us and eu\.\s+\d+ s/ }).waitFor();
  await untilFocusOn(button(page, "Cancel"));
  await page.locator("#polite", { hasText: "Checking us and eu." }).waitFor({ state: "attached" });
  await page.keyboard.press("Enter");
  const cancelled = page.locator(".troubleshoot").getByText("Cancelled.", { exact: true });
  await cancelled.waitFor();
  await untilFocusOn(button(page, "Troubleshoot"));
  assert.deepEqual(await rows(page), before);
  isHeld = false;
  await page.keyboard.press("Enter");
  await page.locator(".checks[open]").waitFor();
  assert.equal(await cancelled.count(), 0);
});

test("an unreachable cluster is reported with a hint; one that is known to be down is not checked", async (t) => {
  const cut = new AbortController();
  const page = await open(t, WORKING, {
    change({ eu }) {
      const { fetch } = eu;
      eu.fetch = async (url, init) => (url.includes("/config/") ? cut.signal.throwIfAborted() : 0, fetch(url, init));
    },
  });
  await checked(page);
  cut.abort(Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } }));
  await button(page, "Troubleshoot").click();
  const problem = page.locator(".troubleshoot .problem");
  await problem.waitFor();
  assert.match(await textOf(problem), /cannot reach the cluster eu \(connection refused\)/);
  await page.locator("#assertive", { hasText: "cannot reach the cluster eu" }).waitFor({ state: "attached" });
  assert.doesNotMatch(await textOf(problem), /127\.0\.0\.1/);
});

test("with the keyboard only: the result is announced and focused", async (t) => {
  const page = await open(t, BROKEN);
  await checked(page);
  await button(page, "Troubleshoot").focus();
  await page.keyboard.press("Enter");
  await page.locator("#polite", { hasText: "Service checks: 2 failed" }).waitFor({ state: "attached" });
  assert.match(await focused(page), /^Service checks: 2 failed/);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Copy the fix");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  assert.equal(await group(page, "fail").isVisible(), false, "folded");
});

test("opening another peering discards the results", async (t) => {
  const page = await open(t, BROKEN);
  await troubleshoot(page);
  await go(page, "#/ap/eu");
  await page.getByRole("heading", { name: "Nothing is exported to this peer yet" }).waitFor();
  assert.equal(await page.locator(".checks").isVisible(), false);
});

test("names and texts of a malicious cluster are shown as text", async (t) => {
  const evil = { ...WORKING, us: { ...WORKING.us, exports: { db: ["eu", "<img src=x onerror=alert(1)>"] } } };
  const page = await open(t, evil);
  await troubleshoot(page);
  assert.match(await textOf(group(page, "warning").first()), /<img src=x onerror=alert\(1\)>/);
});

test("no accessibility violations, and nothing is truncated, in each colour scheme and width", async (t) => {
  const page = await open(t, { ...BROKEN, us: { ...BROKEN.us, denied: ["node"] } }, AT_ONCE);
  await troubleshoot(page);
  await button(page, "DNS, upstream: web in us").click();
  await group(page, "pass").locator("summary").click();
  const check = async (look) => {
    assert.deepEqual(await faultsOf(page, ".troubleshoot"), [], look);
    for (const status of ["fail", "skipped"]) await assertVisible(group(page, status));
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, look);
  };
  await inEachLook(page, check, ["light", "dark", "forced colours", "narrow", "phone"]);
});

const aborted = (signal) => new Promise((resolve) => signal?.addEventListener("abort", resolve));
