// connect, rotate and disconnect on simulated clusters: the results for callers in JavaScript after a fault or an abort at
// a write. tests/simulator/pair_faults.rs tests every fault at every request.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import {
  connect,
  disconnect,
  generateToken,
  isPeeringError,
  plan,
  read,
  remove,
  rotate,
  wait,
} from "../../pkg/node.js";
import { assertLinked, failure } from "./ends.js";
import { world } from "./pair.js";
import { assertSilent } from "./recorder.js";

const AT_ONCE = 24; // concurrent worlds

/** Each call, with its initial and its final state. */
const CALLS = {
  connect: {
    call: connect,
    prepare: () => {},
    done: (pair) => connect(...pair.sides).then((linked) => assertLinked(linked)),
  },
  rotate: {
    call: rotate,
    prepare: (pair) => connect(...pair.sides),
    done: async (pair) => {
      const linked = await rotate(...pair.sides);
      assertLinked(linked);
      assert.equal(linked.changed, true);
    },
  },
  disconnect: {
    call: disconnect,
    prepare: (pair) => connect(...pair.sides),
    done: async (pair) => {
      await disconnect(...pair.sides);
      assert.deepEqual(await pair.peerings(), [[], []]);
    },
  },
};

/** The faults of a write: it is lost, or its response; a redirect is final. */
const FAULTS = [{ kind: "drop_before" }, { kind: "drop_after" }, { kind: "redirect" }];

/** Matches the n-th request to eu and us. */
function nth(n) {
  let observed = 0;
  return ({ cluster }) => (cluster === "eu" || cluster === "us") && ++observed === n;
}

/** The writes among a call's requests, counted from 1, without faults. */
async function writesOf(t, { call, prepare }) {
  const pair = await world(t);
  await prepare(pair);
  const before = pair.requests.length;
  await call(...pair.sides);
  const methods = pair.requests.slice(before).map(({ method }) => method);
  const writes = methods.flatMap((method, index) => (method === "GET" ? [] : [index + 1]));
  assert.ok(writes.length > 0);
  return writes;
}

/** Runs `jobs`, some concurrently. */
async function each(jobs, run) {
  const left = [...jobs];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left.length > 0) await run(left.shift());
    }),
  );
}

/** What a failed call has reported for a cluster. */
/** With these codes, the peering exists. */
const CERTAIN = [
  "dialer_not_active",
  "exists",
  "overwritten",
  "token_lost",
  "not_deleted",
  "token_unused",
  "not_active",
];

const reportedOn = (left_behind, cluster) => left_behind.filter((left) => left.cluster === cluster.address);

/** Each change is reported; what is reported to exist exists. */
async function assertTruth(pair, before, left_behind, what) {
  const after = await pair.peerings();
  for (const [side, name] of ["eu", "us"].entries()) {
    const reported = reportedOn(left_behind, pair.raw[name]);
    const record = (peerings) => peerings.map(({ id, state }) => `${id} ${state === "DELETING" ? state : ""}`).join();
    const changed = record(before[side]) !== record(after[side]);
    if (changed && after[side].length + before[side].length > 0) {
      assert.ok(
        reported.length > 0,
        `${what}: ${name} was ${record(before[side])}, is ${record(after[side])}, not reported`,
      );
    }
    for (const left of reported) {
      assert.ok(left.peer_name === ["us", "eu"][side] && left.fix.length > 10, `${what}: ${JSON.stringify(left)}`);
      if (CERTAIN.includes(left.code))
        assert.ok(after[side].length > 0, `${what}: nothing exists on ${name}, but reported is "${left.what}"`);
    }
  }
}

