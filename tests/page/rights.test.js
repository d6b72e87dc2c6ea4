// ACL tokens and their permissions: entered on the page, or added by its server.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { generateToken } from "../../pkg/node.js";
import { aclToken } from "../node/secrets.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { simulate } from "./scenes.js";
import { textsOf, untilFocusOn, valueOf } from "./visible.js";

const [READER, WRITER, POWERLESS, UNKNOWN, MANAGER] = Array.from({ length: 5 }, () => aclToken(randomUUID()));
const secrets = [READER, WRITER, POWERLESS, UNKNOWN, MANAGER];

const all = suite();
let browser, eu, open;
before(async () => {
  const tokens = { [READER]: { peering: "read" }, [WRITER]: { peering: "write" }, [POWERLESS]: {} };
  const acl = { management: MANAGER, tokens };
  const started = await Promise.all([
    startBrowser(all),
    // A denied read takes as long as on a real Consul.
    simulate(all, { clusters: [{ name: "eu", acl }, "us"], speed: 1 }),
  ]);
  browser = started[0];
  eu = started[1].clusters.eu;
  open = started[1].clusters.us;
  await generateToken(eu, { peer_name: "us" });
  await generateToken(open, { peer_name: "elsewhere" });
});

async function opened(t, { token, hash = "#/eu" } = {}) {
  const clusters = { eu: { address: eu.address, token }, us: { address: open.address } };
  return openPage(t, browser, await servePage(t, clusters), { hash, secrets });
}

/** The field is expanded because the cluster denied access. */
async function type(page, token) {
  await page.getByLabel("ACL token for eu").fill(token);
  await page.getByRole("button", { name: "Use this ACL token" }).click();
}
const until = (page, text) => page.getByText(text).first().waitFor();

test("a cluster that denies anonymous access shows a field for an ACL token; the others are shown", async (t) => {
  const page = await opened(t, { hash: "#/" });
  const notice = page.locator(".notice");
  await notice.getByText("eu cannot be read: no ACL token is in use.").waitFor();
  assert.deepEqual(await textsOf(page.locator("tbody .name")), ["elsewhere → us"]);
  await notice.getByRole("link", { name: "Enter an ACL token" }).click();
  const field = page.getByLabel("ACL token for eu");
  await field.waitFor();
  assert.equal(await field.getAttribute("type"), "password");
  await page.getByRole("button", { name: "Use this ACL token" }).click();
  await until(page, "A value is required.");
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await untilFocusOn(field);
});

test("peering:read: all peerings are shown, with the reason why they cannot be changed", async (t) => {
  const page = await opened(t);
  await type(page, READER);
  await until(page, "Can read peerings, but not change them");
  assert.deepEqual(await textsOf(page.locator("tbody .name")), ["us"]);
  assert.equal(await valueOf(page.getByLabel("ACL token for eu")), "");
  await page.getByRole("link", { name: "us", exact: true }).first().click();
  await page.locator(".facts").waitFor();
  const offered = page.locator("#peering-actions button");
  assert.deepEqual(await textsOf(offered), ["Delete"]);
  for (const each of await offered.all()) assert.equal(await each.getAttribute("aria-disabled"), "true");
  await until(page, "Changing peerings of eu requires an ACL token with peering:write.");
});

test("peering:write: actions are permitted, until the ACL token is removed", async (t) => {
  const page = await opened(t);
  await type(page, `  ${WRITER}\n`);
  await until(page, "Can read and change peerings.");
  await until(page, "Entered by you.");
  await page.getByRole("button", { name: "Remove this ACL token" }).click();
  await until(page, "None: requests are anonymous.");
  await until(page, "Cannot read peerings: no ACL token is in use.");
  assert.equal(await page.locator("tbody tr").count(), 0, "what was observed with it is gone, too");
  await page.reload();
  await until(page, "None: requests are anonymous.");
});

test("the view of a peering shows no data of an ACL token that was removed", async (t) => {
  const page = await opened(t);
  await type(page, READER);
  await page.getByRole("link", { name: "us", exact: true }).first().click();
  await page.locator(".facts").waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Remove this ACL token" }).click();
  await until(page, "Cannot read peerings: no ACL token is in use.");
  await page.goForward();
  await page.getByRole("heading", { name: "eu’s peering with us" }).waitFor();
  await until(page, "Reading eu.");
  assert.equal(await page.locator(":is(.facts, .health)").count(), 0);
  assert.equal(await page.locator(".head .badge").isVisible(), false);
});

test("an ACL token without permissions and an unknown one have different messages", async (t) => {
  const page = await opened(t);
  await type(page, POWERLESS);
  await until(page, "Cannot read peerings: the ACL token lacks peering:read.");
  await type(page, UNKNOWN);
  await page.locator(".notice", { hasText: /rejected the ACL token/ }).waitFor();
});

test("without a field if the server adds the ACL token", async (t) => {
  const page = await opened(t, { token: READER });
  await until(page, "Added by the server of this page");
  await until(page, "Can read peerings, but not change them");
  assert.equal(await page.getByText("Enter an ACL token").isVisible(), false);
  assert.equal(await page.locator("tbody tr").count(), 1);
});

test("a dialog whose cluster refuses the ACL token links to the field for one", async (t) => {
  const page = await opened(t, { token: POWERLESS, hash: "#/us" });
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  const dialog = page.locator("dialog[open]");
  await dialog.getByRole("button", { name: "Show the plan" }).click();
  await dialog.getByRole("link", { name: "Enter an ACL token" }).click();
  assert.equal(await page.evaluate(() => location.hash), "#/eu");
  assert.equal(await page.locator("dialog[open]").count(), 0);
});
