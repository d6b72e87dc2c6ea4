// Aborts and timeouts at every moment of a call: the error, and no timer, listener or rejection left behind.
import { sleep } from "./virtual-time.js";
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { establish, list, read, remove, wait } from "../../pkg/node.js";
import { busy, failure, fields, hang, ok, raw, spec, stub } from "./stub-server.js";

describe("aborts", { concurrency: true }, () => {
  /** Aborts `call(signal)` after `after` ms, and checks that nothing of it is left. */
  async function aborts(call, { reason = "why", after = 30 } = {}) {
    const controller = new AbortController();
    const promise = call(controller.signal);
    promise.catch(() => {});
    await sleep(after);
    assert.equal(getEventListeners(controller.signal, "abort").length, 1, "it listens");
    const started = performance.now();
    controller.abort(reason);
    await assert.rejects(promise, (error) => error === controller.signal.reason);
    assert.ok(performance.now() - started < 900, "at once");
    assert.equal(getEventListeners(controller.signal, "abort").length, 0, "a listener is left on the signal");
  }

  test("before the call", async () => {
    for (const reason of ["why", undefined, null, 0, new Error("mine")]) {
      const { cluster, calls } = stub(() => ok());
      const signal = AbortSignal.abort(reason);
      for (const call of [
        read(cluster, "us", { signal }),
        establish(cluster, spec, { signal }),
        remove(cluster, "us", { signal }),
        wait(cluster, "us", "ACTIVE", { signal }),
      ]) {
        await assert.rejects(call, (error) => error === signal.reason);
      }
      assert.equal(calls.length, 0);
      assert.equal(getEventListeners(signal, "abort").length, 0);
    }
  });

  test("in the same tick as the call", async () => {
    const { cluster, calls } = stub(() => ok());
    const controller = new AbortController();
    const promise = read(cluster, "us", { signal: controller.signal });
    controller.abort("why");
    await assert.rejects(promise, (error) => error === "why");
    assert.equal(calls.length, 0);
  });

  test("during fetch: the request is aborted", async () => {
    const { cluster, calls } = stub(hang);
    await aborts((signal) => read(cluster, "us", { signal }));
    assert.ok(calls.every(({ signal }) => signal.aborted));
  });

  test("during a fetch that ignores its signal", async () => {
    await aborts((signal) => list(stub(() => new Promise(() => {})).cluster, { signal }));
  });

  test("while a slow read is probed for a denial", async () => {
    const { cluster, calls } = stub(hang);
    await aborts((signal) => read(cluster, "us", { signal }), { after: 500 });
    assert.equal(calls.length, 2);
    assert.ok(calls.every(({ signal }) => signal.aborted));
  });

  test("while the body is read", async () => {
    const body = () => ({ status: 200, headers: new Headers(), text: () => new Promise(() => {}) });
    await aborts((signal) => read(stub(body).cluster, "us", { signal }), { after: 150, reason: new Error("mine") });
  });

  test("during the delay before a retry", async () => {
    const { cluster, calls } = stub(() => busy(429, "", { "Retry-After": "5" }));
    await aborts((signal) => read(cluster, "us", { signal }));
    assert.equal(calls.length, 1);
  });

  test("during wait", async () => {
    const { cluster } = stub(() => ok({ ...raw, State: "PENDING" }));
    await aborts((signal) => wait(cluster, "us", "ACTIVE", { signal }), { after: 100 });
  });

  test("from onProgress, and from an until function", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { cluster } = stub(() => busy(429, ""));
    await assert.rejects(
      read(cluster, "us", { signal, onProgress: () => controller.abort("progress") }),
      (error) => error === "progress",
    );
    const second = new AbortController();
    const until = () => (second.abort("read"), false);
    await assert.rejects(
      wait(stub(() => ok()).cluster, "us", until, { signal: second.signal }),
      (error) => error === "read",
    );
  });

  test("AbortSignal.timeout", async () => {
    const connection = setInterval(() => {}, 1_000); // keeps the process alive, which the signal's timer does not
    const signal = AbortSignal.timeout(30);
    await assert
      .rejects(read(stub(hang).cluster, "us", { signal, timeout: Infinity }), (error) => error === signal.reason)
      .finally(() => clearInterval(connection));
    assert.equal(signal.reason.name, "TimeoutError");
  });

  test("a completed call removes its listener from the signal", async () => {
    const { signal } = new AbortController();
    await read(stub(() => ok()).cluster, "us", { signal });
    await failure(read(stub(() => ok({})).cluster, "us", { signal }), "unexpected_answer");
    await failure(read(stub(hang).cluster, "us", { signal, timeout: 20 }), "timeout");
    await failure(read(stub(hang).cluster, "US", { signal }), "invalid");
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("a fetch that rejects after its call ended causes no unhandledRejection", async () => {
    const unhandled = [];
    const listen = (error) => unhandled.push(error);
    process.on("unhandledRejection", listen);
    const late = () => new Promise((_, reject) => setTimeout(reject, 60, new Error("late")));
    await failure(read(stub(late).cluster, "us", { timeout: 20 }), "timeout");
    const body = () => ({ status: 200, headers: new Headers(), text: late });
    await failure(read(stub(body).cluster, "us", { timeout: 20 }), "timeout");
    await sleep(120);
    process.off("unhandledRejection", listen);
    assert.deepEqual(unhandled, []);
  });
});

describe("timeouts", { concurrency: true }, () => {
  test("short timeouts are kept", async () => {
    for (const timeout of [0.5, 1, 100]) {
      const error = await failure(read(stub(hang).cluster, "us", { timeout }), "timeout", { within: timeout + 900 });
      assert.equal(error.retryable, true);
    }
  });

  test("accepts Infinity, more than setTimeout supports, null and undefined", async () => {
    for (const timeout of [Infinity, 2 ** 31 - 1, 2 ** 31, 2 ** 53, null, undefined]) {
      const { cluster } = stub(() => sleep(30).then(ok));
      assert.equal((await read(cluster, "us", { timeout })).id, "1");
    }
  });

  test("invalid timeouts: code invalid, nothing is sent", async () => {
    for (const timeout of [0, -1, NaN, -Infinity, "60000", "60s", true, {}, [], 10n, () => 1]) {
      const { cluster, calls } = stub(() => ok());
      const error = await failure(read(cluster, "us", { timeout }), "invalid");
      assert.deepEqual(fields(error), ["options.timeout type"]);
      assert.equal(calls.length, 0);
    }
  });

  test("a timeout covers the whole call, with waits and retries", async () => {
    const { cluster } = stub(() => ok({ ...raw, State: "PENDING" }));
    const error = await failure(wait(cluster, "us", "ACTIVE", { timeout: 300 }), "timeout", { within: 1_200 });
    assert.equal(error.peering.state, "PENDING", "as last read");
  });
});