describe("a fault at a write", { concurrency: true }, () => {
  for (const [operation, { call, prepare, done }] of Object.entries(CALLS)) {
    test(`${operation}: it settles, says what it leaves, and the next one reaches the goal`, async (t) => {
      const writes = await writesOf(t, CALLS[operation]);
      const jobs = writes.flatMap((n) => FAULTS.map((fault) => [n, fault]));
      const outcomes = {};
      await each(jobs, async ([n, fault]) => {
        const pair = await world(t);
        await prepare(pair);
        const before = await pair.peerings();
        const ordered = pair.simulator.fault({ ...fault, match: nth(n) });
        const what = `${operation}, ${fault.kind} at ${n}`;
        const reported = [];
        const onProgress = (progress) => reported.push(progress);
        const error = await call(...pair.sides, { timeout: 10_000, onProgress }).then(
          () => undefined,
          (error) => error,
        );
        assert.equal(ordered.hits, 1, `${what}: it has met its request`);
        const outcome = error?.code ?? "done";
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (error) {
          assert.ok(isPeeringError(error), `${what}: ${error?.stack}`);
          assert.equal(error.operation, operation, what);
          assert.ok(error.hint?.length > 20, `${what}: ${error.hint}`);
          assert.match(outcome, /^(network|server_error)$/, what);
          await assertTruth(pair, before, error.left_behind, what);
        }
        assertSilent([error, reported], pair.secrets);
        await done(pair).catch((error) => assert.fail(`${what}, then ${outcome}, then ${error.stack}`));
        await pair.simulator.stop();
      });
      console.log(`${operation}: ${jobs.length} faults at ${writes.length} writes: ${JSON.stringify(outcomes)}`);
    });
  }

  for (const [what, fault] of [
    ["answered", { kind: "drop_before", times: 2 }],
    ["answered in time", { kind: "delay", ms: 3_000, times: 4 }],
  ])
    test(`the identity of a cluster was not ${what}: read again, with the steps that depend on it`, async (t) => {
      const pair = await world(t);
      await pair.link();
      await remove(pair.raw.us, "eu");
      await pair.terminated("eu", "us");
      const unanswered = ["/v1/connect/ca/roots", "/v1/catalog/datacenters"].map((path) =>
        pair.simulator.fault({ ...fault, match: (request) => request.path === path }),
      );
      assertLinked(await connect(...pair.sides));
      assert.deepEqual(
        unanswered.map(({ hits }) => hits),
        [fault.times, fault.times],
      );
    });

  test("FAILING since it was accepted, because the dialer uses the former secret: sends new tokens", async (t) => {
    const pair = await world(t, { speed: 0.05 });
    await pair.link();
    await pair.restart("eu");
    await pair.removeHeld("eu", "us");
    const dialing = [];
    /**
     * us reads its peerings when the new acceptor is written, and gets the response after the new secret was written.
     */
    const dial = async () => {
      pair.servers.hold();
      const { modify_index } = await read(pair.raw.us, "eu");
      while ((await read(pair.raw.us, "eu")).modify_index === modify_index) await sleep(1);
      pair.servers.pass(); // it reads, and dials
      pair.servers.pass(); // it is connected
    };
    const onProgress = ({ code }) => {
      if (code === "establishing" && dialing.length < 2) dialing.push(dial());
      if (code !== "token_accepted") return;
      pair.servers.pass(); // it reads again: it is connected, and has nothing to do
      pair.servers.release();
    };
    assertLinked(await connect(...pair.sides, { onProgress }));
    await Promise.all(dialing);
    assert.equal(pair.writes.filter(({ path }) => path === "/v1/peering/token").length, 1 + 3);
  });

  test("FAILING for fifteen seconds: not_active, with a fix", async (t) => {
    const pair = await world(t);
    await connect(...pair.sides);
    await pair.restart("eu"); // and no stream is opened again
    const error = await failure(connect(...pair.sides, { timeout: 30_000 }), "not_active");
    assert.match(error.message, /FAILING for 15 s/);
    assert.deepEqual(
      error.left_behind.map(({ code, state }) => [code, state === "FAILING"]),
      [
        ["not_active", false],
        ["not_active", true],
      ],
    );
    assert.match(error.left_behind[1].fix, /Disconnect/);
    pair.servers.release();
    assertLinked(await connect(...pair.sides));
  });
});

