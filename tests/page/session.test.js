// The session at the server of this page: its end is said once, not once for each cluster, and it can be ended.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, outcome, press } from "./dialogs.js";
import { behind, simulate } from "./scenes.js";
import { assertVisible, textOf, textsOf } from "./seen.js";

const OVER = "Signed out: open the new link or sign in.";

const all = suite();
let browser;
before(async () => void (browser = await startBrowser(all)));

async function opened(t) {
  const simulator = await simulate(t, { clusters: ["eu", "us", "ap"] });
  const page = await openPage(t, browser, await servePage(t, behind(simulator)));
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

test("a session that has ended is one message, with the way to sign in, whatever the number of clusters", async (t) => {
  const page = await opened(t);
  await forget(page);
  const over = page.locator(".over");
  await over.waitFor();
  assert.match(await textOf(over), new RegExp(`^${OVER}\\s+Sign in$`));
  assert.deepEqual(await textsOf(page.locator(".notices .notice")), []);
  assert.equal(await page.getByText("ACL token").count(), 0);
  assert.equal(new URL(await over.getByRole("link", { name: "Sign in" }).evaluate(({ href }) => href)).pathname, "/");
  // Nothing is asked any more.
  const asked = [];
  page.on("request", (request) => /\/v1\//.test(request.url()) && asked.push(request.url()));
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.evaluate(() => void (location.hash = "#/eu"));
  await page.locator(".panel").waitFor();
  assert.deepEqual(asked, []);
});

test("an action without a session says the same", async (t) => {
  const page = await opened(t);
  await page.evaluate(() => void (location.hash = "#/eu"));
  await act(page, "Make a token");
  await field(page, "Name of the other cluster on eu").fill("us");
  await page.route("**/v1/peering/**", (route) =>
    route.fulfill({ status: 401, headers: { "Consul-Peering-Session": "none" }, body: "" }),
  );
  await press(page, "Make a token");
  assert.equal(await outcome(page), OVER);
  await press(page, "Cancel");
  await dialogOf(page).waitFor({ state: "detached" });
  await assertVisible(page.locator(".over"));
});

test("a 401 of a Consul does not end the session", async (t) => {
  const simulator = await simulate(t, { clusters: [{ name: "eu", acl: true }] });
  const page = await openPage(t, browser, await servePage(t, behind(simulator)));
  await page.route("**/v1/peerings*", (route) => route.fulfill({ status: 401, body: "ACL support disabled" }));
  await page.locator(".notices .notice").waitFor();
  assert.equal(await page.locator(".over").count(), 0);
});

test("signed out at the server itself, another tab says so as well", async (t) => {
  const page = await opened(t);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.locator("#clusters").getByText("up to date").nth(2).waitFor();
  await act(page, "Sign out");
  await page.locator(".over").waitFor();
  await other.locator(".over").waitFor();
  await page.locator(".over").getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "The link was used" }).waitFor();
  assert.equal(await page.title(), "The link was used · Consul peering");
});

test("Sign out ends the session; where the server does not confirm it, that is said", async (t) => {
  const page = await opened(t);
  await page.route("**/sign-out", (route) => route.fulfill({ status: 500, body: "" }), { times: 1 });
  await act(page, "Sign out");
  await page.locator("#assertive", { hasText: "Signing out failed" }).waitFor({ state: "attached" });
  await assertVisible(page.getByText("Signing out failed").first());
  assert.equal(await page.locator(".over").count(), 0);
  const sent = page.waitForRequest("**/sign-out");
  await page.route("**/sign-out", (route) =>
    route.fulfill({ status: 200, headers: { "Consul-Peering-Session": "none" }, body: "Signed out." }),
  );
  await act(page, "Sign out");
  const request = await sent;
  assert.deepEqual([request.method(), request.headers()["content-type"]], ["POST", "application/json"]);
  await page.locator(".over").waitFor();
  assert.equal(await page.getByRole("button", { name: "Sign out" }).count(), 0);
});

test("a server of this page that does not respond is one message, too", async (t) => {
  const page = await opened(t);
  await page.route("**/clusters/**", (route) => route.abort("connectionrefused"));
  await page.locator(".notices .notice").first().waitFor();
  await page.locator("#clusters").getByText("no response").nth(2).waitFor();
  assert.deepEqual(await textsOf(page.locator(".notices .notice p")), [
    "The server of this page does not respond. Retrying every 5 s.",
  ]);
});
