// `consul-peering serve` as people run it: a child process that prints a link, and ends by a signal.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { NoConsul, findConsul } from "../../pkg/cli/find-consul.js";
import { connect, list, permissions, troubleshoot } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { printed, write } from "./command-line.js";
import { aclToken } from "./secrets.js";
import { NO_CONSUL, end, serving, start } from "./serve-process.js";
import { PAGE, ask, enter, open } from "./serving.js";

const BUILT_CONSUL = fileURLToPath(new URL("../../target/consul", import.meta.url));
process.env.CONSUL ??= existsSync(BUILT_CONSUL) ? BUILT_CONSUL : "consul";

let simulator;
let clusters;
before(async () => {
  simulator = await startSimulator({ clusters: [{ name: "eu", acl: true }, "us", { name: "ap", acl: true }] });
  const { eu, us, ap } = simulator.clusters;
  write("eu.token", aclToken(eu.token));
  clusters = write("served.json", {
    eu: { address: eu.address, token_file: "eu.token", datacenter: "eu", meta: { team: "payments" } },
    us: { address: us.address, server_external_addresses: ["us.example:8503"], partition: "default" },
    ap: { address: ap.address, token_env: "AP_TOKEN" },
  });
});
after(() => simulator.stop());
const env = () => ({ AP_TOKEN: aclToken(simulator.clusters.ap.token) });

const SIGN_IN = /^\{"time":"[\d:.TZ-]+","address":"127\.0\.0\.1","session":1,"action":"sign-in"\}\n$/;

