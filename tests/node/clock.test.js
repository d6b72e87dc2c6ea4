// The module measures durations with performance.now(): setting the system's clock during a call changes nothing.
// tests/simulator/clock_steps.rs steps the clock at every response.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sleep } from "./virtual-time.js";
import { connect, establish, generateToken, watch } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";

const STEP_MS = 120_000;
const date = Date.now;

/** A cluster that sets the system's clock by `ms` just before its response number `at`. */
function stepping(cluster, ms, at) {
  let count = 0;
  const fetch = async (url, init) => {
    const answer = await cluster.fetch(url, init);
    if (++count === at) Date.now = () => date() + ms;
    return answer;
  };
  return { ...cluster, fetch };
}

/** Progress whose times are unaffected by the clock step. */
function progress() {
  const times = [];
  return {
    onProgress: ({ elapsed }) => times.push(elapsed),
    check: () =>
      assert.deepEqual(
        times,
        [...times].filter((ms) => ms >= 0 && ms < STEP_MS / 2).toSorted((a, b) => a - b),
      ),
  };
}

// Sequentially: they share the one clock.
for (const ms of [STEP_MS, -STEP_MS]) {
  describe(`the system's clock is set ${ms > 0 ? "forward" : "back"} by two minutes`, { timeout: 60_000 }, () => {
    const world = async (t, names = ["eu", "us"]) => {
      const simulator = await startSimulator({ clusters: names, speed: 100, listen: false });
      t.after(() => ((Date.now = date), simulator.stop()));
      return simulator.clusters;
    };

    test("during connect", async (t) => {
      const { eu, us } = await world(t);
      const { onProgress, check } = progress();
      const acceptor = { cluster: stepping(eu, ms, 4), peer_name: "us" };
      const linked = await connect(acceptor, { cluster: us, peer_name: "eu" }, { onProgress });
      assert.deepEqual([linked.acceptor.state, linked.dialer.state, linked.changed], ["ACTIVE", "ACTIVE", true]);
      check();
    });

    test("during establish, which retries its write", async (t) => {
      const { eu, us } = await world(t);
      const peering_token = await generateToken(eu, { peer_name: "us" });
      const { onProgress, check } = progress();
      const busy = { ...us, fetch: onceBusy(us.fetch) }; // the remaining time decides about a retry
      const made = await establish(stepping(busy, ms, 5), { peer_name: "eu", peering_token }, { onProgress });
      assert.equal(made.state, "ACTIVE");
      check();
    });

    test("during a watch", async (t) => {
      const { eu } = await world(t);
      const observed = watch(stepping(eu, ms, 2), { interval: 50 });
      assert.deepEqual((await observed.next()).value, []);
      const change = observed.next();
      await sleep(120); // after the second read, which steps the clock
      await generateToken(eu, { peer_name: "us" });
      assert.deepEqual(
        (await change).value.map(({ peer_name }) => peer_name),
        ["us"],
      );
      await observed.return();
    });
  });
}

/** Answers the first write with a 503 that may be retried. */
function onceBusy(fetch) {
  let busy = true;
  return async (url, init) => {
    if (init.method !== "POST" || !url.endsWith("establish") || !busy) return fetch(url, init);
    busy = false;
    return new Response("rate limit reached, retry later", { status: 429 });
  };
}

test("the system's date is read only for dates", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  /**
   * Certificates and heartbeats, the fallback of a host without a monotonic clock, the start of a manual clock, logs.
   */
  const dates = [
    ...["src/js/api.js", "src/js/clock.js", "pkg/cli/peering-view.js", "pkg/simulator/clock.js"],
    "pkg/serve/audit.js",
  ];
  const folders = ["src/js", "pkg/cli", "pkg/serve", "pkg/simulator", "examples"];
  const files = folders.flatMap((folder) =>
    readdirSync(root + folder, { recursive: true })
      .filter((name) => name.endsWith(".js") && !name.includes("node_modules"))
      .map((name) => `${folder}/${name}`),
  );
  const using = files.filter((file) => /\bDate\.now\b/.test(readFileSync(root + file, "utf8")));
  assert.deepEqual(using.toSorted(), dates.toSorted());
});
