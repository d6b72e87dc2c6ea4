// The error of a failed call: the cluster that has failed and the reason, with the caller's stack.
import assert from "node:assert/strict";
import { test, describe } from "node:test";
import "./virtual-time.js";
import { connect, disconnect, inspectToken, list, mesh, plan, read, wait, watch } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";

const failed = (promise) =>
  promise.then(
    (value) => assert.fail(`it resolved with ${JSON.stringify(value)}`),
    (error) => error,
  );
const refused = () => {
  const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  return Promise.reject(new TypeError("fetch failed", { cause }));
};

describe("which cluster has failed", () => {
  const world = async (t, names) => {
    const simulator = await startSimulator({ clusters: names, speed: 50, listen: false });
    t.after(() => simulator.stop());
    return simulator.clusters;
  };
  const down = (cluster) => ({ ...cluster, fetch: refused });

  for (const [operation, call] of Object.entries({ connect, plan, disconnect })) {
    test(`${operation}: names the cluster by the other's peer name for it`, async (t) => {
      const { eu, us } = await world(t, ["eu", "us"]);
      const sides = (a, b) => [
        { cluster: a, peer_name: "to-us" },
        { cluster: b, peer_name: "to-eu" },
      ];
      const reason = "no response: connection refused (ECONNREFUSED)";
      const first = await failed(call(...sides(down(eu), us)));
      assert.equal(first.message, `${operation}: ${eu.address}: ${reason}`);
      const second = await failed(call(...sides(eu, down(us))));
      assert.equal(second.message, `${operation}: ${us.address}: ${reason}`);
      assert.deepEqual([second.code, second.cluster], ["network", us.address]);
    });
  }

  test("an error about a peering names the peering and the cluster that it is on", async (t) => {
    const { eu, us, ap } = await world(t, ["eu", "us", "ap"]);
    await connect({ cluster: eu, peer_name: "x" }, { cluster: ap, peer_name: "eu" });
    const error = await failed(connect({ cluster: eu, peer_name: "x" }, { cluster: us, peer_name: "eu" }));
    assert.ok(error.message.startsWith(`connect: peering "x" on ${eu.address}: `), error.message);
  });

  test("mesh: every failed pair names the unreachable cluster", async (t) => {
    const { ap, ...others } = await world(t, ["ap", "eu", "us"]);
    const { pairs } = await mesh({ ...others, ap: down(ap) });
    const left = pairs.filter(({ status }) => status === "failed");
    assert.equal(left.length, 2);
    for (const { acceptor, dialer, error } of left) {
      assert.equal(error.message, `mesh: ${ap.address}: no response: connection refused (ECONNREFUSED)`);
      assert.deepEqual([error.cluster, error.peer_name], [ap.address, acceptor === "ap" ? dialer : acceptor]);
    }
  });
});

describe("a timeout carries the last failure", () => {
  const cluster = (answer) => ({ address: "http://eu.test", fetch: answer });
  const busy = async () => new Response("No known Consul servers", { status: 503 });
  /** Silent for a read of peerings, and busy for concurrent probes. */
  const silent = (url, { signal }) =>
    url.includes("/v1/peering")
      ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
      : busy();

  test("of the request itself, under the code of that failure", async () => {
    // The first response is busy, and the call times out during the next request.
    let requests = 0;
    const busyOnce = async (_, { signal }) => {
      if (requests++ === 0) return busy();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const error = await failed(list(cluster(busyOnce), { timeout: 3_000 }));
    assert.deepEqual([error.code, error.status], ["not_ready", 503]);
    const said =
      "list at http://eu.test: timed out after 3 s; last failure: Consul returned 503: No known Consul servers";
    assert.equal(error.message, said);
  });

  test("of a concurrent probe", async () => {
    const error = await failed(list(cluster(silent), { timeout: 2_000 }));
    assert.equal(error.code, "not_ready");
    assert.match(error.message, /timed out after 2 s; last failure: Consul returned 503: No known Consul servers$/);
  });

  test("in a call on two clusters, with its own timeout", async () => {
    const sides = [
      { cluster: cluster(silent), peer_name: "us" },
      { cluster: cluster(silent), peer_name: "eu" },
    ];
    const { message } = await failed(connect(...sides, { timeout: 800 }));
    assert.match(message, /^connect: http:\/\/eu\.test: timed out after 800 ms; last failure: .*503/);
  });

  test("without a failure, only the timeout", async () => {
    const waiting = cluster(async () => new Response('Peering not found for "us"', { status: 404 }));
    const error = await failed(wait(waiting, "us", "ACTIVE", { timeout: 300 }));
    assert.equal(error.message, "wait us at http://eu.test: timed out after 300 ms");
  });
});

describe("a stack shows the caller's frames", () => {
  const cluster = { address: "http://eu.test", fetch: refused };
  const sides = [
    { cluster, peer_name: "us" },
    { cluster, peer_name: "eu" },
  ];
  const callers = {
    read: async function readCaller() {
      return read(cluster, "us");
    },
    list: async function listCaller() {
      await null;
      return list(cluster);
    },
    connect: async function connectCaller() {
      return connect(...sides);
    },
    invalid: async function invalidCaller() {
      return read(cluster, "Not A Name");
    },
    watch: async function watchCaller() {
      return watch(cluster).next();
    },
    inspectToken: async function inspectTokenCaller() {
      return inspectToken("not a token");
    },
    mesh: async function meshCaller() {
      const { pairs } = await mesh({ eu: cluster, us: cluster });
      throw pairs[0].error;
    },
  };
  for (const [name, call] of Object.entries(callers)) {
    test(name, async () => {
      const { stack, message } = await failed(call());
      assert.ok(stack.startsWith(`PeeringError: ${message}\n`), stack);
      assert.match(stack.slice(message.length).split("\n")[1], new RegExp(`${name}Caller .*failures\\.test\\.js`));
      assert.doesNotMatch(stack, /wasm|consul_peering\.js/);
    });
  }

  test("the reason of an abort is unchanged", async () => {
    const error = await failed(callers.read());
    const { stack } = error;
    const late = { ...cluster, fetch: () => new Promise(() => {}) };
    const controller = new AbortController();
    const reading = read(late, "us", { signal: controller.signal });
    controller.abort(error);
    assert.equal((await failed(reading)).stack, stack);
  });
});
