// The page's server in front of real Consul clusters: ACLs, mutual TLS, blocking calls, a restarting server.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startAgents } from "../consul/agent.js";
import * as consul from "../../pkg/node.js";
import { chooseServed } from "../../pkg/serve/clusters.js";
import { readFiles } from "../../pkg/serve/files.js";
import { readListenAddress } from "../../pkg/serve/listen-address.js";
import { startServer } from "../../pkg/serve/server.js";
import { makeCertificates } from "./certificates.js";
import { write } from "./command-line.js";
import { relayTo } from "./relay.js";
import { aclToken, peeringToken } from "./secrets.js";
import { folderWith, open, PAGE } from "./serving.js";

const BUILT_CONSUL = fileURLToPath(new URL("../../target/consul", import.meta.url));
process.env.CONSUL ??= existsSync(BUILT_CONSUL) ? BUILT_CONSUL : "consul";

const pem = folderWith({});

/** What `troubleshoot` reads, and what sets a scene for it. */
const SERVICES = `
  peering = "write"
  mesh = "write"
  service_prefix "" {
    policy = "write"
    intentions = "write"
  }
  node_prefix "" {
    policy = "read"
  }`;

let started;
let relay;
let server;
let page;
const tokens = {};

/** A server for the clusters of a file, as the command starts it. */
async function serving(clusters) {
  const server = await startServer({
    clusters: chooseServed({ clusters }, {}),
    files: readFiles(folderWith(PAGE)),
    listenAddress: await readListenAddress("127.0.0.1:0"),
  });
  return { ...server, origin: new URL(server.url).origin };
}

before(async () => {
  const { server: own, client } = makeCertificates(pem, "us");
  const mutual = { ...own, verify_incoming: true };
  started = await startAgents([
    { name: "eu", acl: true },
    { name: "us", acl: true, https: true, config: { tls: { https: mutual } } },
  ]);
  const { eu, us } = started.agents;
  for (const [name, agent, rules] of [
    ["reader", eu, 'peering = "read"'],
    ["writer", eu, 'peering = "write"'],
    ["us", us, 'peering = "write"'],
    ["eu-services", eu, SERVICES],
    ["us-services", us, SERVICES],
  ]) {
    tokens[name] = aclToken(await makeToken(agent, name, rules));
    write(`${name}.token`, tokens[name]);
  }
  aclToken(eu.token);
  aclToken(us.token);
  const { address } = eu;
  relay = await relayTo(address);
  server = await serving(
    write("real.json", {
      reader: { address, token_file: "reader.token" },
      writer: { address, token_file: "writer.token", datacenter: "eu" },
      typed: { address },
      relayed: { address: relay.address, token_file: "reader.token" },
      us: { address: us.https_address, token_file: "us.token", ...client },
      "eu-services": { address, token_file: "eu-services.token" },
      "us-services": { address: us.https_address, token_file: "us-services.token", ...client },
      uncertified: { address: us.https_address, ca_file: client.ca_file },
      untrusted: { address: us.https_address },
    }),
  );
  page = await open(server);
});
after(async () => {
  await server?.close();
  relay?.close();
  await started?.stop();
});

