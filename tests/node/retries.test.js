// Retries of reads and writes, in memory and in virtual time: what is retried, how often, and the resulting error.
import { sleep } from "./virtual-time.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { establish, generateToken, list, permissions, read } from "../../pkg/node.js";
import { absent, busy, failure, ok, raw, spec, stub } from "./stub-server.js";

describe("retries", { concurrency: true }, () => {
  const refused = () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
  };
  const reset = () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
  };
  const writes = (calls) => calls.filter(({ method, path }) => method === "DELETE" || /establish|token/.test(path));
  /** A cluster without peerings, whose writes are answered by `write(n)`. */
  const writing = (write) => {
    let n = 0;
    return stub((url, { method }) => (method === "GET" ? absent() : write(++n)));
  };

  test("a read that fails on the network is retried twice within a second, and onProgress reports it", async () => {
    for (const fault of [refused, reset]) {
      const { cluster, calls } = stub(fault);
      const reported = [];
      await failure(read(cluster, "us", { onProgress: (it) => reported.push(it) }), "network", { within: 1_500 });
      assert.equal(calls.length, 3);
      assert.deepEqual(
        reported.map(({ kind }) => kind),
        ["retry", "retry"],
      );
    }
    const { cluster, calls } = stub((url, init, n) => (n < 3 ? reset() : ok([raw])));
    assert.equal((await list(cluster)).length, 1);
    assert.equal(calls.length, 3);
  });

  test("permissions: retries like a read", async () => {
    const { cluster } = stub((url, init, n) => {
      if (n === 1) reset();
      if (n === 2) return busy(429, "", { "Retry-After": "0" });
      return ok(["read", "write"].map((Access) => ({ Resource: "peering", Access, Allow: true })));
    });
    assert.deepEqual(await permissions(cluster), { read: true, write: true });
  });

  for (const [what, after, least] of [
    ["in seconds", () => "1", 950],
    ["as a date", () => new Date(Date.now() + 2_000).toUTCString(), 950],
    ["absent", () => undefined, 240],
    ["invalid", () => "soon", 240],
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

  test("Retry-After of zero or in the past: still backs off", async () => {
    for (const after of ["0", "-1", new Date(0).toUTCString()]) {
      const { cluster, calls } = stub(async () => {
        await sleep(1);
        return busy(429, "", { "Retry-After": after });
      });
      await failure(read(cluster, "us", { timeout: 1_000 }), "rate_limited", { within: 1_500 });
      assert.ok(calls.length >= 2 && calls.length < 20, `${calls.length} requests in a second`);
    }
  });

  test("Retry-After beyond the timeout: fails at once with rate_limited", async () => {
    const { cluster, calls } = stub(() => busy(429, "", { "Retry-After": "30" }));
    const error = await failure(read(cluster, "us", { timeout: 5_000 }), "rate_limited", { within: 1_000 });
    assert.equal(error.retryable, true);
    assert.equal(calls.length, 1);
  });

  for (const [status, text, code] of [
    [500, "No cluster leader", "not_ready"],
    [500, "CA has not finished initializing", "not_ready"],
    [503, "try later", "server_error"],
    [429, "", "rate_limited"],
  ]) {
    test(`${status} ${text}: a read retries until the timeout, and fails with ${code}`, async () => {
      const { cluster, calls } = stub(() => busy(status, text));
      const error = await failure(read(cluster, "us", { timeout: 1_200 }), code, { within: 2_500 });
      assert.equal(error.status, status);
      assert.ok(calls.length >= 2 && calls.length < 6, `${calls.length}`);
      const recovering = stub((url, init, n) => (n < 3 ? busy(status, text) : ok()));
      assert.equal((await read(recovering.cluster, "us")).id, "1");
    });
  }

  test("permanent errors are not retried", async () => {
    for (const [status, text, code] of [
      [500, "boom", "server_error"],
      [502, "", "server_error"],
      [403, "Permission denied: anonymous token lacks permission 'peering:read'", "permission_denied"],
      [403, "ACL not found", "acl_token_unknown"],
      [403, "Endpoint is blocked by agent configuration", "endpoint_blocked"],
      [403, "Access is restricted", "writes_restricted"],
      [500, "peering must be enabled to use this endpoint", "peering_disabled"],
    ]) {
      const { cluster, calls } = stub(() => busy(status, text));
      const error = await failure(read(cluster, "us"), code, { within: 1_000 });
      assert.equal(error.status, status);
      assert.equal(calls.length, 1);
    }
  });

  test("a write that had no effect is retried", async () => {
    for (const fault of [refused, () => busy(429, ""), () => busy(500, "No cluster leader")]) {
      const { cluster, calls } = writing((n) => (n === 1 ? fault() : ok({ PeeringToken: "made-at-last" })));
      assert.equal(await generateToken(cluster, { peer_name: "us" }), "made-at-last");
      assert.equal(writes(calls).length, 2);
    }
  });

  test("a write whose response is lost is not retried", async () => {
    for (const fault of [reset, () => busy(502, ""), () => busy(504, ""), () => ({})]) {
      const { cluster, calls } = writing(fault);
      await assert.rejects(generateToken(cluster, { peer_name: "us" }));
      await assert.rejects(establish(cluster, spec));
      assert.deepEqual(
        writes(calls).map(({ path }) => path),
        ["/v1/peering/token", "/v1/peering/establish"],
      );
    }
  });
});
