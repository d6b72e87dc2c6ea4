// The session at the server of this page: its end is said once, not once for each cluster, and it can be ended.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connect } from "../../pkg/node.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, outcome, press } from "./dialogs.js";
import { behind, simulate } from "./scenes.js";
import { assertVisible, textsOf } from "./seen.js";

const OVER = "Signed out: open the new link or sign in.";

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

/** As the server answers a browser that it does not know any more. */
const forget = (page) =>
  page.route("**/clusters/**", (route) =>
    route.fulfill({
      status: 401,
      headers: { "Consul-Peering-Session": "none" },
      body: "This browser is not signed in.",
    }),
  );

/** A page that is shown again asks every cluster at once. */
const askNow = (page) => page.evaluate(() => void document.dispatchEvent(new Event("visibilitychange")));

/** All that a person sees, line by line. */
const seen = async (page) =>
  (await textsOf(page.locator("body > :not(.skip, .unseen)")))
    .join("\n")
    .trim()
    .split(/\s*\n\s*/);

/** Nothing but the way back in; and of what was read, nothing is left in the document either. */
async function assertSignedOut(page) {
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  assert.deepEqual(await seen(page), ["Consul peering", OVER, "Sign in"]);
  assert.doesNotMatch(await page.evaluate(() => document.body.textContent), /\b(eu|us|ap|ACTIVE|slow)\b/);
  assert.equal(await page.title(), "Consul peering");
}

for (const hash of ["#/", "#/eu", "#/eu/us", "#topology", "#topology?view=matrix"]) {
  test(`a session that has ended leaves the way to sign in, and nothing else: ${hash}`, async (t) => {
    const page = await opened(t, { isLinked: true, hash });
    await forget(page);
    await askNow(page);
    await assertSignedOut(page);
    const { pathname } = new URL(await page.getByRole("link", { name: "Sign in" }).evaluate(({ href }) => href));
    assert.equal(pathname, "/");
    // Nothing is asked any more, and no address leads back to what was read.
    const asked = [];
    page.on("request", (request) => /\/v1\//.test(request.url()) && asked.push(request.url()));
    await askNow(page);
    await page.evaluate(() => void (location.hash = "#/us"));
    await page.waitForFunction(() => document.activeElement.matches("main h1"));
    await assertSignedOut(page);
    assert.deepEqual(asked, []);
  });
}

test("a dialog without a session goes as well; one with a token that was not copied stays for that", async (t) => {
  const page = await opened(t, { hash: "#/eu" });
  await act(page, "Generate a token");
  await field(page, "Name of the other cluster on eu").fill("elsewhere");
  await forget(page);
  await dialogOf(page).waitFor({ state: "detached" });
  await assertSignedOut(page);

  const other = await opened(t, { hash: "#/eu" });
  await act(other, "Generate a token");
  await field(other, "Name of the other cluster on eu").fill("elsewhere");
  await press(other, "Generate a token");
  await outcome(other);
  await forget(other);
  await dialogOf(other).locator("p", { hasText: "The token is not copied yet" }).waitFor();
  await press(other, "Close without copying");
  await dialogOf(other).waitFor({ state: "detached" });
  await assertSignedOut(other);
});

test("an action that ends without a session says so, with what is left behind, and offers nothing more", async (t) => {
  const page = await opened(t);
  await act(page, "Connect");
  await press(page, "Show the plan");
  await dialogOf(page).locator(".plan").waitFor();
  await page.route("**/v1/peering/establish", async (route) => {
    await forget(page);
    await route.fallback();
  });
  await press(page, "Connect");
  const told = await outcome(page);
  assert.ok(told.startsWith(OVER), told);
  assert.match(told, /Left behind\s+“eu” on us: .+\.\s+“us” on eu: .+\.\s+Connect again to continue\.$/);
  assert.deepEqual(await textsOf(dialogOf(page).locator("button:visible, input:visible, select:visible")), [
    "×",
    "Done",
  ]);
  await press(page, "Done");
  await dialogOf(page).waitFor({ state: "detached" });
  await assertSignedOut(page);
});

test("a 401 of a Consul does not end the session", async (t) => {
  const simulator = await simulate(t, { clusters: [{ name: "eu", acl: true }] });
  const page = await openPage(t, browser, await servePage(t, behind(simulator)));
  await page.route("**/v1/peerings*", (route) => route.fulfill({ status: 401, body: "ACL support disabled" }));
  await page.locator(".notices .notice").waitFor();
  assert.equal(await page.getByText(OVER).count(), 0);
});

test("signed out at the server itself, another tab says so as well", async (t) => {
  const page = await opened(t);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.locator("#clusters").getByText("up to date").nth(2).waitFor();
  await act(page, "Sign out");
  await assertSignedOut(page);
  await assertSignedOut(other);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "The link was used" }).waitFor();
  assert.equal(await page.title(), "The link was used · Consul peering");
});

test("Sign out ends the session; where the server does not confirm it, that is said", async (t) => {
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

test("a server of this page that does not respond is one message, too", async (t) => {
  const page = await opened(t);
  await page.route("**/clusters/**", (route) => route.abort("connectionrefused"));
  await page.locator(".notices .notice").first().waitFor();
  await page.locator("#clusters").getByText("no response").nth(2).waitFor();
  assert.deepEqual(await textsOf(page.locator(".notices .notice p")), [
    "No response from the server of this page. Retrying every 5 s.",
  ]);
});
