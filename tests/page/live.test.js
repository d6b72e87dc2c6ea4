// The status of clusters: slow ones, ones that stop responding and recover, and many clusters.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { generateToken } from "../../pkg/node.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { behind, simulate } from "./scenes.js";
import { textOf } from "./visible.js";

const ROUND_MS = 2_000; // the page's interval
const PEERINGS = /\/v1\/peerings/;

const all = suite();
let browser;
before(async () => {
  browser = await startBrowser(all);
});

async function start(t, names = ["eu", "us"]) {
  const simulator = await simulate(t, { clusters: names, speed: 20 });
  await Promise.all(names.map((name) => generateToken(simulator.clusters[name], { peer_name: `of-${name}` })));
  return simulator;
}
const open = async (t, simulator, options) => openPage(t, browser, await servePage(t, behind(simulator)), options);
const status = (page, alias) => textOf(page.locator("#clusters li", { hasText: alias }).locator(".status"));
const until = (page, alias, text) => page.locator("#clusters li", { hasText: alias }).getByText(text).waitFor();

/** Clusters whose requests for peerings wait until the test releases them. */
function holdable(clusters) {
  let release;
  let released = Promise.resolve();
  for (const cluster of Object.values(clusters)) {
    cluster.fetch = async (url, init) => {
      if (PEERINGS.test(url)) await released;
      return fetch(url, init);
    };
  }
  return {
    hold: () => void (released = new Promise((resolve) => (release = resolve))),
    release: () => release(),
  };
}

/** Records announcements to screen readers in `said`. */
const noteAnnouncements = (page) =>
  page.evaluate(() => {
    globalThis.said = [];
    for (const id of ["polite", "assertive"]) {
      const region = document.getElementById(id);
      const note = () => region.textContent && globalThis.said.push(`${id}: ${region.textContent}`);
      new MutationObserver(note).observe(region, { childList: true, characterData: true, subtree: true });
    }
  });