async function put(agent, path, body) {
  const headers = { "X-Consul-Token": agent.token };
  const answer = await fetch(agent.address + path, { method: "PUT", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${path}: ${text}`);
  return text && JSON.parse(text);
}

async function makeToken(agent, name, Rules) {
  await put(agent, "/v1/acl/policy", { Name: name, Rules });
  return (await put(agent, "/v1/acl/token", { Policies: [{ Name: name }] })).SecretID;
}

const failure = (promise) =>
  promise.then(
    () => assert.fail("it resolved"),
    (error) => (assert.ok(consul.isPeeringError(error), String(error)), error),
  );

describe("ACLs", () => {
  test("each alias has the permissions of its token", async () => {
    const may = (alias, more) => consul.permissions(page.cluster(alias, more));
    assert.deepEqual(await may("reader"), { read: true, write: false });
    assert.deepEqual(await may("writer"), { read: true, write: true });
    assert.deepEqual(await may("typed"), { read: false, write: false });
    assert.deepEqual(await may("typed", { token: tokens.writer }), { read: true, write: true });
    assert.deepEqual(
      await may("reader", { token: tokens.writer }),
      { read: true, write: false },
      "a typed one is dropped",
    );
  });

  test("a reader sees everything and changes nothing", async () => {
    const token = await consul.generateToken(page.cluster("writer"), { peer_name: "audited" });
    peeringToken(token);
    const reader = page.cluster("reader");
    assert.equal((await consul.read(reader, "audited")).state, "PENDING");
    assert.equal((await consul.list(reader)).length, 1);
    const peering_token = peeringToken(await consul.generateToken(page.cluster("us"), { peer_name: "eu" }));
    for (const refused of [
      () => consul.remove(reader, "audited"),
      () => consul.generateToken(reader, { peer_name: "more" }),
      () => consul.establish(reader, { peer_name: "x", peering_token }),
    ]) {
      const error = await failure(refused());
      assert.equal(error.code, "permission_denied");
      assert.equal(error.status, 403);
    }
    await consul.remove(page.cluster("writer"), "audited");
    await consul.remove(page.cluster("us"), "eu");
  });

  test("no token: a read is refused within seconds; Consul refuses an unknown one", async () => {
    assert.equal((await failure(consul.list(page.cluster("typed")))).code, "permission_denied");
    const unknown = page.cluster("typed", { token: "00000000-aaaa-4bbb-8ccc-000000000002" });
    assert.equal((await failure(consul.list(unknown))).code, "acl_token_unknown");
  });

  test("no response to the browser contains one of the server's tokens", async () => {
    for (const alias of ["reader", "writer", "us"]) {
      for (const path of ["peerings", "peering/x", "connect/ca/roots", "catalog/datacenters", "agent/version"]) {
        const { headers, text } = await page.ask(`clusters/${alias}/v1/${path}`);
        for (const token of Object.values(tokens)) assert.ok(!(JSON.stringify(headers) + text).includes(token), path);
      }
    }
    const { text } = await page.ask("clusters.json");
    for (const token of Object.values(tokens)) assert.ok(!text.includes(token));
    assert.ok(!text.includes(pem), "no path of the operator's either");
  });
});

describe("mutual TLS", () => {
  test("connect over it, rotate, disconnect", async () => {
    const sides = [
      { cluster: page.cluster("writer"), peer_name: "us", server_external_addresses: [] },
      { cluster: page.cluster("us"), peer_name: "eu", meta: { team: "payments" } },
    ];
    const { acceptor, dialer } = await consul.connect(...sides);
    assert.deepEqual([acceptor.state, dialer.state], ["ACTIVE", "ACTIVE"]);
    assert.equal((await consul.rotate(...sides)).dialer.id, dialer.id);
    const { a, b } = await consul.disconnect(...sides);
    assert.deepEqual([a.peer_name, b.peer_name], ["us", "eu"]);
  });

  test("without a client certificate, or without trust in the server: reported, and nothing is sent", async () => {
    const uncertified = await page.ask("clusters/uncertified/v1/peerings");
    assert.equal(uncertified.status, 502);
    assert.match(
      uncertified.text,
      /^The cluster uncertified cannot be reached from the server of this page \(\w+\)\.$/m,
    );
    const untrusted = await failure(consul.list(page.cluster("untrusted")));
    assert.equal(untrusted.code, "server_error");
    assert.match(untrusted.message, /\((UNABLE_TO_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_\w+)\)/);
  });
});

describe("troubleshoot", () => {
  const register = (agent, service) => put(agent, "/v1/agent/service/register", service);
  const entry = (agent, body) => put(agent, "/v1/config", body);
  const results = ({ checks, services }) => [
    checks.map(({ id, status, peer_name, needs }) => [id, status, peer_name, needs]),
    services.map(({ name, instances }) => [name, instances]),
  ];

  test("finds through the server what it finds without it, and reads all of it", async () => {
    const { eu, us } = started.agents;
    const sides = [
      { cluster: page.cluster("eu-services"), peer_name: "us" },
      { cluster: page.cluster("us-services"), peer_name: "eu" },
    ];
    await consul.connect(...sides);
    await register(eu, { Name: "web_1.v2", Port: 80 });
    await register(eu, { Kind: "mesh-gateway", Name: "gateway", Port: 8443 });
    await entry(eu, {
      Kind: "exported-services",
      Name: "default",
      Services: [{ Name: "web_1.v2", Consumers: [{ Peer: "us" }] }],
    });
    await entry(eu, {
      Kind: "service-intentions",
      Name: "web_1.v2",
      Sources: [{ Name: "*", Peer: "us", Action: "allow" }],
    });
    await entry(us, { Kind: "service-resolver", Name: "api", Redirect: { Peer: "missing", Service: "api" } });
    const found = await consul.troubleshoot(...sides);
    const direct = await consul.troubleshoot(
      { cluster: { address: eu.address, token: eu.token }, peer_name: "us" },
      { cluster: { address: us.address, token: us.token }, peer_name: "eu" },
    );
    assert.deepEqual(results(found), results(direct));
    const skipped = found.checks.filter(({ status }) => status === "skipped");
    assert.deepEqual(
      skipped.map(({ id }) => id),
      [],
      JSON.stringify(skipped),
    );
    const status = (id, peer_name) =>
      found.checks.find((check) => check.id === id && check.peer_name === peer_name).status;
    assert.equal(status("gateways.registered", "us"), "pass");
    assert.equal(status("routing.peers", "eu"), "fail");
    assert.deepEqual(
      found.services.map(({ name, instances }) => [name, instances]),
      [["web_1.v2", { total: 1, passing: 1 }]],
    );
    await consul.disconnect(...sides);
  });
});

describe("blocking calls", () => {
  test("a change is observed at once, with the index to continue from", async () => {
    const path = "clusters/writer/v1/peerings";
    const { headers } = await page.ask(path);
    const index = Number(headers["x-consul-index"]);
    assert.ok(index > 0);
    const waiting = page.ask(`${path}?index=${index}&wait=60000ms`);
    let done = false;
    void waiting.then(() => (done = true));
    await page.ask(path); // Consul has the one before by then
    assert.equal(done, false);
    peeringToken(await consul.generateToken(page.cluster("writer"), { peer_name: "waited-for" }));
    const answer = await waiting;
    assert.ok(Number(answer.headers["x-consul-index"]) > index);
    assert.match(answer.text, /waited-for/);
    await consul.remove(page.cluster("writer"), "waited-for");
  });

  test("a closed browser leaves no connection to Consul, and an open one no idle connection", async () => {
    const { headers } = await page.ask("clusters/relayed/v1/peerings");
    const url = `${page.base}clusters/relayed/v1/peerings?index=${headers["x-consul-index"]}&wait=600000ms`;
    const abort = new AbortController();
    const init = { headers: { Cookie: page.cookie }, signal: abort.signal };
    const waiting = Array.from({ length: 3 }, () => fetch(url, init).catch((error) => error.name));
    while (relay.open.size < 3) await sleep(20);
    abort.abort();
    assert.deepEqual(await Promise.all(waiting), Array(3).fill("AbortError"));
    while (relay.open.size > 0) await sleep(50);
    const before = relay.taken();
    for (let i = 0; i < 20; i++) assert.equal((await page.ask("clusters/relayed/v1/peerings")).status, 200);
    assert.ok(relay.taken() - before < 5, "calls one after another share connections");
    while (relay.open.size > 0) await sleep(50);
  });

  test("watch, through a server that is killed and restarted", async () => {
    const { eu } = started.agents;
    const retries = [];
    const onProgress = ({ kind, text }) => kind === "retry" && retries.push(text);
    const observed = consul.watch(page.cluster("writer"), { interval: 500, onProgress });
    await observed.next();
    const next = observed.next();
    await eu.kill();
    while (!retries.some((text) => /ECONNREFUSED/.test(text))) await sleep(50);
    assert.equal((await page.ask("clusters/us/v1/peerings")).status, 200, "the other cluster is unaffected");
    const write = await failure(consul.generateToken(page.cluster("writer"), { peer_name: "x" }));
    assert.equal(write.code, "server_error");
    await observed.return();
    await next;
    // A dev agent loses its data; that it responds again is enough.
    await eu.restart();
    assert.equal((await page.ask("clusters/typed/v1/catalog/datacenters")).status, 200);
  });
});
