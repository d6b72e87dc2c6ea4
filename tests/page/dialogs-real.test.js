// The actions of the page on two real Consul clusters, one with ACLs and one without.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { startAgents } from "../consul/agent.js";
import { connect, disconnect, generateToken, inspectToken, list, read, remove } from "../../pkg/node.js";
import { aclToken, peeringToken } from "../node/secrets.js";
import { openPage, servePage, startBrowser, suite } from "./browser.js";
import { act, dialogOf, field, announced, outcome, press, unfold } from "./dialogs.js";
import { textOf, textsOf, untilFocusOn, valueOf } from "./visible.js";

const all = suite();
let browser, eu, us, reader, writer;
before(async () => {
  const [started] = await Promise.all([
    startAgents([{ name: "eu", acl: true }, { name: "us" }]),
    startBrowser(all).then((it) => (browser = it)),
  ]);
  all.after(started.stop);
  const { agents } = started;
  aclToken(agents.eu.token);
  [eu, us] = [agents.eu, agents.us].map(({ address, token }) => ({ address, token }));
  [reader, writer] = await Promise.all(["read", "write"].map((right) => tokenFor(right)));
});

/** An ACL token of eu with this policy for peerings only. */
async function tokenFor(right) {
  const put = async (path, body) => {
    const headers = { "X-Consul-Token": eu.token };
    const answer = await fetch(eu.address + path, { method: "PUT", headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 200);
    return answer.json();
  };
  await put("/v1/acl/policy", { Name: right, Rules: `peering = "${right}"` });
  return aclToken((await put("/v1/acl/token", { Policies: [{ Name: right }] })).SecretID);
}

const pair = (more) => [
  { cluster: eu, peer_name: "us", ...more },
  { cluster: us, peer_name: "eu" },
];

async function opened(t, { isTyped = false, secrets = [], ...options } = {}) {
  const clusters = { eu: { address: eu.address, token: isTyped ? undefined : writer }, us: { address: us.address } };
  secrets.push(eu.token, reader, writer);
  return openPage(t, browser, await servePage(t, clusters), { secrets, ...options });
}

test("connect shows its plan, then its progress until both sides are ACTIVE; rotate; disconnect", async (t) => {
  t.after(() => disconnect(...pair(), { force: true }));
  const page = await opened(t);
  await act(page, "Connect");
  await unfold(page);
  await field(page, "Meta on us").fill("team = payments\nenv=production");
  await press(page, "Show the plan");
  const plan = dialogOf(page).locator(".plan");
  await plan.waitFor();
  assert.deepEqual(await textsOf(plan.locator("li strong")), [
    "Generate a peering token for “us” on eu",
    "Establish “eu” on us",
  ]);
  assert.deepEqual(await list(us), [], "a plan changes nothing");
  await press(page, "Connect");
  assert.match(await outcome(page), /^eu and us are connected: ACTIVE on both sides\./);
  await announced(page, "eu and us are connected");
  assert.match((await textsOf(dialogOf(page).locator(".steps li"))).join("\n"), /us: establishing "eu" with the token/);
  const [before] = await list(us);
  assert.deepEqual([before.state, before.meta], ["ACTIVE", { team: "payments", env: "production" }]);

  await dialogOf(page).getByRole("link", { name: "View on us" }).click();
  await page.locator(".head .badge", { hasText: "ACTIVE" }).waitFor();
  assert.equal(new URL(page.url()).hash, "#/us/eu");
  assert.equal(await page.locator("dialog").count(), 0);

  await act(page, "Connect");
  await field(page, "External addresses of us").waitFor({ state: "attached" });
  await press(page, "Show the plan");
  assert.match(await outcome(page), /^Nothing to do: the clusters are already connected/);
  assert.match(await outcome(page), /in the opposite direction: us dials eu/);
  assert.equal((await list(us))[0].modify_index, before.modify_index);
  await press(page, "Done");

  await act(page, "Rotate");
  await press(page, "Rotate");
  const addresses = field(page, "External addresses of eu");
  assert.equal(await addresses.getAttribute("aria-invalid"), "true", "that there are none must be said");
  assert.equal(await dialogOf(page).locator(".problem, .steps li").count(), 0, "no call was made");
  await field(page, "None: the servers are reached at their own addresses").check();
  await press(page, "Rotate");
  assert.match(await outcome(page), /^eu and us have a new secret: ACTIVE on both sides\./);
  const [after] = await list(us);
  assert.deepEqual([after.id, after.meta], [before.id, before.meta], "in place");
  assert.ok(after.modify_index > before.modify_index);
  await press(page, "Done");

  await act(page, "Delete");
  const text = await textsOf(dialogOf(page).locator("li"));
  assert.match(
    text.join("\n"),
    /On us, “eu” is deleted.*On eu, “us” is deleted.*Unused peering tokens of this peering become invalid/s,
  );
  await field(page, "Type eu to confirm").fill("us");
  await press(page, "Delete");
  assert.equal((await list(us)).length, 1, "another name deletes nothing");
  await field(page, "Type eu to confirm").fill("eu");
  await press(page, "Delete");
  assert.equal(await outcome(page), "us and eu are disconnected: both sides were deleted.");
  assert.deepEqual([await list(eu), await list(us)], [[], []]);
  await press(page, "Done");
  await page.locator(".health", { hasText: "Deleted" }).waitFor();
  assert.equal(await page.locator(".head .badge").isVisible(), false, "no other state is shown");
});

test("a peering token is generated, copied, pasted, decoded and used, and is not in the page afterwards", async (t) => {
  t.after(() => disconnect(...pair(), { force: true }));
  const secrets = [];
  const page = await opened(t, { secrets, hash: "#/eu", permissions: ["clipboard-read", "clipboard-write"] });
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on eu").fill("us");
  await press(page, "Generate a peering token");
  assert.match(await outcome(page), /cannot be shown again/);
  const area = field(page, "Peering token");
  assert.match(await valueOf(area), /^•+$/, "masked at first");
  await press(page, "Reveal");
  const token = peeringToken(await valueOf(area));
  secrets.push(token.slice(40, 120), token.slice(-80));
  await press(page, "Hide");
  assert.match(await valueOf(area), /^•+$/);
  await press(page, "Copy the peering token");
  await announced(page, "Copied: the peering token.");
  assert.ok((await page.evaluate(() => navigator.clipboard.readText())) === token);
  await press(page, "Done");

  await page.evaluate(() => void (location.hash = "#/us"));
  await act(page, "Establish");
  await field(page, "Peering token from the other cluster").focus();
  await page.keyboard.press("Control+V");
  const details = dialogOf(page).locator("dl");
  await details.waitFor();
  const { server_addresses, authorities } = inspectToken(token);
  const decoded = await textOf(details);
  assert.match(decoded, /eu, generated by eu for its peering “us”/);
  assert.ok(decoded.includes(server_addresses[0]));
  assert.ok(decoded.includes(authorities[0].not_after.slice(0, 4)));
  assert.equal(await valueOf(field(page, "Peer name of the other cluster on us")), "eu");
  await press(page, "Establish");
  assert.match(await outcome(page), /^“eu” on us is ACTIVE\./);
  assert.equal((await read(us, "eu")).state, "ACTIVE");

  // The token is spent.
  await press(page, "Done");
  await act(page, "Establish");
  await field(page, "Peering token from the other cluster").focus();
  await page.keyboard.press("Control+V");
  await field(page, "Peer name of the other cluster on us").fill("eu-again");
  await press(page, "Establish");
  assert.match(await outcome(page), /generate a new one on the accepting cluster/);
  await announced(page, "A peering token works once");
  await page.keyboard.press("Escape");
});

test("a malformed peering token and one of the same cluster are refused before a request", async (t) => {
  const own = peeringToken(await generateToken(us, { peer_name: "far" }));
  t.after(() => remove(us, "far"));
  const page = await opened(t, { hash: "#/us", secrets: [own.slice(-80)] });
  const writes = [];
  page.on("request", (request) => request.url().endsWith("/v1/peering/establish") && writes.push(request.url()));
  await act(page, "Establish");
  const token = field(page, "Peering token from the other cluster");
  await field(page, "Peer name of the other cluster on us").fill("eu");
  for (const [text, finding] of [
    [own.slice(0, -30), /cut off|not whole|base64|JSON/],
    [own.slice(1), /base64|JSON|peering token/],
    [own, /This cluster generated this peering token itself, for its peering “far”/],
  ]) {
    await token.focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(text);
    assert.match(await textOf(dialogOf(page).locator(".findings .error").first()), finding);
    await press(page, "Establish");
    await untilFocusOn(token); // the field that is wrong
  }
  await page.keyboard.press("Escape");
  assert.deepEqual(writes, []);
  await act(page, "Establish");
  assert.equal(await valueOf(token), "", "a secret is forgotten with the dialog");
  assert.equal(await valueOf(field(page, "Peer name of the other cluster on us")), "eu", "nothing else is");
  await page.keyboard.press("Escape");
});

test("with peering:read, actions show why they are not permitted; with peering:write, they are permitted", async (t) => {
  t.after(() => disconnect(...pair(), { force: true }));
  await connect(...pair());
  const page = await opened(t, { isTyped: true, hash: "#/eu" });
  const use = async (token) => {
    await page.getByLabel("ACL token for eu").focus();
    await page.keyboard.insertText(token);
    await page.getByRole("button", { name: "Use this ACL token" }).click();
  };
  await page.getByLabel("ACL token for eu").waitFor(); // the cluster has said no
  await use(reader);
  await page.getByText("Can read peerings, but not change them").waitFor();
  for (const name of ["Generate a peering token", "Establish"]) {
    const button = page.getByRole("button", { name, exact: true });
    assert.equal(await button.getAttribute("aria-disabled"), "true");
    await button.click({ force: true });
  }
  assert.equal(await page.locator("dialog").count(), 0);
  // From the other cluster, which has no ACLs: an action on both sides requires peering:write on each.
  await page.evaluate(() => void (location.hash = "#/us/eu"));
  await act(page, "Delete");
  await dialogOf(page)
    .getByText(/Changing peerings of eu requires an ACL token with peering:write/)
    .waitFor();
  const go = dialogOf(page).getByRole("button", { name: "Delete", exact: true });
  await field(page, "Type eu to confirm").fill("eu");
  assert.equal(await go.getAttribute("aria-disabled"), "true");
  const described = await go.evaluate((button) =>
    button
      .getAttribute("aria-describedby")
      .split(" ")
      .map((id) => document.getElementById(id)?.innerText),
  );
  assert.match(described.join(), /peering:write/);
  await go.click({ force: true });
  assert.equal((await list(us)).length, 1);
  await page.keyboard.press("Escape");
  await page.evaluate(() => void (location.hash = "#/eu"));
  await use(writer);
  await page.getByText("Can read and change peerings.").waitFor();
  await page.evaluate(() => void (location.hash = "#/us/eu"));
  await act(page, "Delete");
  assert.equal(await valueOf(field(page, "Type eu to confirm")), "", "what confirms is typed each time");
  await field(page, "Type eu to confirm").fill("eu");
  await press(page, "Delete");
  assert.match(await outcome(page), /both sides were deleted/);
});