// Most of the time of each test is spent waiting for the page's next request.
describe("how sure the page is", { concurrency: 2 }, () => {
  test("a server that stops responding: the last data remains, with the time of the last check; it recovers by itself", async (t) => {
    const simulator = await start(t);
    const page = await open(t, simulator);
    await page.locator("tbody tr").nth(1).waitFor();
    await noteAnnouncements(page);
    simulator.restart("us", Infinity);
    await until(page, "us", "no response");
    const notice = page.locator(".notice");
    assert.match(await textOf(notice), /^No response from us \(.+\)\. Last checked at \d.*\. Retrying every 5 s\./);
    assert.equal(await page.locator("tbody tr").count(), 2);
    assert.equal(await status(page, "eu"), "up to date");
    simulator.restart("us", 0);
    await until(page, "us", "up to date");
    await notice.waitFor({ state: "detached" });
    await page.waitForFunction(() => globalThis.said.length >= 2);
    assert.deepEqual(await page.evaluate(() => globalThis.said), [
      "assertive: No response from us.",
      "polite: us responds again.",
    ]);
  });

  test("a server that is slow before it stops responding is announced as well", async (t) => {
    const simulator = await start(t);
    const clusters = behind(simulator);
    const { us } = clusters;
    const { hold, release } = holdable({ us });
    const page = await openPage(t, browser, await servePage(t, clusters));
    await until(page, "us", "up to date");
    await noteAnnouncements(page);
    hold();
    await until(page, "us", "slow");
    simulator.restart("us", Infinity);
    release();
    await until(page, "us", "no response");
    simulator.restart("us", 0);
    await until(page, "us", "up to date");
    await page.waitForFunction(() => globalThis.said.length >= 2);
    assert.deepEqual(await page.evaluate(() => globalThis.said), [
      "assertive: No response from us.",
      "polite: us responds again.",
    ]);
  });

  test("a cluster that fails slowly is never reported as the server of this page, also between two attempts", async (t) => {
    const simulator = await start(t);
    const clusters = behind(simulator);
    let asked = 0;
    clusters.us.fetch = async (url) => {
      if (PEERINGS.test(url)) asked++;
      await sleep(700);
      const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
      throw new TypeError("fetch failed", { cause });
    };
    const page = await openPage(t, browser, await servePage(t, clusters));
    await page.evaluate(() => {
      globalThis.said = new Set();
      const note = () => document.querySelectorAll(".notice").forEach(({ textContent }) => said.add(textContent));
      new MutationObserver(note).observe(document.getElementById("main"), { subtree: true, childList: true, characterData: true }); // prettier-ignore
      note();
    });
    await until(page, "us", "no response");
    const before = asked;
    while (asked < before + 4) await sleep(50);
    const said = await page.evaluate(() => [...globalThis.said]);
    assert.ok(
      said.some((text) => text.startsWith("No response from us (connection refused).")),
      said.join("\n"),
    );
    assert.deepEqual(said.filter((text) => text.includes("server of this page")), []); // prettier-ignore
  });

  test("a slow response is reported as slow with its duration, and not as a failure", async (t) => {
    const simulator = await start(t);
    const clusters = behind(simulator);
    const { us } = clusters;
    const { hold, release } = holdable({ us });
    hold();
    const page = await openPage(t, browser, await servePage(t, clusters));
    await until(page, "us", "slow");
    await until(page, "eu", "up to date");
    assert.match(await textOf(page.locator(".notice")), /us is slow: no response for \d+ s\./);
    assert.equal(await page.locator("tbody tr").count(), 1);
    release();
    await until(page, "us", "up to date");
    assert.equal(await page.locator("tbody tr").count(), 2);
  });

  test("a list with an invalid item: reports the item and the reason, and that the cluster responds", async (t) => {
    const simulator = await start(t);
    await generateToken(simulator.clusters.eu, { peer_name: "second" });
    const clusters = behind(simulator);
    clusters.eu.fetch = async (url, init) => {
      const response = await fetch(url, init);
      if (!PEERINGS.test(url)) return response;
      const list = await response.json();
      return Response.json(list.map((each) => (each.Name === "second" ? { ...each, ID: "abc", Name: "" } : each)));
    };
    const page = await openPage(t, browser, await servePage(t, clusters));
    await until(page, "eu", "error");
    await until(page, "us", "up to date");
    const text = await textOf(page.locator(".notice"));
    assert.match(text, /^eu returns an error \(not a response from Consul\)\. Next attempt in \d+ s\./);
    assert.match(text, /list of peerings: item 2 has no Name \(its ID is "abc"\)/);
    await until(page, "us", "up to date");
  });

  test("a page of a proxy with status 200 does not confirm the data: the time of the last check remains", async (t) => {
    const simulator = await start(t);
    const clusters = behind(simulator);
    let requests = 0;
    clusters.us.fetch = (url, init) => {
      if (PEERINGS.test(url)) requests++;
      return fetch(url, init);
    };
    const page = await openPage(t, browser, await servePage(t, clusters));
    await until(page, "us", "up to date");
    await noteAnnouncements(page);
    const match = { cluster: "us", path: "/v1/peerings" };
    simulator.fault({ kind: "proxy_page", status: 200, match, times: Infinity });
    await until(page, "us", "error");
    const checked = async () => /Last checked at [^.]+/.exec(await textOf(page.locator(".notice")))[0];
    const [first, before] = [await checked(), requests];
    while (requests < before + 4) await sleep(50);
    assert.equal(await checked(), first);
    assert.deepEqual(
      (await page.evaluate(() => globalThis.said)).filter((text) => text.includes("again")),
      [],
    );
  });

  test("peerings that are created or deleted elsewhere appear and disappear by themselves", async (t) => {
    const simulator = await start(t);
    const page = await open(t, simulator);
    await page.locator("tbody tr").nth(1).waitFor();
    await generateToken(simulator.clusters.eu, { peer_name: "another" });
    await page.getByRole("link", { name: "another" }).waitFor();
  });

  test("a hidden page sends no requests; when it becomes visible, it sends one immediately", async (t) => {
    const simulator = await start(t);
    const page = await open(t, simulator, { hasClock: true });
    await page.locator("tbody tr").nth(1).waitFor();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    const turn = (hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { value, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await turn(true);
    asked.length = 0;
    await page.clock.runFor(2 * ROUND_MS);
    assert.deepEqual(asked, []);
    await generateToken(simulator.clusters.eu, { peer_name: "meanwhile" });
    await turn(false);
    await page.getByRole("link", { name: "meanwhile" }).waitFor();
    assert.ok(asked.length >= 2);
  });

  test("with many slow clusters, background requests never occupy the last connection", async (t) => {
    const names = Array.from({ length: 9 }, (_, i) => `dc${i + 1}`);
    const simulator = await start(t, names);
    const clusters = behind(simulator);
    const { hold, release } = holdable(clusters);
    const page = await openPage(t, browser, await servePage(t, clusters));
    await page.locator("tbody tr").nth(8).waitFor();
    const under = new Set();
    page.on("request", (request) => under.add(request));
    for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => under.delete(request));
    hold();
    await until(page, "dc9", "slow");
    // An action of the user completes before any of the slow reads. These occupy four of six connections, and a permission
    // check one more.
    while (under.size > 5) await sleep(20);
    const before = [...under];
    assert.equal(before.filter((request) => PEERINGS.test(request.url())).length, 4);
    assert.equal(await page.evaluate(async () => (await fetch("clusters/dc1/v1/catalog/datacenters")).status), 200);
    assert.deepEqual(before.filter((request) => PEERINGS.test(request.url()) && !under.has(request)), []); // prettier-ignore
    release();
    for (const name of names) await until(page, name, "up to date");
  });

  test("four silent clusters do not keep the others from being read", async (t) => {
    const names = Array.from({ length: 6 }, (_, i) => `dc${i + 1}`);
    const silent = names.slice(0, 4);
    const simulator = await start(t, names);
    const clusters = behind(simulator);
    const polls = Object.fromEntries(names.map((name) => [name, 0]));
    for (const [name, cluster] of Object.entries(clusters)) {
      cluster.fetch = async (url, init) => {
        if (PEERINGS.test(url)) polls[name]++;
        if (!silent.includes(name)) return fetch(url, init);
        return new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
      };
    }
    const silentPolls = () => silent.reduce((sum, name) => sum + polls[name], 0);
    const page = await openPage(t, browser, await servePage(t, clusters), { hasClock: true });
    while (silentPolls() < 4) await sleep(20);
    await page.clock.pauseAt(await page.evaluate(() => Date.now() + 5_000));
    await page.clock.runFor(10_000); // the timeout of a poll
    for (const name of ["dc5", "dc6"]) {
      while (/reading|slow/.test(await status(page, name))) {
        await page.clock.runFor(20);
        await sleep(20); // the page's time passes no faster than that of its requests
      }
      assert.equal(await status(page, name), "up to date");
    }
    await page.clock.resume();
    while (silentPolls() < 7) await sleep(20); // retried, and silent again
    const { dc5, dc6 } = polls;
    while (polls.dc5 < dc5 + 2 || polls.dc6 < dc6 + 2) await sleep(20);
    for (const name of silent) assert.equal(await status(page, name), "no response");
  });
});
