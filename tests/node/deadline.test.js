// A deadline that passes between two reads of one poll leaves no unhandled rejection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "./virtual-time.js";
import { connect, list } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";

test("connect: rejects only with timeout, wherever the deadline passes", { timeout: 60_000 }, async (t) => {
  const { clusters, stop } = await startSimulator({ clusters: ["eu", "us"], speed: 100, listen: false });
  t.after(stop);
  const { eu, us } = clusters;
  await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  const unhandled = [];
  const onUnhandled = (reason) => unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  t.after(() => process.off("unhandledRejection", onUnhandled));
  // Both sides stay FAILING, so that connect keeps polling; reading the clock takes a while.
  const failing = ({ fetch, ...cluster }) => ({
    ...cluster,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      return new Response((await response.text()).replaceAll('"ACTIVE"', '"FAILING"'), response);
    },
  });
  const { now } = performance;
  t.after(() => (performance.now = now));
  for (let step = 7; step < 40; step += 2) {
    let passed = 0;
    performance.now = () => now() + (passed += step);
    const sides = [
      { cluster: failing(eu), peer_name: "us" },
      { cluster: failing(us), peer_name: "eu" },
    ];
    await assert.rejects(connect(...sides, { timeout: 1_500 }), { code: "timeout" });
    performance.now = now;
    await sleep(5);
  }
  assert.deepEqual(unhandled, []);
  assert.equal((await list(eu)).length, 1);
});
