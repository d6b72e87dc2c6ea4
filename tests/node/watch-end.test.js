// How an iteration over watch ends: break, return(), an error in the loop, a signal. No request, timer or listener is left.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import { generateToken, watch } from "../../pkg/node.js";
import { assertOver, next, untilAsking, world } from "./watching.js";

describe("end", { concurrency: true }, () => {
  test("break: no request and no listener is left", async (t) => {
    const observed = await world(t);
    const { signal } = new AbortController();
    for await (const peerings of watch(observed.cluster, { signal })) {
      assert.deepEqual(peerings, []);
      break;
    }
    assert.equal(getEventListeners(signal, "abort").length, 0);
    const watching = watch(observed.cluster, { signal });
    await next(watching);
    const waiting = watching.next();
    while (getEventListeners(signal, "abort").length !== 1) await sleep(1);
    await watching.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await assertOver(observed);
  });

  test("an error in the loop's body", async (t) => {
    const observed = await world(t);
    const { signal } = new AbortController();
    const reason = new Error("of the body");
    await assert.rejects(async () => {
      for await (const peerings of watch(observed.cluster, { signal })) throw [reason, peerings][0];
    }, reason);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await assertOver(observed);
  });

  test("return() while a value is pending: settles at once, and aborts the request", async (t) => {
    const observed = await world(t);
    const watching = watch(observed.cluster, { interval: 600_000 });
    await next(watching);
    const waiting = watching.next();
    await untilAsking(observed);
    assert.deepEqual(await watching.return("done"), { done: true, value: "done" });
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.equal(observed.requests.at(-1).aborted, true);
    assert.deepEqual(await watching.next(), { done: true, value: undefined });
    assert.deepEqual(await watching.return(), { done: true, value: undefined });
    await assertOver(observed);
  });

  test("return() before the first value", async (t) => {
    const observed = await world(t);
    const watching = watch(observed.cluster);
    await watching.return();
    assert.deepEqual(await watching.next(), { done: true, value: undefined });
    assert.deepEqual(observed.requests, []);
  });

  test("a signal: the pending value rejects with its reason", async (t) => {
    for (const reason of [new Error("no"), "a text", { code: "invalid" }, 0]) {
      const observed = await world(t);
      const controller = new AbortController();
      const { signal } = controller;
      const watching = watch(observed.cluster, "us", { signal, interval: 50 });
      assert.equal(await next(watching), null);
      await generateToken(observed.eu, { peer_name: "us" });
      assert.equal((await next(watching)).state, "PENDING");
      const waiting = watching.next();
      await untilAsking(observed);
      controller.abort(reason);
      assert.equal(await waiting.catch((thrown) => thrown), reason);
      assert.equal(observed.requests.at(-1).aborted, true);
      assert.equal(getEventListeners(signal, "abort").length, 0);
      assert.deepEqual(await watching.next(), { done: true, value: undefined });
      await assertOver(observed);
    }
  });

  test("a signal that aborts between two values, or before the first", async (t) => {
    const observed = await world(t);
    const controller = new AbortController();
    const watching = watch(observed.cluster, { signal: controller.signal });
    await next(watching);
    const sent = observed.requests.length;
    controller.abort("between");
    assert.equal(await watching.next().catch((thrown) => thrown), "between");
    const late = watch(observed.cluster, { signal: controller.signal });
    assert.equal(await late.next().catch((thrown) => thrown), "between");
    assert.deepEqual(await late.next(), { done: true, value: undefined });
    assert.equal(observed.requests.length, sent, "nothing was sent for it");
  });

  test("during the pause after a failure", async (t) => {
    const observed = await world(t);
    const watching = watch(observed.cluster, { interval: 30 });
    await next(watching);
    const down = observed.simulator.fault({ kind: "proxy_page", match: { cluster: "eu" }, times: Infinity });
    const waiting = watching.next();
    while (down.hits < 2) await sleep(5);
    await watching.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    await assertOver(observed);
  });
});