describe("started", () => {
  test("prints a link, for this machine only, and how to stop it", async () => {
    const child = start(["--listen", "127.0.0.1:0", "--clusters", clusters], { env: env() });
    while (!child.out.includes("Ctrl-C")) await once(child.stdout, "data");
    assert.match(
      child.out,
      /^eu, us, ap: open this sign-in link; it works once, for one browser\n\n {2}http:\/\/127\.0\.0\.1:\d+\/\?key=[\w-]{32}\n\nPress Ctrl-C to stop\.\n$/,
    );
    assert.equal(child.err, "");
    assert.equal(await end(child, "SIGINT"), 0);
  });

  test("the link sets a cookie, and disappears from the address", async () => {
    const { child, url, origin } = await serving(["--clusters", clusters], { env: env() });
    const { status, headers, bytes } = await ask(url);
    assert.equal(status, 303);
    assert.match(headers.location, /^\/[\w-]{12}\/$/);
    const port = new URL(url).port;
    const expected = new RegExp(
      `^consul-peering-${port}=[\\w-]{32}; Path=${headers.location}; HttpOnly; SameSite=Strict$`,
    );
    assert.match(headers["set-cookie"][0], expected);
    assert.deepEqual([headers["set-cookie"].length, bytes.length], [1, 0]);
    const key = new URL(url).search.slice(5);
    assert.ok(![headers.location, headers["set-cookie"][0]].some((text) => text.includes(key)));
    const cookie = headers["set-cookie"][0].split(";")[0];
    const page = await ask(origin + headers.location, { headers: { Cookie: cookie } });
    assert.equal(page.text, PAGE["index.html"]);
    assert.equal(await end(child), 0);
  });

  test("two servers have different keys, paths and cookies", async () => {
    const [one, other] = await Promise.all([serving(["--clusters", clusters], { env: env() }), serving([])]);
    const [page, elsewhere] = [await open(one), await open(other)];
    assert.notEqual(page.path, elsewhere.path);
    assert.equal((await ask(elsewhere.base, { headers: { Cookie: page.cookie } })).status, 401);
    assert.equal((await ask(`${other.origin}/${new URL(one.url).search}`)).status, 401);
    assert.deepEqual(await Promise.all([end(one.child), end(other.child)]), [0, 0]);
  });

  test("exactly the page's files: compressed if accepted, with their types", async () => {
    const { child, ...server } = await serving(["--clusters", clusters], { env: env() });
    const page = await open(server);
    for (const [name, type] of [
      ["", "text/html; charset=utf-8"],
      ["index.html", "text/html; charset=utf-8"],
      ["app.js", "text/javascript; charset=utf-8"],
      ["app_bg.wasm", "application/wasm"],
      ["style.css", "text/css; charset=utf-8"],
      ["icon.svg", "image/svg+xml"],
    ]) {
      const plain = await page.ask(name);
      assert.deepEqual([plain.status, plain.headers["content-type"]], [200, type], name);
      assert.deepEqual(plain.bytes, Buffer.from(PAGE[name || "index.html"]));
      assert.equal(plain.headers["content-encoding"], undefined);
      const zipped = await fetch(page.base + name, { headers: { Cookie: page.cookie, "Accept-Encoding": "br, gzip" } });
      assert.equal(zipped.headers.get("content-encoding"), "gzip", name);
      assert.deepEqual(Buffer.from(await zipped.arrayBuffer()), plain.bytes);
    }
    const long = await page.ask("app.js", { headers: { "Accept-Encoding": "gzip" } });
    assert.deepEqual(long.bytes, PAGE["app.js.gz"], "as built with the page");
    const refusedZip = await page.ask("app.js", { headers: { "Accept-Encoding": "gzip;q=0, br" } });
    assert.equal(refusedZip.headers["content-encoding"], undefined);
    for (const path of ["app.js.gz", "package.json", "cli.js", "www/index.html", "node.js"]) {
      assert.equal((await page.ask(path)).status, 404, path);
    }
    assert.equal(await end(child), 0);
  });

  test("no response to the browser contains one of the operator's tokens", async () => {
    const { child, clusters: aliases, ...server } = await serving(["--clusters", clusters], { env: env() });
    assert.deepEqual(aliases, ["eu", "us", "ap"]);
    const page = await open(server);
    const { text } = await page.ask("clusters.json");
    const consul_address = (alias) => simulator.clusters[alias].address;
    assert.deepEqual(JSON.parse(text), {
      eu: {
        address: "clusters/eu",
        consul_address: consul_address("eu"),
        datacenter: "eu",
        meta: { team: "payments" },
        token: "added",
      },
      us: {
        address: "clusters/us",
        consul_address: consul_address("us"),
        partition: "default",
        server_external_addresses: ["us.example:8503"],
        token: "typed",
      },
      ap: { address: "clusters/ap", consul_address: consul_address("ap"), token: "added" },
    });
    for (const alias of ["eu", "ap"]) {
      assert.deepEqual(await permissions(page.cluster(alias)), { read: true, write: true }, alias);
    }
    for (const path of ["v1/peerings", "v1/connect/ca/roots", "v1/catalog/datacenters", "v1/agent/version"]) {
      const answer = await page.ask(`clusters/eu/${path}`);
      assert.equal(answer.status, 200, path);
      const all = JSON.stringify(answer.headers) + answer.text;
      assert.ok(!all.includes(simulator.clusters.eu.token), path);
    }
    assert.equal(await end(child), 0);
  });

  test("without a clusters file: the environment's cluster, with its token", async () => {
    const { address, token } = simulator.clusters.eu;
    const { child, ...server } = await serving([], { env: { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: token } });
    const page = await open(server);
    const { text } = await page.ask("clusters.json");
    assert.deepEqual(JSON.parse(text), {
      consul: { address: "clusters/consul", consul_address: address, token: "added" },
    });
    assert.deepEqual(await list(page.cluster("consul")), []);
    assert.equal(await end(child), 0);
  });

  test("logs sign-ins, and neither reads nor tokens", async () => {
    const { child, ...server } = await serving(["--clusters", clusters], { env: env() });
    const page = await open(server);
    await page.ask("clusters/eu/v1/peerings");
    await page.ask("clusters/eu/v1/nothing");
    await page.ask("clusters/us/v1/peerings", { headers: { "X-Consul-Token": "typed-token" } });
    await ask(`${server.origin}/?key=wrong`);
    assert.equal(await end(child), 0);
    assert.match(child.err, SIGN_IN);
    assert.deepEqual(Object.keys(JSON.parse(child.out)), ["url", "clusters"]);
    const all = printed.map(({ text }) => text).join();
    for (const secret of [simulator.clusters.eu.token, simulator.clusters.ap.token, "typed-token"]) {
      assert.ok(!all.includes(secret));
    }
  });
});

