// Requests to simulated clusters by their `fetch` and over a socket: the same responses, and aborted ones end.
// replay.test.js and conformance.test.js show that the responses are Consul's.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock } from "../../pkg/simulator.js";
import { START, answerOf, simulate, startFor } from "./manual-simulator.js";

/** Sends a request over a socket, or without one. */
const WAYS = {
  fetch: ({ fetch }) => fetch,
  socket: () => (url, init) => fetch(url, { ...init, redirect: "manual" }),
};

describe("by fetch and over a socket", () => {
  test("the same cluster, with the same responses", async () => {
    const simulator = await startFor({
      seed: 1,
      clusters: [{ name: "eu", response_headers: { "X-More": "1" } }],
    });
    const { eu } = simulator.clusters;
    const body = (value) => ({ method: "POST", body: JSON.stringify(value) });
    const made = await answerOf(await eu.fetch(`${eu.address}/v1/peering/token`, body({ PeerName: "ä".normalize() })));
    assert.equal(made.status, 500);
    await answerOf(await eu.fetch(`${eu.address}/v1/peering/token`, body({ PeerName: "us", Meta: { ä: "é" } })));
    await answerOf(await eu.fetch(`${eu.address}/v1/peering/token`, body({ PeerName: "us", Meta: { a: "é☺" } })));
    const asked = [
      ["/v1/peering/us"],
      ["/v1/peerings?pretty"],
      ["/v1/peerings?index=999&wait=50ms"],
      ["/v1/peering/x"],
      ["/v1/peering"],
      ["/v1/nope"],
      ["/v1/peering/x", { method: "DELETE" }],
      ["/v1/peering/x", { method: "OPTIONS" }],
      ["/v1/peering/x", { method: "PUT", body: "x" }],
      ["/v1/peering/token", body({ PeerName: "é☺" })],
      ["/v1/peering/token", { method: "POST", body: Buffer.from([0x7b, 0xff]) }],
      ["/v1/peering/establish", body({ PeerName: "x", PeeringToken: "!" })],
    ];
    for (const [path, init] of asked) {
      const [some, others] = await Promise.all(
        Object.values(WAYS).map(async (way) => answerOf(await way(eu)(eu.address + path, init))),
      );
      // Node's own server adds these.
      for (const name of ["connection", "keep-alive", "date"]) delete others.headers[name];
      assert.deepEqual(some, others, path);
    }
  });

  test("sockets: false opens none", async () => {
    const { clusters } = await simulate();
    assert.match(clusters.eu.address, /^http:\/\/eu\.simulator\.invalid:8500$/);
    await assert.rejects(fetch(clusters.eu.address), { name: "TypeError" });
  });

  test("a cluster's fetch reaches no other cluster", async () => {
    const { eu, us } = (await simulate()).clusters;
    await assert.rejects(eu.fetch(`${us.address}/v1/peerings`), { name: "TypeError", message: "fetch failed" });
  });

  test("a body that is deep or large gets Consul's answer, over a socket too", async () => {
    const simulator = await startFor({ clusters: ["eu"] });
    const post = async (body) => {
      const answer = await fetch(`${simulator.clusters.eu.address}/v1/peering/token`, { method: "POST", body });
      return [answer.status, await answer.text()];
    };
    const deep = "Body decoding failed: invalid character '[' exceeded max depth";
    assert.deepEqual(await post("[".repeat(1_000_000)), [400, deep]);
    const size = 4 * 1024 * 1024;
    const large = `grpc: received message larger than max (${size + 5} vs. ${size})`;
    assert.deepEqual(await post(JSON.stringify({ PeerName: "x".repeat(size) })), [429, large]);
  });

  test("an aborted blocking query leaves nothing behind", async () => {
    const { clock, send } = await simulate();
    await clock.advance(1);
    assert.equal(clock.next, undefined);
    const controller = new AbortController();
    const waiting = send("eu", "GET", "/v1/peerings?index=99&wait=10m", { signal: controller.signal });
    await clock.advance(0);
    assert.ok(clock.next > clock.now());
    controller.abort(new Error("enough"));
    await assert.rejects(waiting, { message: "enough" });
    await clock.advance(0);
    assert.equal(clock.next, undefined);
    await assert.rejects(send("eu", "GET", "/v1/peerings", { signal: AbortSignal.abort() }), { name: "AbortError" });
  });

  test("a call that is aborted while it dials rejects at once", async () => {
    const { clock, send } = await simulate();
    const nowhere = { ServerAddresses: ["127.0.0.1:1"], PeerID: "1", EstablishmentSecret: "2" };
    const PeeringToken = Buffer.from(JSON.stringify(nowhere)).toString("base64");
    const controller = new AbortController();
    const body = { PeerName: "us", PeeringToken };
    const trying = send("eu", "POST", "/v1/peering/establish", { body, signal: controller.signal });
    await clock.advance(1_000);
    controller.abort(new Error("enough"));
    await assert.rejects(trying, { message: "enough" });
    assert.equal(clock.now(), START + 1_000);
    await clock.advance(1);
    assert.equal(clock.next, undefined, "no more attempts");
  });

  test("a call whose client disconnects ends too", async () => {
    const clock = new ManualClock(START);
    const { clusters } = await simulate({ clock, listen: true });
    await clock.advance(1);
    const controller = new AbortController();
    const path = "/v1/peerings?index=99&wait=10m";
    const waiting = fetch(clusters.eu.address + path, { signal: controller.signal });
    const until = async (come) => {
      while (!come()) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await until(() => clock.next !== undefined);
    controller.abort();
    await assert.rejects(waiting, { name: "AbortError" });
    await until(() => clock.next === undefined);
  });
});
