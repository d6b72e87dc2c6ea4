// The page with two real Consul clusters: served by `serve`, by Consul (-ui-dir), and by a static host with CORS.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { startAgents } from "../consul/agent.js";
import { connect } from "../../pkg/node.js";
import { aclToken } from "../node/secrets.js";
import { openPage, PAGE, servePage, startBrowser, suite } from "./browser.js";
import { staticHost } from "./static-host.js";
import { textOf, textsOf } from "./visible.js";

const RESTARTED_WITHIN_MS = 60_000;

const all = suite();
let browser, agents, host;
before(async () => {
  host = await staticHost(all);
  const cors = {
    "Access-Control-Allow-Origin": host.origin,
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, X-Consul-Token",
    "Access-Control-Expose-Headers": "X-Consul-Index",
  };
  // With a data directory, because a dev agent serves Consul's own UI.
  const config = { ui_config: { dir: PAGE }, http_config: { response_headers: cors } };
  const [started] = await Promise.all([
    startAgents([
      { name: "eu", config, data: true, acl: true },
      { name: "us", config, data: true },
    ]),
    startBrowser(all).then((it) => (browser = it)),
  ]);
  all.after(started.stop);
  agents = started.agents;
  aclToken(agents.eu.token);
  await connect(
    { cluster: { address: agents.eu.address, token: agents.eu.token }, peer_name: "us" },
    { cluster: agents.us.address, peer_name: "eu", meta: { team: "payments" } },
  );
});

const names = (page) => textsOf(page.locator("tbody .name"));

test("serve: both sides of a peering, its certificate, its services", async (t) => {
  const { eu, us } = agents;
  const clusters = { eu: { address: eu.address, token: eu.token }, us: { address: us.address } };
  const page = await openPage(t, browser, await servePage(t, clusters), { hash: "#/us/eu", secrets: [eu.token] });
  await page.locator(".facts").waitFor();
  assert.equal(await textOf(page.locator(".head .badge")), "ACTIVE");
  const facts = await textOf(page.locator(".facts"));
  assert.match(facts, /On us\s+On eu/);
  assert.match(facts, /CN=pri-.*valid from .* to .*20\d\d/s);
  assert.match(facts, /team=payments/);
  assert.doesNotMatch(facts, /cannot be read/);
});

test("-ui-dir: the page shows the agent's cluster, and sends requests only to it", async (t) => {
  const page = await openPage(t, browser, `${agents.us.address}/ui/`);
  await page.locator("tbody tr").waitFor();
  assert.deepEqual(await names(page), ["eu"]);
  await page.getByRole("link", { name: "eu", exact: true }).first().click();
  await page.locator(".health").waitFor();
  assert.equal(new URL(page.url()).hash, "#/consul/eu");
});

test("-ui-dir with ACLs: the page asks for an ACL token, and stores it nowhere", async (t) => {
  const { address, token } = agents.eu;
  const page = await openPage(t, browser, `${address}/ui/`, { hash: "#/consul", secrets: [token] });
  await page.locator(".notice", { hasText: "no ACL token is in use" }).waitFor();
  await page.getByLabel("ACL token for consul").fill(token);
  await page.getByRole("button", { name: "Use this ACL token" }).click();
  await page.getByText("Can read and change peerings.").waitFor();
  assert.deepEqual(await names(page), ["us"]);
});

test("static host: the page reads the clusters of its clusters.json", async (t) => {
  const { eu, us } = agents;
  const origins = [eu.address, us.address];
  host.configure({ eu: { address: eu.address }, us: { address: us.address } });
  const observed = await openPage(t, browser, host.url, { origins, secrets: [eu.token] });
  await observed.locator("tbody tr").waitFor();
  assert.deepEqual(await names(observed), ["us → eu"]);
  const notice = observed.locator(".notice", { hasText: "no ACL token is in use" });
  await notice.getByRole("link", { name: "Enter an ACL token" }).click();
  await observed.getByLabel("ACL token for eu").fill(eu.token);
  await observed.getByRole("button", { name: "Use this ACL token" }).click();
  await observed.getByText("Can read and change peerings.").waitFor();
  assert.deepEqual(await names(observed), ["us"]);
});

test("a server that is killed and restarted", async (t) => {
  const { eu, us } = agents;
  const clusters = { eu: { address: eu.address, token: eu.token }, us: { address: us.address } };
  const page = await openPage(t, browser, await servePage(t, clusters));
  const statusText = (text) => page.locator("#clusters li", { hasText: "us" }).getByText(text);
  await statusText("up to date").waitFor();
  await us.kill();
  await statusText("no response").waitFor();
  assert.deepEqual(await names(page), ["us → eu"], "what was observed of it stays");
  await page.locator(".notice").getByText("Last checked at").waitFor();
  await us.restart();
  await statusText("up to date").waitFor({ timeout: RESTARTED_WITHIN_MS });
  await page.locator(".notice").waitFor({ state: "detached" });
  assert.deepEqual(await names(page), ["us → eu"]);
});