describe("ended", () => {
  test("by either signal, during blocking requests, at once and with exit code 0", async () => {
    for (const signal of ["SIGINT", "SIGTERM"]) {
      const { child, ...server } = await serving(["--clusters", clusters], { env: env() });
      const page = await open(server);
      const waiting = page.ask("clusters/eu/v1/peerings?index=1&wait=600000ms").catch((error) => error);
      await page.ask("clusters/eu/v1/peerings");
      assert.equal(await end(child, signal), 0, signal);
      await waiting;
      assert.match(child.err, SIGN_IN);
      await assert.rejects(ask(server.url), { code: "ECONNREFUSED" });
    }
  });
});

describe("with clusters of its own", () => {
  test("simulated ones where there is no Consul: the page's whole way, and nothing stays", async () => {
    const { child, clusters: aliases, demo, ...server } = await serving(["--demo"], { env: NO_CONSUL });
    assert.deepEqual([aliases, agentsOf(child)], [["east", "west"], []]);
    assert.equal(demo.kind, "simulated");
    for (const alias of aliases) assert.deepEqual(await list(demo.addresses[alias]), []);
    const page = await open(server);
    for (const alias of aliases) assert.deepEqual(await list(page.cluster(alias)), []);
    await showsServices(page);
    assert.equal(await end(child, "SIGINT"), 0);
  });

  test("real ones with Consul, and none is left behind", async () => {
    await findConsul(process.env).catch((error) => assert.ok(!(error instanceof NoConsul), error.message));
    const { child, demo, ...server } = await serving(["--demo"], { env: { CONSUL: process.env.CONSUL } });
    const agents = agentsOf(child);
    assert.equal(agents.length, 2);
    assert.equal(demo.kind, "real");
    const page = await open(server);
    await showsServices(page);
    assert.equal(await end(child), 0);
    for (const pid of agents) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });

  test("which kind they are, and their addresses, are printed; --simulated chooses the kind", async () => {
    const child = start(["--demo", "--simulated", "--listen", "127.0.0.1:0"], { env: { CONSUL: process.env.CONSUL } });
    while (!child.out.includes("Ctrl-C")) await once(child.stdout, "data");
    assert.match(child.out, /^Two simulated Consul clusters\n.* because of --simulated\.\n/);
    assert.match(child.out, /Consul \d\S+: east at http:\/\/127\.0\.0\.1:\d+, west at http:\/\/127\.0\.0\.1:\d+\n/);
    assert.deepEqual(agentsOf(child), []);
    assert.equal(await end(child), 0);
  });
});

/** Connects the demo's clusters: one service can be called from the other side, one is exported to a misspelt peer. */
async function showsServices(page) {
  const aliases = ["east", "west"];
  const sides = aliases.map((alias, i) => ({ cluster: page.cluster(alias), peer_name: aliases[1 - i] }));
  const { dialer } = await connect(...sides);
  assert.equal(dialer.state, "ACTIVE");
  const arrived = ({ services }) => services.some(({ name, instances }) => name === "web" && instances?.passing === 1);
  let found;
  do found = await troubleshoot(...sides);
  while (!arrived(found));
  const failed = found.checks.filter(({ status }) => status === "fail");
  assert.deepEqual(
    failed.map(({ id, peer_name }) => [id, peer_name]),
    [["exports.consumers", "west"]],
  );
  assert.match(failed[0].fix, /Peer = "west"/);
  const web = await troubleshoot(...sides, { service: "web" });
  assert.deepEqual(
    web.services.map(({ name, problems }) => [name, problems]),
    [["web", []]],
  );
}

/** The agents that a process has started. */
function agentsOf({ pid }) {
  const processes = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const children = processes.map((line) => line.trim().split(/\s+/)).filter(([, parent]) => Number(parent) === pid);
  return children.filter((words) => words.includes("agent")).map(([child]) => Number(child));
}

test("on ::1 and on localhost: only by that name", async () => {
  for (const [listen, host] of [
    ["[::1]:0", "[::1]"],
    ["localhost:0", "localhost"],
  ]) {
    const child = start(["--listen", listen, "--json"]);
    while (!child.out.endsWith("}\n")) await once(child.stdout, "data");
    const { url } = JSON.parse(child.out);
    assert.equal(new URL(url).hostname, host);
    assert.equal((await ask(url, { headers: { Host: `127.0.0.1:${new URL(url).port}` } })).status, 421);
    assert.equal((await enter({ url })).status, 303);
    assert.equal(await end(child), 0);
  }
});
