// connect, rotate and disconnect after a fault or an abort at a write, as JavaScript shows it: the error, and no listener or
// request that is left. tests/simulator/pair_faults.rs tests every fault and an abort at every request.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { sleep } from "./virtual-time.js";
import { connect, disconnect, isPeeringError, plan, rotate } from "../../pkg/node.js";
import { world } from "./pair.js";
import { assertSilent } from "./recorder.js";

/** Each call, what comes before it, and the write at which it ends. */
const CALLS = {
  connect: [connect, () => {}, "/v1/peering/establish"],
  rotate: [rotate, (pair) => connect(...pair.sides), "/v1/peering/token"],
  disconnect: [disconnect, (pair) => connect(...pair.sides), "/v1/peering/eu"],
};

const isWrite = ({ method }, path, wanted) => method !== "GET" && path === wanted;

for (const [operation, [call, prepare, write]] of Object.entries(CALLS)) {
  test(`${operation}: a failed write is an error with its leftovers, and the next call succeeds`, async (t) => {
    const pair = await world(t);
    await prepare(pair);
    const match = (request) => isWrite(request, request.path, write);
    const broken = pair.simulator.fault({ kind: "redirect", match });
    const reported = [];
    const onProgress = (progress) => reported.push(progress);
    const error = await call(...pair.sides, { onProgress }).catch((error) => error);
    assert.equal(broken.hits, 1);
    assert.ok(isPeeringError(error), String(error?.stack));
    assert.deepEqual([error.code, error.operation], ["network", operation]);
    assert.ok(
      error.hint.length > 20 && error.left_behind.every(({ fix, what }) => fix.length > 10 && what.length > 10),
    );
    assertSilent([error, reported], pair.secrets);
    await call(...pair.sides);
  });

  for (const moment of ["before", "after"])
    test(`${operation}, aborted ${moment} a write: rejects with the reason, sends nothing more`, async (t) => {
      const pair = await world(t);
      await prepare(pair);
      const controller = new AbortController();
      const reason = { operation, moment };
      const aborting = pair.sides.map((side) => {
        const fetch = async (url, init) => {
          const stops = isWrite(init, new URL(url).pathname, write);
          if (stops && moment === "before") controller.abort(reason);
          const response = await side.cluster.fetch(url, init);
          if (stops) controller.abort(reason);
          return response;
        };
        return { ...side, cluster: { ...side.cluster, fetch } };
      });
      const reported = [];
      const onProgress = (progress) => reported.push(progress);
      const thrown = await call(...aborting, { signal: controller.signal, onProgress }).catch((error) => error);
      const [sent, said] = [pair.requests.length, reported.length];
      assert.equal(thrown, reason);
      assert.equal(getEventListeners(controller.signal, "abort").length, 0, "no listener is left");
      const left = reported.filter(({ kind }) => kind === "left_behind");
      assert.ok(left.length > 0 && reported.slice(-left.length).every(({ kind }) => kind === "left_behind"));
      await sleep(30);
      assert.deepEqual([pair.requests.length, reported.length], [sent, said], "it is over");
      assert.ok(
        pair.requests.every(({ open }) => !open),
        "no request is pending",
      );
      assertSilent(reported, pair.secrets);
      await call(...pair.sides);
    });
}

test("aborted before the call: nothing is sent", async (t) => {
  const pair = await world(t);
  const reason = new Error("no");
  for (const call of [plan, connect, rotate, disconnect]) {
    await assert.rejects(call(...pair.sides, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  }
  assert.deepEqual(pair.requests, []);
});
