// Retries as JavaScript decides them: by the error that a fetch rejects with, and by the header Retry-After. Which requests
// are retried, and how often, is tested natively: src/decide/retry.rs, tests/simulator/retries.rs.
import "./virtual-time.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { generateToken, permissions, read } from "../../pkg/node.js";
import { absent, busy, failure, ok, stub } from "./stub-server.js";

describe("retries", { concurrency: true }, () => {
  const fails = (code) => () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code }) });
  };

  test("a read is retried twice, and each retry is reported", async () => {
    const { cluster, calls } = stub(fails("ECONNRESET"));
    const reported = [];
    await failure(read(cluster, "us", { onProgress: (it) => reported.push(it) }), "network");
    assert.equal(calls.length, 3);
    assert.deepEqual(
      reported.map(({ kind, code, cluster, peer_name }) => [kind, code, cluster, peer_name]),
      Array(2).fill(["retry", "network", cluster.address, "us"]),
    );
    assert.ok(reported.every(({ text }) => text.length > 20));
  });

  test("permissions are retried like a read", async () => {
    const { cluster } = stub((url, init, n) => {
      if (n === 1) fails("ECONNRESET")();
      return ok(["read", "write"].map((Access) => ({ Resource: "peering", Access, Allow: true })));
    });
    assert.deepEqual(await permissions(cluster), { read: true, write: true });
  });

  test("a write is retried after a refused connection, not after a broken one", async () => {
    for (const [code, expected] of [
      ["ECONNREFUSED", 2],
      ["ECONNRESET", 1],
    ]) {
      let writes = 0;
      const { cluster } = stub((url, { method }) => {
        if (method === "GET") return absent();
        return ++writes === 1 ? fails(code)() : ok({ PeeringToken: "made-at-last" });
      });
      const made = await generateToken(cluster, { peer_name: "us" }).catch(({ code }) => code);
      assert.deepEqual([made, writes], [expected === 2 ? "made-at-last" : "network", expected]);
    }
  });

  for (const [what, after, least] of [
    ["in seconds", () => "1", 950],
    ["as a date", () => new Date(Date.now() + 2_000).toUTCString(), 950],
    ["absent", () => undefined, 240],
    ["invalid", () => "soon", 240],
    ["in the past", () => new Date(0).toUTCString(), 240],
  ]) {
    test(`rate limit, Retry-After ${what}`, async () => {
      const header = after();
      const { cluster, calls } = stub((url, init, n) =>
        n === 1 ? busy(429, "slow down", header && { "Retry-After": header }) : ok(),
      );
      assert.equal((await read(cluster, "us")).id, "1");
      const waited = calls[1].at - calls[0].at;
      assert.ok(waited > least && waited < 3_500, `waited ${Math.round(waited)} ms`);
    });
  }
});
