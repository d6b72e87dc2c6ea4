// The simulator as tests use it: its options, its clock, fetch and sockets, and its faults. replay.test.js and
// conformance.test.js show that its clusters respond like Consul.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { afterEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ManualClock, startSimulator } from "../../pkg/simulator.js";
import { aclToken, peeringToken } from "./secrets.js";

/** What is exported has arrived on the other side after this. */
const EXPORTED_MS = 100;
const START = Date.parse("2026-01-01T00:00:00Z");

const started = [];
afterEach(async () => {
  for (const { stop } of started.splice(0)) await stop();
});

/** A simulator with a manual clock; `ask` advances it until there is a response. */
async function simulate(options = {}) {
  const clock = new ManualClock(START);
  const simulator = await startSimulator({ clock, listen: false, seed: 7, ...options });
  started.push(simulator);
  const settle = async (promise) => {
    let settled = false;
    promise.finally(() => (settled = true)).catch(() => {});
    await clock.advance(0);
    while (!settled) await clock.advance(Math.max(0, clock.next - clock.now()));
    return promise;
  };
  const send = (cluster, method, path, { body, token, signal } = {}) => {
    const { address, fetch } = simulator.clusters[cluster];
    const headers = token && { "X-Consul-Token": token };
    return fetch(address + path, { method, headers, signal, body: body && JSON.stringify(body) });
  };
  const ask = async (...request) => answerOf(await settle(send(...request)));
  const read = async (cluster, name) => (await ask(cluster, "GET", `/v1/peering/${name}`)).json;
  const token = async (cluster, PeerName) => {
    const { json } = await ask(cluster, "POST", "/v1/peering/token", { body: { PeerName } });
    return peeringToken(json.PeeringToken);
  };
  const establish = async (cluster, PeerName, PeeringToken) =>
    ask(cluster, "POST", "/v1/peering/establish", { body: { PeerName, PeeringToken } });
  /** `eu` dials `us`; each is named after the other. */
  const peer = async () => {
    assert.equal((await establish("eu", "us", await token("us", "eu"))).status, 200);
    await clock.advance(6_000);
    assert.equal((await read("eu", "us")).State, "ACTIVE");
  };
  return { ...simulator, clock, settle, send, ask, read, token, establish, peer };
}

/** For a fetch that fails like Node's own. */
const brokenBy = (code) => (error) => error instanceof TypeError && error.cause.code === code;

