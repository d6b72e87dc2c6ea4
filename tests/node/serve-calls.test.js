// The package's functions in the page, through the server: blocking calls over few connections, and calls on pairs.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as consul from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { failure, inFrontOf, json } from "./proxied-cluster.js";
import { aclToken, peeringToken } from "./secrets.js";
import { open, startServing } from "./serving.js";

describe("blocking calls", () => {
  test("use at most three of a browser's connections; further ones return at once, without an index", async (t) => {
    const waiting = [];
    const { asked, page } = await inFrontOf(t, (url, { signal }) => {
      if (!url.includes("index=")) return json("[]", { "X-Consul-Index": "7" });
      return new Promise((resolve, reject) => {
        waiting.push(() => resolve(json("[]", { "X-Consul-Index": "8" })));
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    });
    const path = "clusters/eu/v1/peerings?partition=p&index=7&wait=60000ms";
    const held = [page.ask(path), page.ask(path), page.ask(path)];
    while (waiting.length < 3) await sleep(5);
    const fourth = await page.ask(path);
    assert.deepEqual([fourth.status, fourth.headers["x-consul-index"]], [200, undefined]);
    assert.equal(asked.at(-1).url, "http://consul.example:8500/v1/peerings?partition=p");
    const plain = await page.ask("clusters/eu/v1/peerings");
    assert.equal(plain.headers["x-consul-index"], "7", "other calls are unaffected");
    waiting.shift()();
    assert.equal((await Promise.race(held)).headers["x-consul-index"], "8");
    const next = page.ask(path);
    while (waiting.length < 3) await sleep(5);
    for (const answer of waiting.splice(0)) answer();
    for (const answer of [...held, next]) assert.equal((await answer).headers["x-consul-index"], "8");
  });

  // Far longer than this test may take: a blocking call would fail it.
  const options = { timeout: 30_000 };
  test(
    "twelve clusters watched over a browser's six connections: all are updated, writes succeed",
    options,
    async (t) => {
      const names = Array.from({ length: 12 }, (_, i) => `c${i}`);
      const simulator = await startSimulator({ clusters: names, speed: 20 });
      t.after(() => simulator.stop());
      const server = await startServing(simulator.clusters);
      t.after(() => server.close());
      const page = await open(server);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
      t.after(() => agent.destroy());
      const six = { fetch: fetchBy(agent, page.cookie, server.origin) };
      const watches = names.map((name) => consul.watch(page.cluster(name, six), { interval: 60_000 }));
      for (const watch of watches) assert.deepEqual((await watch.next()).value, []);
      const changed = watches.map((watch) => watch.next());
      for (const name of names)
        await consul.generateToken(page.cluster(name, six), { peer_name: "x" }).then(peeringToken);
      const [{ peer_name }] = (await Promise.race(changed)).value;
      assert.equal(peer_name, "x", "blocking calls receive the change");
      await Promise.all(watches.map((watch) => watch.return()));
    },
  );
});

/** A fetch over a pool of connections, as a browser's. */
function fetchBy(agent, Cookie, Origin) {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const own = { Cookie, ...(method !== "GET" && { Origin }) };
      const outgoing = http.request(url, { method, headers: { ...headers, ...own }, agent, signal });
      outgoing.on("error", reject);
      outgoing.on("response", async (answer) => {
        const pieces = [];
        try {
          for await (const piece of answer) pieces.push(piece);
        } catch (error) {
          return reject(error);
        }
        resolve(new Response(Buffer.concat(pieces), { status: answer.statusCode, headers: answer.headers }));
      });
      outgoing.end(body);
    });
}

describe("the package's functions, as the page uses them", () => {
  let simulator;
  let server;
  let page;
  before(async () => {
    simulator = await startSimulator({
      clusters: [
        { name: "eu", acl: true },
        { name: "us", acl: true },
      ],
      speed: 20,
    });
    const { eu, us } = simulator.clusters;
    aclToken(us.token);
    // us's token is the server's, eu's is typed.
    server = await startServing({ eu: { address: eu.address }, us });
    page = await open(server);
  });
  after(async () => {
    await server?.close();
    await simulator?.stop();
  });

  test("clusters.json: the address of each, and the source of its token", async () => {
    const { headers, text } = await page.ask("clusters.json");
    assert.equal(headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(text), {
      eu: { address: "clusters/eu", consul_address: simulator.clusters.eu.address, token: "typed" },
      us: { address: "clusters/us", consul_address: simulator.clusters.us.address, token: "added" },
    });
  });

  test("connect, rotate, disconnect; permissions, plan, read, list, wait", async () => {
    const eu = page.cluster("eu", { token: aclToken(simulator.clusters.eu.token) });
    const us = page.cluster("us");
    const sides = [
      { cluster: eu, peer_name: "us", server_external_addresses: [] },
      { cluster: us, peer_name: "eu", meta: { team: "payments" } },
    ];
    assert.deepEqual(await consul.permissions(us), { read: true, write: true });
    assert.deepEqual(await consul.permissions(page.cluster("eu")), { read: false, write: false });
    assert.equal((await consul.plan(...sides)).steps.length, 2);
    const { dialer, acceptor } = await consul.connect(...sides);
    assert.deepEqual([dialer.state, acceptor.state], ["ACTIVE", "ACTIVE"]);
    assert.equal((await consul.rotate(...sides)).dialer.id, dialer.id);
    assert.equal((await consul.read(us, "eu")).meta.team, "payments");
    assert.equal((await consul.list(eu)).length, 1);
    await consul.disconnect(...sides);
    assert.equal(await consul.wait(us, "eu", "GONE"), null);
    assert.equal(await consul.read(eu, "us"), null);
  });

  test("Consul refuses an unknown typed token", async () => {
    const cluster = page.cluster("eu", { token: "00000000-aaaa-4bbb-8ccc-000000000001" });
    assert.equal((await failure(consul.list(cluster))).code, "acl_token_unknown");
  });
});
