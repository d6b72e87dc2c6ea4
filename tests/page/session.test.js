// The session with the server of this page: its end is reported once instead of per cluster, and the user can sign out.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect } from "../../pkg/node.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, outcome, press } from "./dialogs.js";
import { behind, simulate } from "./scenes.js";
import { assertVisible, textsOf } from "./visible.js";

const OVER = "You are signed out.";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

async function opened(t, { isLinked = false, ...options } = {}) {
  const simulator = await simulate(t, { clusters: ["eu", "us", "ap"] });
  const { eu, us } = simulator.clusters;
  if (isLinked) await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  const page = await openPage(t, browser, await servePage(t, behind(simulator)), options);
  await page.locator("#clusters").getByText("up to date").nth(2).waitFor();
  return page;
}

/** The server's response to a browser without a session. */
const forget = (page) =>
  page.route("**/clusters/**", (route) =>
    route.fulfill({
      status: 401,
      headers: { "Consul-Peering-Session": "none" },
      body: "This browser is not signed in.",
    }),
  );

/** When the page becomes visible, it reads every cluster. */
const askNow = (page) => page.evaluate(() => void document.dispatchEvent(new Event("visibilitychange")));

/** All visible text, line by line. */
const observed = async (page) =>
  (await textsOf(page.locator("body > :not(.skip, .visually-hidden)")))
    .join("\n")
    .trim()
    .split(/\s*\n\s*/);

/** Only the link to sign in is visible, and the document contains no data. */
async function assertSignedOut(page) {
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  assert.deepEqual(await observed(page), ["Consul peering", OVER, "Sign in"]);
  assert.doesNotMatch(await page.evaluate(() => document.body.textContent), /\b(eu|us|ap|ACTIVE|slow)\b/);
  assert.equal(await page.title(), "Consul peering");
  const { width } = await page.locator("main").boundingBox();
  assert.ok(width > page.viewportSize().width / 2, `${width} px: not in the column of the clusters`);
}

for (const hash of ["#/", "#/eu", "#/eu/us", "#topology", "#topology?view=matrix"]) {
  test(`after the end of the session, the page shows only the link to sign in: ${hash}`, async (t) => {
    const page = await opened(t, { isLinked: true, hash });
    await forget(page);
    await askNow(page);
    await assertSignedOut(page);
    const { pathname } = new URL(await page.getByRole("link", { name: "Sign in" }).evaluate(({ href }) => href));
    assert.equal(pathname, "/");
    // The page sends no more requests, and no address shows the data.
    const asked = [];
    page.on("request", (request) => /\/v1\//.test(request.url()) && asked.push(request.url()));
    await askNow(page);
    await page.evaluate(() => void (location.hash = "#/us"));
    await page.waitForFunction(() => document.activeElement.matches("main h1"));
    await assertSignedOut(page);
    assert.deepEqual(asked, []);
  });
}

test("the end of the session closes dialogs, except for one with a peering token that was not copied", async (t) => {
  const page = await opened(t, { hash: "#/eu" });
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on eu").fill("elsewhere");
  await forget(page);
  await page.locator("dialog").waitFor({ state: "detached" }); // not open, it may still be in the document
  await assertSignedOut(page);

  const other = await opened(t, { hash: "#/eu" });
  await act(other, "Generate a peering token");
  await field(other, "Peer name of the other cluster on eu").fill("elsewhere");
  await press(other, "Generate a peering token");
  await outcome(other);
  await forget(other);
  await dialogOf(other).locator("p", { hasText: "The peering token is not copied yet" }).waitFor();
  await press(other, "Close without copying");
  await other.locator("dialog").waitFor({ state: "detached" });
  await assertSignedOut(other);
});

test("an action that fails because the session has ended shows the leftovers, and no further actions", async (t) => {
  const page = await opened(t);
  await act(page, "Connect");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await page.route("**/v1/peering/establish", async (route) => {
    await forget(page);
    await route.fallback();
  });
  await press(page, "Connect");
  const text = await outcome(page);
  assert.ok(text.startsWith(OVER), text);
  assert.match(text, /Left behind\s+“eu” on us: .+\.\s+“us” on eu: .+\.\s+Connect again to continue\.$/);
  assert.deepEqual(await textsOf(dialogOf(page).locator("button:visible, input:visible, select:visible")), [
    "×",
    "Done",
  ]);
  await press(page, "Done");
  await page.locator("dialog").waitFor({ state: "detached" }); // not open, it may still be in the document
  await assertSignedOut(page);
});

test("a 401 of Consul does not end the session", async (t) => {
  const simulator = await simulate(t, { clusters: [{ name: "eu", acl: true }] });
  const clusters = behind(simulator);
  let count = 0;
  clusters.eu.fetch = (url, init) => {
    if (!new URL(url).pathname.startsWith("/v1/peerings")) return fetch(url, init);
    count++;
    return new Response("ACL support disabled", { status: 401 });
  };
  const page = await openPage(t, browser, await servePage(t, clusters));
  await page.locator(".notice", { hasText: "Consul returned 401" }).waitFor();
  assert.ok(count > 0);
  assert.equal(await page.getByText(OVER).count(), 0);
});

test("signing out in one tab ends the session in the other", async (t) => {
  const page = await opened(t);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.locator("#clusters").getByText("up to date").nth(2).waitFor();
  await act(page, "Sign out");
  await assertSignedOut(page);
  await assertSignedOut(other);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Not signed in" }).waitFor();
  assert.equal(await page.title(), "Not signed in · Consul peering");
});

test("Sign out ends the session, or reports that the server did not confirm it", async (t) => {
  const page = await opened(t);
  await page.route("**/sign-out", (route) => route.fulfill({ status: 500, body: "" }), { times: 1 });
  await act(page, "Sign out");
  await page.locator("#assertive", { hasText: "Signing out failed" }).waitFor({ state: "attached" });
  await assertVisible(page.getByText("Signing out failed").first());
  assert.equal(await page.getByText(OVER).count(), 0);
  const sent = page.waitForRequest("**/sign-out");
  await page.route("**/sign-out", (route) =>
    route.fulfill({ status: 200, headers: { "Consul-Peering-Session": "none" }, body: "Signed out." }),
  );
  await act(page, "Sign out");
  const request = await sent;
  assert.deepEqual([request.method(), request.headers()["content-type"]], ["POST", "application/json"]);
  await assertSignedOut(page);
});

test("a server of this page that does not respond is reported once", async (t) => {
  const page = await opened(t);
  await page.route("**/clusters/**", (route) => route.abort("connectionrefused"));
  await page.locator(".notices .notice").first().waitFor();
  await page.locator("#clusters").getByText("no response").nth(2).waitFor();
  assert.deepEqual(await textsOf(page.locator(".notices .notice p")), [
    "No response from the server of this page. Retrying every 5 s.",
  ]);
});
