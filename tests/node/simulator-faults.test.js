// Faults as tests order them: which requests meet one, and what a caller sees of it, by `fetch` and over a socket.
// `tests/simulator/faults.rs` shows what each kind does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerOf, brokenBy, simulate, startFor } from "./manual-simulator.js";

/** Sends a request over a socket, or without one. */
const WAYS = {
  fetch: ({ fetch }) => fetch,
  socket: () => (url, init) => fetch(url, { ...init, redirect: "manual" }),
};

for (const [way, fetchOf] of Object.entries(WAYS)) {
  describe(`faults by ${way}`, () => {
    const TOKEN = { method: "POST", body: JSON.stringify({ PeerName: "us" }) };

    /** The response to a token request with a fault, and whether Consul has acted. */
    async function meet(fault) {
      const simulator = await startFor({ clusters: ["eu"], seed: 1 });
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
      return { answer, acted: await acted(), hits: ordered.hits };
    }

    test("drop_before: the connection breaks, without an effect", async () => {
      const { answer, acted, hits } = await meet({ kind: "drop_before" });
      assert.ok(answer.error instanceof TypeError, `${answer.status}`);
      assert.ok(answer.error.cause, "a cause as that of a real fetch");
      assert.deepEqual([acted, hits], [false, 1]);
    });

    test("cut: the response is truncated, after the effect", async () => {
      const { answer, acted } = await meet({ kind: "cut" });
      assert.ok(answer.error instanceof TypeError, `${answer.status}`);
      assert.equal(acted, true);
    });

    test("rate_limited: no effect, with Retry-After", async () => {
      const { answer, acted } = await meet({ kind: "rate_limited", retry_after: 7 });
      assert.deepEqual([answer.status, answer.headers["retry-after"], acted], [429, "7", false]);
    });

    test("redirect: not followed, without an effect", async () => {
      const { answer, acted } = await meet({ kind: "redirect", location: "/there", status: 302 });
      assert.deepEqual([answer.status, answer.headers.location, acted], [302, "/there", false]);
    });

    test("proxy_page: a status that has no body", async () => {
      for (const status of [204, 205, 304]) {
        const { answer, acted } = await meet({ kind: "proxy_page", status });
        assert.deepEqual([answer.status, answer.text, acted], [status, "", false]);
      }
    });

    test("restart: the server is down during the request, after its effect", async () => {
      const { answer, acted } = await meet({ kind: "restart", ms: 20, acted: true });
      assert.ok(answer.error instanceof TypeError, `${answer.status}`);
      assert.equal(acted, true);
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

  test("an invalid fault is refused", async () => {
    const { fault } = await simulate();
    assert.throws(() => fault({ kind: "explode" }), { name: "TypeError", message: /kind must be one of delay, / });
    for (const [match, message] of [
      [{ clusterr: "eu" }, "match.clusterr is unknown: use cluster, method, path"],
      [{ cluster: "nowhere" }, 'match.cluster: there is no cluster "nowhere"'],
      [{ method: "get" }, "match.method has an invalid value"],
      [{ path: 5 }, "match.path has an invalid value"],
    ]) {
      assert.throws(() => fault({ kind: "proxy_page", match }), { name: "TypeError", message });
    }
    assert.throws(() => fault({ kind: "drop_after", times: 0 }), /times must be a number above 0/);
    const wrong = { name: "TypeError", message: "retry_after must be a whole number of seconds" };
    assert.throws(() => fault({ kind: "rate_limited", retry_after: 1n }), wrong);
    const location = { name: "TypeError", message: "location has characters that a header cannot have" };
    for (const text of ["http://x/→", "/a\nb", "/\0"]) {
      assert.throws(() => fault({ kind: "redirect", location: text }), location);
    }
  });
});