async function answerOf(response) {
  const text = await response.text();
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, text, json: /^[[{]/.test(text) ? JSON.parse(text) : undefined };
}

describe("options", () => {
  const cluster = (options) => ({ clusters: [{ name: "eu", ...options }] });
  const wrong = {
    "options must be an object": [null, "x", []],
    "unknown option options.speeed": [{ speeed: 2 }],
    "options.speed must be a number above 0": [
      { speed: 0 },
      { speed: -1 },
      { speed: NaN },
      { speed: Infinity },
      { speed: "fast" },
    ],
    "options.seed must be a whole number": [{ seed: 0.5 }, { seed: "1" }],
    "options.listen must be true or false": [{ listen: "no" }],
    "options.clock must be a clock": [{ clock: {} }, { clock: Date }],
    "options.clusters must be an array": [{ clusters: [] }, { clusters: "eu" }, { clusters: { eu: {} } }],
    "clusters must have different names": [{ clusters: ["eu", { name: "eu" }] }],
    "clusters[1] must be an object": [{ clusters: ["eu", null] }, { clusters: ["eu", 7] }],
    "clusters[0].name must be a non-empty string": [
      { clusters: [{}] },
      { clusters: [""] },
      { clusters: [{ name: 7 }] },
    ],
    "unknown option clusters[0].dc": [cluster({ dc: "eu" })],
    "clusters[0].peering must be true or false": [cluster({ peering: "no" }), cluster({ peering: () => true })],
    "clusters[0].acl must be true or an object": [cluster({ acl: "on" })],
    "clusters[0].acl.default_policy must be": [cluster({ acl: { default_policy: "none" } })],
    "clusters[0].acl.tokens[…].peering must be": [cluster({ acl: { tokens: { secret: { peering: "all" } } } })],
    "unknown option clusters[0].acl.tokens[…].peerings": [
      cluster({ acl: { tokens: { secret: { peerings: "read" } } } }),
    ],
    "clusters[0].reachable must be an array of strings": [cluster({ reachable: "127.0.0.1:1" })],
    "clusters[0].response_headers must be an object of strings": [cluster({ response_headers: { a: 1 } })],
    "clusters[0].exported_services must be an object of arrays of strings": [
      cluster({ exported_services: { a: "us" } }),
    ],
    "version must be a Consul version from 1.13 on": [cluster({ version: "1.12.9" }), cluster({ version: "newest" })],
  };
  for (const [message, cases] of Object.entries(wrong)) {
    test(`refused: ${message}`, async () => {
      for (const options of cases) {
        await assert.rejects(startSimulator(options), (error) => {
          assert.ok(error instanceof TypeError && error.message.includes(message), error.message);
          assert.ok(!error.message.includes("secret"), error.message);
          return true;
        });
      }
    });
  }

  test("undefined options are defaults", async () => {
    const { clusters, seed } = await simulate({
      clusters: [{ name: "eu", version: undefined, acl: undefined }],
      seed: 3,
    });
    assert.deepEqual([Object.keys(clusters), seed], [["eu"], 3]);
  });

  test("the default clusters are eu and us", async () => {
    const { clusters } = await simulate();
    assert.deepEqual(Object.keys(clusters), ["eu", "us"]);
    assert.equal("token" in clusters.eu, false);
  });

  test("an unknown cluster is refused", async () => {
    const simulator = await simulate();
    for (const order of ["restart", "loseLeader", "exportServices"]) {
      assert.throws(() => simulator[order]("ap", 1), {
        name: "TypeError",
        message: /no cluster "ap"; there are eu, us/,
      });
    }
  });

  test("an unknown fault is refused", async () => {
    const { fault } = await simulate();
    assert.throws(() => fault({ kind: "explode" }), /kind must be one of delay, /);
    assert.throws(
      () => fault({ kind: "delay", seconds: 1 }),
      /unknown member seconds of "delay"; use match, times, ms/,
    );
    assert.throws(() => fault({ kind: "drop_after", times: 0 }), /times must be a number above 0/);
    const wrong = { name: "TypeError", message: "retry_after must be a whole number of seconds" };
    for (const retry_after of ["1", -1, 0.5, 1n])
      assert.throws(() => fault({ kind: "rate_limited", retry_after }), wrong);
  });

  test("services that are no lists of peers are refused", async () => {
    const { exportServices } = await simulate();
    const wrong = { name: "TypeError", message: "services must be an object of arrays of strings" };
    for (const services of [undefined, null, { web: "us" }, [["web"]]]) {
      assert.throws(() => exportServices("eu", services), wrong);
    }
  });

  test("with ACLs, the management token is available", async () => {
    const given = aclToken("11111111-2222-3333-4444-555555555555");
    const { clusters, ask } = await simulate({
      clusters: [
        { name: "eu", acl: true },
        { name: "us", acl: { management: given } },
      ],
    });
    assert.equal(clusters.us.token, given);
    for (const [name, { token }] of Object.entries(clusters)) {
      assert.equal((await ask(name, "GET", "/v1/peerings", { token: aclToken(token) })).status, 200);
      assert.equal((await ask(name, "DELETE", "/v1/peering/x")).status, 403);
    }
  });

  test("permissions of the default policies", async () => {
    const reader = aclToken("0c1e7f5a-reader");
    const acl = { default_policy: "allow", tokens: { [reader]: { peering: "read" } } };
    const { ask } = await simulate({ clusters: [{ name: "eu", acl }] });
    assert.equal((await ask("eu", "DELETE", "/v1/peering/x")).status, 200);
    assert.equal((await ask("eu", "DELETE", "/v1/peering/x", { token: reader })).status, 403);
  });

  test("other datacenters, and a trust domain", async () => {
    const options = { name: "eu", datacenter: "dc1", other_datacenters: ["dc2"], trust_domain: "t.consul" };
    const { ask } = await simulate({ clusters: [options] });
    assert.deepEqual((await ask("eu", "GET", "/v1/catalog/datacenters")).json, ["dc1", "dc2"]);
    assert.equal((await ask("eu", "GET", "/v1/connect/ca/roots")).json.TrustDomain, "t.consul");
  });
});

describe("the seed", () => {
  const life = async (seed) => {
    const { token, establish, read, clock } = await simulate({ seed });
    const made = await token("us", "eu");
    await establish("eu", "us", made);
    await clock.advance(20_000);
    // Keys and certificates are new each time.
    const withoutKeys = ({ PeerCAPems: _, ...peering }) => peering;
    const { CA: _, ...content } = JSON.parse(Buffer.from(made, "base64"));
    return [content, withoutKeys(await read("eu", "us")), withoutKeys(await read("us", "eu"))];
  };

  test("the same seed: the same ids, secrets and times", async () => {
    assert.deepEqual(await life(5), await life(5));
  });

  test("another seed: others", async () => {
    const [some, others] = [await life(5), await life(6)];
    assert.notEqual(some[0].EstablishmentSecret, others[0].EstablishmentSecret);
    assert.notEqual(some[1].ID, others[1].ID);
  });

  test("by default, each simulator has its own", async () => {
    const [some, others] = [await simulate({ seed: undefined }), await simulate({ seed: undefined })];
    assert.notEqual(some.seed, others.seed);
  });
});

describe("time", () => {
  test("advances only with a manual clock", async () => {
    const { token, establish, read, clock } = await simulate();
    await establish("eu", "us", await token("us", "eu"));
    assert.equal((await read("eu", "us")).State, "ESTABLISHING");
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    assert.equal((await read("eu", "us")).State, "ESTABLISHING");
    await clock.advance(100);
    assert.equal((await read("eu", "us")).State, "ACTIVE");
  });

  test("a manual clock runs timers in order, with those that they set", async () => {
    const clock = new ManualClock(1_000);
    const ran = [];
    const at = (ms, what, then) => clock.setTimeout(() => (ran.push([what, clock.now()]), then?.()), ms);
    assert.equal(clock.next, undefined);
    at(20, "late");
    at(10, "early", () => at(5, "what follows"));
    at(10, "early too");
    clock.clearTimeout(at(12, "never"));
    assert.equal(clock.next, 1_010);
    await clock.advance(19);
    assert.deepEqual(ran, [
      ["early", 1_010],
      ["early too", 1_010],
      ["what follows", 1_015],
    ]);
    assert.deepEqual([clock.now(), clock.next], [1_019, 1_020]);
    await clock.advance(1);
    assert.equal(ran.at(-1)[0], "late");
  });

  test("the clock option is used", async () => {
    const clock = new ManualClock();
    const simulator = await startSimulator({ clock, listen: false });
    started.push(simulator);
    assert.equal(simulator.clock, clock);
  });

  /** The duration of an action on the manual clock. */
  const duration = async (clock, action) => {
    const began = clock.now();
    await action();
    return clock.now() - began;
  };

  test("speed accelerates timers, except a caller's waits", async () => {
    const nowhere = Buffer.from('{"ServerAddresses":["127.0.0.1:1"],"PeerID":"1","EstablishmentSecret":"2"}').toString(
      "base64",
    );
    const times = {};
    for (const speed of [1, 100]) {
      const { ask, clock, establish } = await simulate({ speed, clusters: ["eu", { name: "off", peering: false }] });
      times[speed] = {
        denied: await duration(clock, () => ask("off", "GET", "/v1/peerings")),
        nowhere: await duration(clock, () => establish("eu", "us", nowhere)),
        waited: await duration(clock, () => ask("eu", "GET", "/v1/peerings?index=99&wait=10s")),
      };
    }
    const [real, quick] = [times[1], times[100]];
    assert.ok(real.denied > 10_000 && real.denied < 14_000, `${real.denied} ms`);
    assert.ok(real.nowhere > 3_000 && real.nowhere < 3_300, `${real.nowhere} ms`);
    assert.ok(quick.denied > 100 && quick.denied < 140, `${quick.denied} ms`);
    assert.ok(quick.nowhere >= 30 && quick.nowhere < 33, `${quick.nowhere} ms`);
    for (const { waited } of [real, quick]) assert.ok(waited >= 10_000 && waited <= 10_625, `${waited} ms`);
  });

  test("wait=0 is the default of five minutes", async () => {
    const { ask, clock } = await simulate();
    for (const wait of ["", "&wait=0s", "&wait=-1s"]) {
      const waited = await duration(clock, () => ask("eu", "GET", `/v1/peerings?index=99${wait}`));
      assert.ok(waited >= 300_000 && waited <= 318_750, `${wait}: ${waited} ms`);
    }
  });

  test("a busy leader reads its peerings every five seconds", async () => {
    const { token, establish, read, clock } = await simulate();
    const took = [];
    for (let round = 0; round < 6; round++) {
      const made = await token("us", `eu-${round}`);
      await establish("eu", `us-${round}`, made);
      const began = clock.now();
      while ((await read("eu", `us-${round}`)).State !== "ACTIVE") await clock.advance(clock.next - clock.now());
      took.push(clock.now() - began);
    }
    assert.ok(took[0] < 100, `the first: ${took}`);
    assert.ok(Math.max(...took) > 4_000 && Math.max(...took) < 5_100, `the slowest: ${took}`);
  });
});

// --- Fetch and sockets
// ------------------------------------------------------------------------------------------------

/** Sends a request over a socket, or without one. */
const WAYS = {
  fetch: ({ fetch }) => fetch,
  socket: () => (url, init) => fetch(url, { ...init, redirect: "manual" }),
};

describe("by fetch and over a socket", () => {
  test("the same cluster, with the same responses", async () => {
    const simulator = await startSimulator({
      seed: 1,
      clusters: [{ name: "eu", response_headers: { "X-More": "1" } }],
    });
    started.push(simulator);
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
    const simulator = await startSimulator({ clusters: ["eu"] });
    started.push(simulator);
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

// --- Faults
// -----------------------------------------------------------------------------------------------------------

for (const [way, fetchOf] of Object.entries(WAYS)) {
  describe(`faults by ${way}`, () => {
    const TOKEN = { method: "POST", body: JSON.stringify({ PeerName: "us" }) };

    /** The response to a token request with a fault, and whether Consul has acted. */
    async function meet(fault) {
      const simulator = await startSimulator({ clusters: ["eu"], seed: 1 });
      started.push(simulator);
      const { eu } = simulator.clusters;
      const ordered = simulator.fault(fault);
      const ask = fetchOf(eu);
      const answer = await ask(`${eu.address}/v1/peering/token`, TOKEN)
        .then(answerOf)
        .catch((error) => ({ error }));
      const acted = async () => {
        for (;;) {
          const left = await eu.fetch(`${eu.address}/v1/peering/us`).catch(() => undefined);
          if (left) return left.status === 200;
          await new Promise((resolve) => setTimeout(resolve, 5)); // it is down
        }
      };
      return { answer, acted: await acted(), hits: ordered.hits, ask, eu, simulator };
    }

    test("delay: the request waits", async () => {
      const began = performance.now();
      const { answer, acted } = await meet({ kind: "delay", ms: 60 });
      assert.ok(performance.now() - began >= 59);
      assert.deepEqual([answer.status, acted], [200, true]);
    });

    test("drop_before: the connection breaks, without an effect", async () => {
      const { answer, acted, hits } = await meet({ kind: "drop_before" });
      assert.ok(answer.error instanceof TypeError, `${answer.status}`);
      assert.ok(answer.error.cause, "a cause as that of a real fetch");
      assert.deepEqual([acted, hits], [false, 1]);
    });

    test("drop_after: the connection breaks, after the effect", async () => {
      const { answer, acted } = await meet({ kind: "drop_after" });
      assert.ok(answer.error instanceof TypeError, `${answer.status}`);
      assert.equal(acted, true);
    });

    test("cut: the response is truncated, after the effect", async () => {
      const { answer, acted } = await meet({ kind: "cut" });
      assert.ok(answer.error instanceof TypeError, `${answer.status}`);
      assert.equal(acted, true);
    });

    test("rate_limited and unavailable: no effect, with Retry-After", async () => {
      for (const [kind, status] of Object.entries({ rate_limited: 429, unavailable: 503 })) {
        const { answer, acted } = await meet({ kind, retry_after: 7 });
        assert.deepEqual([answer.status, answer.headers["retry-after"], acted], [status, "7", false]);
        const { answer: silent } = await meet({ kind });
        assert.deepEqual([silent.status, "retry-after" in silent.headers], [status, false]);
      }
    });

    test("proxy_page: HTML, without an effect", async () => {
      const { answer, acted } = await meet({ kind: "proxy_page" });
      assert.deepEqual(
        [answer.status, answer.headers["content-type"], acted],
        [502, "text/html; charset=utf-8", false],
      );
      assert.match(answer.text, /^<!DOCTYPE html>/);
      assert.equal((await meet({ kind: "proxy_page", status: 200 })).answer.status, 200);
    });

    test("gateway_timeout: HTML, after the effect", async () => {
      const { answer, acted } = await meet({ kind: "gateway_timeout" });
      assert.deepEqual([answer.status, acted], [504, true]);
    });

    test("redirect: to another server, without an effect", async () => {
      const { answer, acted } = await meet({ kind: "redirect" });
      assert.deepEqual([answer.status, answer.headers.location, acted], [307, "http://elsewhere.invalid/", false]);
      const { answer: other } = await meet({ kind: "redirect", location: "/there", status: 302 });
      assert.deepEqual([other.status, other.headers.location], [302, "/there"]);
    });

    test("restart: the server is down during the request, before or after its effect", async () => {
      for (const wasActed of [false, true]) {
        const { answer, acted } = await meet({ kind: "restart", ms: 20, acted: wasActed });
        assert.ok(answer.error instanceof TypeError, `${answer.status}`);
        assert.equal(acted, wasActed);
      }
    });

    test("leader_lost: the request waits for a leader", async () => {
      const began = performance.now();
      const { answer, acted } = await meet({ kind: "leader_lost", ms: 60 });
      assert.ok(performance.now() - began >= 59);
      assert.deepEqual([answer.status, acted], [200, true]);
    });
  });
}

describe("faults", () => {
  test("apply to matching requests, up to a count, until removed", async () => {
    const { fault, ask } = await simulate();
    const status = async (...request) => (await ask(...request)).status;
    const first = fault({
      kind: "unavailable",
      match: { cluster: "eu", method: "GET", path: "/v1/peerings" },
      times: 2,
    });
    assert.equal(await status("us", "GET", "/v1/peerings"), 200);
    assert.equal(await status("eu", "GET", "/v1/peering/x"), 404);
    assert.equal(await status("eu", "POST", "/v1/peerings"), 405);
    assert.equal(await status("eu", "GET", "/v1/peerings?index=0"), 503);
    assert.equal(await status("eu", "GET", "/v1/peerings"), 503);
    assert.equal(await status("eu", "GET", "/v1/peerings"), 200);
    assert.equal(first.hits, 2);

    const always = fault({ kind: "rate_limited", match: { path: /^\/v1\/peering\// }, times: Infinity });
    for (let asked = 0; asked < 5; asked++) assert.equal(await status("us", "GET", "/v1/peering/x"), 429);
    always.remove();
    assert.equal(await status("us", "GET", "/v1/peering/x"), 404);
    assert.equal(always.hits, 5);

    const observed = [];
    fault({
      kind: "unavailable",
      match: (request) => (observed.push(request), request.headers["x-consul-token"] === "t"),
    });
    assert.equal(await status("eu", "GET", "/v1/peerings?a=b"), 200);
    assert.equal(await status("eu", "GET", "/v1/peerings", { token: "t" }), 503);
    assert.deepEqual([observed[0].cluster, observed[0].method, observed[0].path], ["eu", "GET", "/v1/peerings"]);
  });

  test("all matching faults apply", async () => {
    const { fault, settle, send, clock, ask } = await simulate();
    fault({ kind: "delay", ms: 300 });
    fault({ kind: "drop_after" });
    const began = clock.now();
    const asked = send("eu", "POST", "/v1/peering/token", { body: { PeerName: "us" } });
    await assert.rejects(settle(asked), brokenBy("ECONNRESET"));
    assert.ok(clock.now() - began >= 300);
    assert.equal((await ask("eu", "GET", "/v1/peering/us")).status, 200);
  });

  test("a restarted server drops a delayed request", async () => {
    const { fault, restart, settle, send, clock, ask } = await simulate();
    fault({ kind: "delay", ms: 300 });
    const asked = send("eu", "POST", "/v1/peering/token", { body: { PeerName: "us" } });
    await clock.advance(100);
    restart("eu", 100);
    await assert.rejects(settle(asked), brokenBy("ECONNRESET"));
    await clock.advance(1_000);
    assert.equal((await ask("eu", "GET", "/v1/peering/us")).status, 404);
  });
});

// Restarts and lost leaders behave as observed on real servers of 1.22.3.
describe("servers", () => {
  test("a server that is down does not respond", async () => {
    const { restart, send, clock, ask } = await simulate();
    const waiting = send("eu", "GET", "/v1/peerings?index=99&wait=10m");
    await clock.advance(0);
    restart("eu", 1_000);
    await assert.rejects(waiting, brokenBy("ECONNRESET"));
    await assert.rejects(send("eu", "GET", "/v1/peerings"), brokenBy("ECONNREFUSED"));
    await clock.advance(1_000);
    assert.equal((await ask("eu", "GET", "/v1/peerings")).status, 200);
  });

  test("an acceptor's restart: it shows PENDING until the dialer's next try, which sees it FAILING", async () => {
    const { peer, restart, read, clock } = await simulate();
    await peer();
    restart("us", 1_000);
    const { State, StreamStatus } = await read("eu", "us");
    assert.equal(State, "FAILING");
    assert.equal(StreamStatus.LastReceive, "2026-01-01T00:00:06." + StreamStatus.LastReceive.slice(20));
    await clock.advance(1_000);
    const back = await read("us", "eu");
    assert.equal(back.State, "PENDING");
    assert.equal(back.PeerCAPems.length, 1);
    assert.equal(back.Remote.Datacenter, "eu");
    assert.deepEqual(new Set(Object.values(back.StreamStatus)), new Set([null]));
    await clock.advance(1_100);
    assert.deepEqual([(await read("eu", "us")).State, (await read("us", "eu")).State], ["ACTIVE", "ACTIVE"]);
  });

  test("a dialer's restart: it shows ESTABLISHING, and connects at once", async () => {
    const { peer, restart, read, send, clock } = await simulate();
    await peer();
    restart("eu", 1_000);
    assert.equal((await read("us", "eu")).State, "FAILING");
    await clock.advance(999);
    await assert.rejects(send("eu", "GET", "/v1/peering/us"));
    await clock.advance(1);
    assert.equal((await read("eu", "us")).State, "ESTABLISHING");
    await clock.advance(20);
    assert.deepEqual([(await read("eu", "us")).State, (await read("us", "eu")).State], ["ACTIVE", "ACTIVE"]);
  });

  for (const order of ["restart", "loseLeader"]) {
    test(`${order} of a dialer without a response yet leaves no stream`, async () => {
      const { token, establish, read, clock, ...simulator } = await simulate();
      await establish("eu", "us", await token("us", "eu"));
      await clock.advance(7);
      assert.equal((await read("eu", "us")).State, "ACTIVE");
      simulator[order]("eu", 1_000);
      await clock.advance(100);
      assert.equal((await read("us", "eu")).State, "PENDING");
    });
  }

  test("an acceptor that is gone before the first stream leaves the dialer ESTABLISHING", async () => {
    const { token, establish, restart, read, clock } = await simulate();
    await establish("eu", "us", await token("us", "eu"));
    restart("us", 30_000);
    await clock.advance(10_000);
    const { State, StreamStatus } = await read("eu", "us");
    assert.equal(State, "ESTABLISHING");
    // It retries after 2 and after 4 seconds more, which counts as something sent.
    assert.equal(StreamStatus.LastReceive, "0001-01-01T00:00:00Z");
    assert.match(StreamStatus.LastSend, /^2026-01-01T00:00:06(\.\d+)?Z$/);
    await clock.advance(25_000);
    assert.equal((await read("eu", "us")).State, "ACTIVE");
  });

  test("one that never comes back leaves the dialer FAILING", async () => {
    const { peer, restart, read, clock, ask } = await simulate();
    await peer();
    restart("us", Infinity);
    await clock.advance(600_000);
    assert.equal((await read("eu", "us")).State, "FAILING");
    await ask("eu", "DELETE", "/v1/peering/us");
    await clock.advance(1_000);
    assert.equal((await ask("eu", "GET", "/v1/peering/us")).status, 404);
  });

  test("an unused token does not end an existing stream", async () => {
    const { peer, token, restart, read, clock } = await simulate();
    await peer();
    await token("us", "eu");
    restart("eu", 1_000);
    await clock.advance(1_100);
    assert.deepEqual([(await read("eu", "us")).State, (await read("us", "eu")).State], ["ACTIVE", "ACTIVE"]);
  });

  test("a token used by a third cluster ends it when the first reconnects", async () => {
    const { peer, token, establish, restart, read, clock } = await simulate({ clusters: ["eu", "us", "ap"] });
    await peer();
    assert.equal((await establish("ap", "us", await token("us", "eu"))).status, 200);
    await clock.advance(10_000);
    const states = async () => [
      (await read("eu", "us")).State,
      (await read("ap", "us")).State,
      (await read("us", "eu")).State,
    ];
    assert.deepEqual(await states(), ["ACTIVE", "ACTIVE", "ACTIVE"]);
    assert.equal((await read("us", "eu")).Remote.Datacenter, "ap");
    restart("eu", 1_000);
    await clock.advance(60_000);
    // The acceptor has one record for both: it keeps the state of the first, though the second's stream is open.
    assert.deepEqual(await states(), ["FAILING", "ACTIVE", "FAILING"]);
  });

  test("a removal continues after a restart", async () => {
    const { peer, restart, read, clock, ask } = await simulate();
    await peer();
    await ask("us", "DELETE", "/v1/peering/eu");
    await clock.advance(6_000);
    assert.equal((await read("eu", "us")).State, "TERMINATED");
    await ask("eu", "DELETE", "/v1/peering/us"); // with a TERMINATED peering, a removal takes a moment
    assert.ok((await read("eu", "us")).DeletedAt);
    restart("eu", 1_000);
    await clock.advance(1_300);
    assert.equal((await ask("eu", "GET", "/v1/peering/us")).status, 404);
  });

  test("without a leader, requests are delayed until one is elected", async () => {
    const { peer, loseLeader, send, clock, ask, settle, read } = await simulate();
    await peer();
    loseLeader("us", 3_000);
    assert.equal((await ask("us", "GET", "/v1/status/leader")).text, '""');
    assert.equal((await ask("us", "GET", "/v1/catalog/datacenters")).status, 200);
    assert.equal((await read("eu", "us")).State, "FAILING");
    const began = clock.now();
    const { State } = await read("us", "eu");
    assert.equal(clock.now() - began, 3_000);
    assert.equal(State, "PENDING"); // the new leader knows of no stream
    await clock.advance(5_000);
    assert.equal((await read("us", "eu")).State, "ACTIVE");

    loseLeader("us", 120_000);
    const refused = await Promise.all(
      [
        send("us", "POST", "/v1/peering/token", { body: { PeerName: "x" } }),
        send("us", "DELETE", "/v1/peering/eu"),
        send("us", "GET", "/v1/connect/ca/roots"),
        send("us", "GET", "/v1/peerings"),
      ].map((asked) => settle(asked).then(async (response) => [await answerOf(response), clock.now()])),
    );
    const lost = clock.now() - Math.max(...refused.map(([, at]) => at));
    assert.ok(lost >= 0);
    for (const [{ status, text }] of refused) assert.deepEqual([status, text], [500, "No cluster leader"]);
  });

  test("an invalid request is refused without a leader too", async () => {
    const { loseLeader, ask, clock } = await simulate();
    loseLeader("us", 60_000);
    const began = clock.now();
    const { text } = await ask("us", "POST", "/v1/peering/token", { body: { PeerName: "X_" } });
    assert.match(text, /is not a valid peer name/);
    assert.equal(clock.now(), began);
  });

  test("services are shown on both sides, from when they are exported", async () => {
    const { peer, exportServices, read, ask, clock } = await simulate();
    await peer();
    const shown = async () => {
      const [here, there] = [(await read("us", "eu")).StreamStatus, (await read("eu", "us")).StreamStatus];
      return [here.ExportedServices, here.ImportedServices, there.ImportedServices, there.ExportedServices];
    };
    assert.deepEqual(await shown(), [null, null, null, null]);
    exportServices("us", { web: ["eu"], billing: ["eu", "ap"], other: ["ap"] });
    await clock.advance(EXPORTED_MS);
    assert.deepEqual(await shown(), [["billing", "web"], null, ["billing", "web"], null]);
    const { json } = await ask("us", "GET", "/v1/exported-services");
    assert.deepEqual(json[0], { Service: "billing", Consumers: { Peers: ["ap", "eu"] } });
    exportServices("us", {});
    await clock.advance(EXPORTED_MS);
    assert.deepEqual(await shown(), [null, null, null, null]);
  });

  test("heartbeats come every fifteen seconds", async () => {
    const { peer, read, clock } = await simulate();
    await peer();
    const { StreamStatus: before } = await read("eu", "us");
    assert.equal(before.LastHeartbeat, null);
    await clock.advance(31_000);
    const { StreamStatus: after } = await read("eu", "us");
    assert.match(after.LastHeartbeat, /^2026-01-01T00:00:30\.\d+Z$/);
    assert.equal(after.LastReceive, after.LastHeartbeat);
    assert.equal(after.LastSend, before.LastSend);
    assert.deepEqual((await read("eu", "us")).StreamStatus, after);
  });

  test("deleting both sides at once may leave one marked permanently", async () => {
    const { peer, token, establish, read, ask, clock } = await simulate({ clusters: ["eu", "us", "ap"] });
    await establish("eu", "ap", await token("ap", "eu"));
    await peer();
    await ask("ap", "DELETE", "/v1/peering/eu"); // with a TERMINATED peering, a removal takes a moment
    await clock.advance(60_000);
    // One leader has read so often that it ends its stream late; the other has not.
    for (const each of [1, 2, 3, 4, 5, 6]) {
      await token("eu", `other-${each}`);
      await clock.advance(1);
    }
    await ask("eu", "DELETE", "/v1/peering/us");
    await ask("us", "DELETE", "/v1/peering/eu");
    await clock.advance(600_000);
    const { State, DeletedAt } = await read("eu", "us");
    assert.deepEqual([State, DeletedAt !== undefined], ["TERMINATED", true]);
    await ask("eu", "DELETE", "/v1/peering/us");
    await clock.advance(1_000);
    assert.equal((await ask("eu", "GET", "/v1/peering/us")).status, 404);
  });

  test("concurrent token requests for a new peering: one token is valid", async () => {
    const { send, settle, establish } = await simulate();
    const body = { PeerName: "eu" };
    const asked = [1, 2, 3].map(() => send("us", "POST", "/v1/peering/token", { body }));
    const answers = await Promise.all((await settle(Promise.all(asked))).map(answerOf));
    const statuses = [];
    for (const [index, { json }] of answers.entries()) {
      statuses.push((await establish("eu", `us-${index}`, peeringToken(json.PeeringToken))).status);
    }
    assert.deepEqual(statuses.sort(), [200, 403, 403]);
  });
});

// As observed on real servers of 1.22.3.
describe("retries", () => {
  const external = async ({ ask }, addresses) => {
    const body = { PeerName: "eu", ServerExternalAddresses: addresses };
    const { json } = await ask("us", "POST", "/v1/peering/token", { body });
    return peeringToken(json.PeeringToken);
  };

  test("an establish whose client disconnects is aborted, and its token stays valid", async () => {
    const simulator = await simulate({ clusters: ["eu", { name: "us", external_addresses: ["lb:1"] }] });
    const PeeringToken = await external(simulator, ["127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:1", "lb:1"]);
    const { clock, send, read, establish } = simulator;
    const controller = new AbortController();
    const body = { PeerName: "us", PeeringToken };
    const trying = send("eu", "POST", "/v1/peering/establish", { body, signal: controller.signal });
    await clock.advance(100);
    controller.abort();
    await assert.rejects(trying);
    await clock.advance(5_000);
    assert.equal((await read("eu", "us")).State, "PENDING");
    assert.equal((await establish("eu", "us", PeeringToken)).status, 200);
  });

  test("a stream is retried with its former record until the leader reads the new one", async () => {
    const { peer, establish, token, restart, read, clock } = await simulate({ clusters: ["eu", "us", "ap"] });
    await peer();
    // The wrong cluster's token over a live dialer: refused, but written.
    assert.equal((await establish("eu", "us", await token("ap", "eu"))).status, 503);
    const states = async () => [(await read("eu", "us")).State, (await read("us", "eu")).State];
    assert.match((await read("eu", "us")).PeerServerName, /^server\.ap\./);
    restart("us", 1_000);
    await clock.advance(10_000);
    assert.deepEqual(await states(), ["ACTIVE", "ACTIVE"]);
    restart("us", 1_000);
    await token("eu", "other"); // any change makes the leader read all peerings
    await clock.advance(60_000);
    assert.deepEqual(await states(), ["FAILING", "PENDING"]);
  });
});

describe("older versions", () => {
  const recorded = (version) =>
    JSON.parse(readFileSync(new URL(`../recordings/older/${version}.json`, import.meta.url), "utf8")).peerings;
  /** The keys in their order, without those that exist only with a value. */
  const shape = (peering) => Object.keys(peering).filter((key) => !["Meta", "Partition", "DeletedAt"].includes(key));

  test("1.13: two counts, and nothing of the stream or of the other side", async () => {
    const { peer, exportServices, read, ask, clock } = await simulate({
      clusters: ["eu", "us"].map((name) => ({ name, version: "1.13.9" })),
    });
    const [dialer, acceptor] = recorded("1.13").map(({ answer }) => answer);
    await ask("eu", "POST", "/v1/peering/token", { body: { PeerName: "US-East" } });
    assert.deepEqual(shape(await read("eu", "us-east")), shape(acceptor));
    await peer();
    exportServices("us", { billing: ["eu"] });
    await clock.advance(EXPORTED_MS);
    const peering = await read("eu", "us");
    assert.deepEqual(shape(peering), shape(dialer));
    assert.deepEqual([peering.ImportedServiceCount, peering.ExportedServiceCount], [1, 0]);
  });

  test("1.14: never is the year 1", async () => {
    const { read, ask, token } = await simulate({ clusters: [{ name: "eu", version: "1.14.3" }] });
    const acceptor = recorded("1.14").find(({ answer }) => answer.State === "PENDING").answer;
    await token("eu", "us");
    const peering = await read("eu", "us");
    assert.deepEqual(shape(peering), shape(acceptor));
    assert.deepEqual(peering.StreamStatus, acceptor.StreamStatus);
    assert.equal((await ask("eu", "GET", "/v1/peerings?index=999&wait=1s")).headers["x-consul-index"], undefined);
  });

  test("the leftovers and the text of a refused call", async () => {
    for (const [version, status, left] of [
      ["1.13.9", 500, 404],
      ["1.15.9", 500, 200],
      ["1.16.0", 503, 200],
    ]) {
      const { establish, ask, token } = await simulate({
        clusters: ["eu", "us"].map((name) => ({ name, version, reachable: [] })),
      });
      const { status: refused, text } = await establish("eu", "us", await token("us", "eu"));
      assert.equal(refused, status, version);
      assert.equal(text.startsWith("rpc error: code = Unknown desc = "), status === 500, version);
      assert.equal((await ask("eu", "GET", "/v1/peering/us")).status, left, version);
    }
  });

  test("1.13 replaces its own addresses by external ones", async () => {
    const content = {};
    for (const version of ["1.13.9", "1.14.0"]) {
      const { ask } = await simulate({ clusters: [{ name: "eu", version, server_address: "10.0.0.1:8502" }] });
      const body = { PeerName: "us", ServerExternalAddresses: ["lb:8502"] };
      const { json } = await ask("eu", "POST", "/v1/peering/token", { body });
      content[version] = JSON.parse(Buffer.from(peeringToken(json.PeeringToken), "base64"));
    }
    assert.deepEqual(content["1.13.9"].ServerAddresses, ["lb:8502"]);
    assert.equal("ManualServerAddresses" in content["1.13.9"], false);
    assert.deepEqual(content["1.14.0"].ServerAddresses, ["10.0.0.1:8502"]);
    assert.deepEqual(content["1.14.0"].ManualServerAddresses, ["lb:8502"]);
  });
});

test("a server that restarts breaks its idle connections", async () => {
  const simulator = await startSimulator({ clusters: ["eu", "us"] });
  started.push(simulator);
  const connect = async ({ address }) => {
    const { hostname, port } = new URL(address);
    const socket = createConnection(Number(port), hostname);
    await once(socket, "connect");
    return socket;
  };
  const [eu, us] = await Promise.all(Object.values(simulator.clusters).map(connect));
  const closed = once(eu.resume(), "close");
  simulator.fault({ kind: "restart", ms: 1, match: { cluster: "eu" } });
  await assert.rejects(fetch(`${simulator.clusters.eu.address}/v1/peerings`), { name: "TypeError" });
  await closed;
  assert.equal(us.readyState, "open");
  us.destroy();
});

describe("stop", () => {
  /** Runs a script with the simulator; resolves to its exit code, undefined if it does not end by itself. */
  async function exitOf(script) {
    const url = new URL("../../pkg/simulator.js", import.meta.url);
    const source = `import { startSimulator } from ${JSON.stringify(url)};\n${script}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      stdio: ["ignore", "ignore", "inherit"],
    });
    const watchdog = setTimeout(() => child.kill("SIGKILL"), 20_000);
    const [code] = await once(child, "exit");
    clearTimeout(watchdog);
    return code ?? undefined;
  }

  const PEER = `
    const simulator = await startSimulator({ speed: 10 });
    const { eu, us } = simulator.clusters;
    const post = async ({ address }, path, body) =>
      (await fetch(address + path, { method: "POST", body: JSON.stringify(body) })).json();
    const { PeeringToken } = await post(us, "/v1/peering/token", { PeerName: "eu" });
    await post(eu, "/v1/peering/establish", { PeerName: "us", PeeringToken });
    const waiting = fetch(eu.address + "/v1/peerings?index=99&wait=10m").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    simulator.restart("us", 60_000);`;

  test("keeps no process alive", async () => {
    assert.equal(await exitOf(`${PEER} await simulator.stop(); await waiting;`), 0);
  });

  test("before stop, its sockets keep the process alive", async () => {
    // Ended from within; otherwise it would run until the watchdog.
    assert.equal(await exitOf(`${PEER} setTimeout(() => process.exit(7), 300).unref();`), 7);
  });

  test("closes open connections and accepts no more", async () => {
    const simulator = await startSimulator({ clusters: ["eu"] });
    const { eu } = simulator.clusters;
    const path = "/v1/peerings?index=99&wait=10m";
    const waiting = [eu.fetch(eu.address + path), fetch(eu.address + path)].map((asked) =>
      asked.catch((error) => error),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    await simulator.stop();
    for (const error of await Promise.all(waiting)) assert.ok(error instanceof TypeError);
    await assert.rejects(fetch(eu.address + path), { name: "TypeError" });
    await simulator.stop();
  });
});