describe("aborted at a write", { concurrency: true }, () => {
  for (const [operation, { call, prepare, done }] of Object.entries(CALLS)) {
    test(`${operation}: reports what exists, sends nothing more, and the next call succeeds`, async (t) => {
      const writes = await writesOf(t, CALLS[operation]);
      const moments = ["before", "after"].flatMap((moment) => writes.map((n) => [n, moment]));
      await each(moments, async ([n, moment]) => {
        const what = `${operation}, stopped ${moment} request ${n}`;
        const pair = await world(t);
        await prepare(pair);
        const before = await pair.peerings();
        const controller = new AbortController();
        const reason = { what };
        const at = nth(n);
        const stopping = pair.sides.map((side, index) => {
          const cluster = ["eu", "us"][index];
          const fetch = async (url, init) => {
            const stop = at({ cluster });
            if (stop && moment === "before") controller.abort(reason);
            const response = await side.cluster.fetch(url, init);
            if (stop) controller.abort(reason);
            return response;
          };
          return { ...side, cluster: { ...side.cluster, fetch } };
        });
        const reported = [];
        const onProgress = (progress) => reported.push(progress);
        const thrown = await call(...stopping, { signal: controller.signal, onProgress }).then(
          (value) => assert.fail(`${what}: it resolved with ${JSON.stringify(value)}`),
          (error) => error,
        );
        const [sent, said] = [pair.requests.length, reported.length];
        assert.equal(thrown, reason, what);
        assert.equal(getEventListeners(controller.signal, "abort").length, 0, `${what}: no listener is left`);
        const left = reported
          .filter(({ kind }) => kind === "left_behind")
          .map(({ text, ...rest }) => ({ what: text, fix: text, ...rest }));
        await sleep(30);
        assert.deepEqual([pair.requests.length, reported.length], [sent, said], `${what}: it is over`);
        assert.ok(
          pair.requests.every(({ open }) => !open),
          `${what}: no request is pending`,
        );
        await assertTruth(pair, before, left, what);
        assertSilent(reported, pair.secrets);
        await done(pair).catch((error) => assert.fail(`${what}, then ${error.stack}`));
        await pair.simulator.stop();
      });
    });
  }

  test("before the call: nothing is sent", async (t) => {
    const pair = await world(t);
    const reason = new Error("no");
    for (const call of [plan, connect, rotate, disconnect]) {
      await assert.rejects(call(...pair.sides, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    }
    assert.deepEqual(pair.requests, []);
  });
});

describe("what is left behind", { concurrency: true }, () => {
  /** eu's servers are unreachable from us: its tokens lead nowhere. */
  const cutOff = (t) => world(t, { clusters: [{ name: "eu", reachable: [] }, "us", "ap"] });

  test("unreachable: deletes the acceptor that it created", async (t) => {
    const pair = await cutOff(t);
    const reported = [];
    const error = await failure(
      connect(...pair.sides, { onProgress: (progress) => reported.push(progress) }),
      "unreachable",
    );
    assert.deepEqual([error.cluster, error.peer_name], [pair.raw.us.address, "eu"]);
    assert.match(error.message, /^connect: peering "eu" on http.*connection refused/);
    assert.deepEqual(error.left_behind, []);
    assert.deepEqual(await pair.peerings(), [[], []]);
    assertSilent([error, reported], pair.secrets);
  });

  test("unreachable: keeps an existing acceptor, and one that was changed meanwhile", async (t) => {
    const pair = await cutOff(t);
    await generateToken(pair.raw.eu, { peer_name: "us" });
    assert.deepEqual((await failure(connect(...pair.sides), "unreachable")).left_behind, []);
    const [[existing], onUs] = await pair.peerings();
    assert.deepEqual([existing?.state, onUs], ["PENDING", []]);

    await disconnect(...pair.sides);
    // While the dialer tries, the acceptor is deleted and recreated by another call.
    let other;
    const onProgress = ({ code }) => {
      if (code !== "establishing") return;
      other = disconnect(pair.sides[0], { ...pair.sides[1], peer_name: "none" }).then(() =>
        generateToken(pair.raw.eu, { peer_name: "us", meta: { by: "another" } }),
      );
    };
    await failure(connect(...pair.sides, { onProgress }), "unreachable");
    await other;
    assert.deepEqual((await read(pair.raw.eu, "us")).meta, { by: "another" }, "another call's acceptor is kept");
  });

  test("unreachable: reports an acceptor that cannot be deleted", async (t) => {
    const pair = await cutOff(t);
    pair.simulator.fault({ kind: "redirect", match: { cluster: "eu", method: "DELETE" }, times: Infinity });
    const { left_behind } = await failure(connect(...pair.sides), "unreachable");
    assert.equal((await read(pair.raw.eu, "us")).state, "PENDING");
    assert.deepEqual(
      left_behind.map(({ cluster, peer_name }) => [cluster, peer_name]),
      [[pair.raw.eu.address, "us"]],
    );
  });

  test("keeps the acceptor of a dialer that cannot be deleted, and reports both", async (t) => {
    const pair = await cutOff(t);
    pair.simulator.fault({ kind: "redirect", match: { cluster: "us", method: "DELETE" }, times: Infinity });
    const { left_behind } = await failure(connect(...pair.sides), "unreachable");
    assert.deepEqual(
      (await pair.peerings()).map(([{ state }]) => state),
      ["PENDING", "PENDING"],
    );
    assert.deepEqual(
      left_behind.map(({ cluster }) => cluster).sort(),
      [pair.raw.eu.address, pair.raw.us.address].sort(),
    );
  });

  test("without the permission to dial: leaves nothing", async (t) => {
    const pair = await world(t, {
      clusters: ["eu", { name: "us", acl: { tokens: { "reader-of-peerings": { peering: "read" } } } }],
    });
    const reader = { ...pair.sides[1], token: "reader-of-peerings" };
    const error = await failure(connect(pair.sides[0], reader), "permission_denied");
    assert.deepEqual([error.cluster, error.left_behind], [pair.raw.us.address, []]);
    assert.deepEqual(await pair.peerings(), [[], []]);
  });

  test("disconnect with one failing side: reports what was deleted and what was not", async (t) => {
    const pair = await world(t);
    await connect(...pair.sides);
    const refused = pair.simulator.fault({ kind: "redirect", match: { cluster: "us", method: "DELETE" } });
    const error = await failure(disconnect(...pair.sides), "network", "disconnect");
    assert.equal(refused.hits, 1);
    assert.equal(error.cluster, pair.raw.us.address);
    assert.deepEqual(
      error.left_behind.map(({ cluster, peer_name }) => [cluster, peer_name]),
      [[pair.raw.eu.address, "us"]],
    );
    assert.equal(await read(pair.raw.eu, "us"), null);
    assert.equal((await disconnect(...pair.sides)).a, null);
    assert.deepEqual(await pair.peerings(), [[], []]);
  });

  test("a disconnect that loses both responses reports both", async (t) => {
    const pair = await world(t);
    await connect(...pair.sides);
    for (const cluster of ["eu", "us"]) {
      let deleted = false;
      const match = (request) => request.cluster === cluster && (deleted ||= request.method === "DELETE");
      pair.simulator.fault({ kind: "drop_after", match, times: Infinity });
    }
    const { left_behind } = await failure(disconnect(...pair.sides), "network", "disconnect");
    assert.deepEqual(
      left_behind.map(({ cluster }) => cluster).sort(),
      [pair.raw.eu.address, pair.raw.us.address].sort(),
    );
  });
});

describe("timeouts", { concurrency: true }, () => {
  for (const [what, match] of [
    ["the first read", { cluster: "eu", path: "/v1/peerings" }],
    ["the token", { path: "/v1/peering/token" }],
    ["the establishing", { path: "/v1/peering/establish" }],
  ]) {
    test(`${what} is slow: times out as a whole, and the next call continues`, async (t) => {
      const pair = await world(t);
      const before = await pair.peerings();
      pair.simulator.fault({ kind: "delay", ms: 60_000, match });
      const error = await failure(connect(...pair.sides, { timeout: 400 }), "timeout");
      assert.match(error.message, /: timed out after 400 ms$/);
      assert.equal(error.retryable, true);
      await assertTruth(pair, before, error.left_behind, what);
      const [sent] = [pair.requests.length];
      await sleep(30);
      assert.equal(pair.requests.length, sent);
      assertLinked(await connect(...pair.sides));
    });
  }

  test("not ACTIVE in time: reports both sides", async (t) => {
    const pair = await world(t);
    pair.servers.hold();
    const error = await failure(connect(...pair.sides, { timeout: 400 }), "timeout");
    assert.equal(error.retryable, true);
    assert.deepEqual(
      error.left_behind.map(({ cluster, peer_name }) => [cluster, peer_name]),
      [
        [pair.raw.eu.address, "us"],
        [pair.raw.us.address, "eu"],
      ],
    );
    pair.servers.release();
    assertLinked(await connect(...pair.sides));
  });

  test("an interrupted rotation keeps the link", async (t) => {
    const pair = await world(t);
    const { dialer } = await connect(...pair.sides);
    pair.simulator.fault({ kind: "delay", ms: 60_000, match: { path: "/v1/peering/establish" } });
    await failure(rotate(...pair.sides, { timeout: 400 }), "timeout", "rotate");
    assert.equal((await wait(pair.raw.us, "eu", "ACTIVE")).id, dialer.id);
    assertLinked(await rotate(...pair.sides));
  });
});
