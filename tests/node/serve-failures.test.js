// The proxy to a cluster that does not respond, and to a browser that closes: what the page and the package get.
import assert from "node:assert/strict";
import { once } from "node:events";
import http, { createServer } from "node:http";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as consul from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { cluster, failure, inFrontOf, pageBefore } from "./proxied-cluster.js";
import { peeringToken } from "./secrets.js";
import { open, startServing } from "./serving.js";

describe("no response", () => {
  test("an unreachable cluster: 502 for a read, 503 for a write, which was not sent", async (t) => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address();
    gone.close();
    await once(gone, "close");
    for (const address of [`http://127.0.0.1:${port}`, "http://consul.invalid:8500"]) {
      const page = await pageBefore(t, address);
      const read = await page.ask("clusters/eu/v1/peerings");
      assert.equal(read.status, 502);
      assert.match(read.text, new RegExp(`\\(${read.headers["consul-peering-cause"]}\\)`), "the same as a code");
      assert.match(
        read.text,
        /^The cluster eu cannot be reached from the server of this page \((ECONNREFUSED|ENOTFOUND|EAI_AGAIN)\)/,
      );
      assert.ok(
        !read.text.includes(String(port)) && !read.text.includes("invalid"),
        "its address is not the page's to know",
      );
      if (/EAI_AGAIN/.test(read.text)) continue;
      assert.equal((await page.ask("clusters/eu/v1/peering/us", { method: "DELETE" })).status, 503);
    }
    const page = await pageBefore(t, `http://127.0.0.1:${port}`);
    const errors = await Promise.all([
      failure(consul.list(page.cluster("eu"))),
      failure(consul.remove(page.cluster("eu"), "us")),
      failure(consul.generateToken(page.cluster("eu"), { peer_name: "us" })),
    ]);
    for (const { code, retryable, message, left_behind } of errors) {
      assert.deepEqual([code, retryable, left_behind], ["server_error", true, []]);
      assert.match(message, /The cluster eu cannot be reached from the server of this page \(ECONNREFUSED\)/);
    }
  });

  test("the connection breaks, before and during the response", async (t) => {
    let half = false;
    const address = await cluster(t, (incoming, outgoing) => {
      if (!half) return incoming.socket.destroy();
      outgoing.writeHead(200, { "Content-Type": "application/json", "Content-Length": 100 });
      outgoing.write('[{"Name":"us"', () => outgoing.destroy());
    });
    const page = await pageBefore(t, address);
    const write = { method: "DELETE" };
    assert.equal((await page.ask("clusters/eu/v1/peering/us")).status, 502);
    assert.equal((await page.ask("clusters/eu/v1/peering/us", write)).status, 502, "it may have been done");
    const { code } = await failure(consul.list(page.cluster("eu")));
    assert.equal(code, "server_error");
    half = true;
    assert.equal((await page.ask("clusters/eu/v1/peerings")).status, 502, "what is cut off is no answer");
    assert.equal((await failure(consul.list(page.cluster("eu")))).code, "server_error");
  });

  test("no response: 504 after the limit, for a blocking call after its wait", async (t) => {
    let closed = 0;
    const address = await cluster(t, (incoming, outgoing) => outgoing.on("close", () => closed++));
    const page = await pageBefore(t, address, { limits: { timeout: 100 } });
    const began = Date.now();
    const { status, text } = await page.ask("clusters/eu/v1/peerings");
    assert.deepEqual([status, text], [504, "The cluster eu has not answered in time.\n"]);
    const early = Date.now() - began;
    const waited = await page.ask("clusters/eu/v1/peerings?index=1&wait=200ms");
    assert.equal(waited.status, 504);
    assert.ok(early >= 99 && Date.now() - began - early >= 299, "it was given the time that it asked for");
    while (closed < 2) await sleep(10); // nothing is left waiting there
  });

  test("the server's own errors are not taken for Consul's", async (t) => {
    const { page } = await inFrontOf(t, () => Promise.reject(Object.assign(new Error("ACL not found"), { code: "E" })));
    const { code } = await failure(consul.list(page.cluster("eu")));
    assert.equal(code, "server_error");
    const outside = { ...page.cluster("eu"), fetch: (url, init) => fetch(url, init) };
    const { code: unknown, message } = await failure(consul.list(outside));
    assert.equal(unknown, "permission_denied");
    assert.match(message, /This browser is not signed in/);
  });

  test("a watch continues after a cluster was down", async (t) => {
    const simulator = await startSimulator({ clusters: ["eu"] });
    t.after(() => simulator.stop());
    const server = await startServing(simulator.clusters);
    t.after(() => server.close());
    const page = await open(server);
    const retries = [];
    const onProgress = ({ kind, text }) => kind === "retry" && retries.push(text);
    const observed = consul.watch(page.cluster("eu"), { interval: 200, onProgress });
    assert.deepEqual((await observed.next()).value, []);
    simulator.restart("eu", Infinity);
    const next = observed.next();
    while (!retries.length) await sleep(20);
    simulator.restart("eu", 0);
    for (let made; !made; await sleep(20)) {
      made = await consul.generateToken(page.cluster("eu"), { peer_name: "us" }).then(peeringToken, () => undefined);
    }
    assert.ok((await next).value.length > 0);
    assert.match(retries[0], /cannot be reached from the server of this page/);
    await observed.return();
  });
});

describe("a closed browser", () => {
  test("aborts its request: before and during the response", async (t) => {
    const begun = [];
    const left = [];
    const address = await cluster(t, (incoming, outgoing) => {
      begun.push(incoming.url);
      outgoing.on("close", () => left.push(incoming.url));
      if (incoming.url.includes("roots")) outgoing.writeHead(200).write("[");
    });
    const page = await pageBefore(t, address);
    const abort = new AbortController();
    const init = { headers: { Cookie: page.cookie }, signal: abort.signal };
    const paths = ["/v1/connect/ca/roots", "/v1/peerings?index=1&wait=60000ms"];
    const asking = paths.map((path) =>
      assert.rejects(fetch(`${page.base}clusters/eu${path}`, init), { name: "AbortError" }),
    );
    while (begun.length < 2) await sleep(10);
    await page.ask("");
    assert.deepEqual(left, []);
    abort.abort();
    await Promise.all(asking);
    while (left.length < 2) await sleep(10);
    assert.deepEqual(left.sort(), paths);
  });

  test("during its own request: nothing is forwarded", async (t) => {
    const { asked, server, page } = await inFrontOf(t);
    const outgoing = http.request(`${page.base}clusters/eu/v1/peering/token`, {
      method: "POST",
      headers: {
        Cookie: page.cookie,
        Origin: server.origin,
        "Content-Type": "application/json",
        "Content-Length": 100,
      },
    });
    outgoing.on("error", () => {});
    await new Promise((written) => outgoing.write('{"PeerName":', written));
    await page.ask(""); // the server has read it by then
    const closed = new Promise((resolve) => outgoing.once("close", resolve));
    outgoing.destroy();
    await closed;
    assert.equal((await page.ask("")).status, 200, "the server continues");
    assert.equal(asked.length, 0);
  });
});
