// mesh, on simulated clusters: every pair is linked, a failing pair does not affect others, and the number of requests
// is within the caller's limits.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import { connect, establish, generateToken, isPeeringError, list, mesh, read, remove } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { atLength } from "../extent.js";
import { assertSilent, record } from "./recorder.js";

/** The pause between two lists of a cluster. */
const LOOK_EVERY_MS = 250;

/** Clusters with these names or options, recorded: `clusters` as a mesh takes them, `raw` without the recorder. */
async function world(t, wanted, { speed = 20, before } = {}) {
  const simulator = await startSimulator({ clusters: wanted, speed, listen: false });
  t.after(() => simulator.stop());
  const recorders = Object.entries(simulator.clusters).map(([name, cluster]) => [name, record(cluster, before)]);
  const of = (name) => recorders.find(([each]) => each === name)[1];
  return {
    simulator,
    raw: simulator.clusters,
    clusters: Object.fromEntries(recorders.map(([name, { cluster }]) => [name, cluster])),
    of,
    requests: () => recorders.flatMap(([, { requests }]) => requests),
    writes: () => recorders.flatMap(([, { writes }]) => writes()),
    secrets: () => recorders.flatMap(([, { secrets }]) => secrets),
  };
}

const shown = ({ pairs }) => pairs.map(({ acceptor, dialer, status }) => `${acceptor}<${dialer} ${status}`).sort();

/** Each cluster is ACTIVE with exactly each other, under its alias. */
async function assertMeshed(clusters) {
  const names = Object.keys(clusters);
  for (const name of names) {
    const peerings = await list(clusters[name]);
    assert.deepEqual(
      peerings.map(({ peer_name, state }) => `${peer_name} ${state}`),
      names
        .filter((other) => other !== name)
        .sort()
        .map((other) => `${other} ACTIVE`),
      name,
    );
  }
}

async function invalid(promise) {
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(isPeeringError(error), String(error?.stack));
  assert.deepEqual([error.code, error.operation], ["invalid", "mesh"]);
  return error.findings.filter(({ severity }) => severity === "error").map(({ field }) => field);
}

describe("a mesh", { concurrency: true }, () => {
  test("plan, link, and link again", async (t) => {
    const { clusters, raw, writes, secrets } = await world(t, ["eu", "us", "ap", "sa"]);
    const planned = await mesh(clusters, { dryRun: true });
    assert.equal(planned.ok, true);
    assert.deepEqual(
      shown(planned),
      ["ap<eu", "ap<sa", "ap<us", "eu<sa", "eu<us", "sa<us"].map((pair) => `${pair} planned`),
      "the smaller alias accepts",
    );
    assert.ok(planned.pairs.every(({ plan }) => plan.steps[0].action === "generate" && !plan.linked));
    assert.deepEqual(writes(), [], "planned only");

    const reported = [];
    const done = await mesh(clusters, { onProgress: (progress) => reported.push(progress) });
    assert.deepEqual([done.ok, done.pairs.length], [true, 6]);
    assert.ok(done.pairs.every(({ status, plan, error }) => status === "changed" && plan.steps.length > 0 && !error));
    await assertMeshed(raw);
    assert.equal(writes().length, 12);
    const addresses = Object.values(raw).map(({ address }) => address);
    assert.ok(reported.every(({ cluster, elapsed }) => addresses.includes(cluster) && elapsed >= 0));
    assert.equal(reported.filter(({ code }) => code === "generating").length, 6);
    assertSilent([done, reported], secrets());

    const again = await mesh(clusters);
    assert.ok(again.pairs.every(({ status, plan }) => status === "linked" && plan.linked && plan.steps.length === 0));
    assert.equal(writes().length, 12, "nothing was written");
    assert.ok((await mesh(clusters, { dryRun: true })).pairs.every(({ status }) => status === "linked"));
  });

  test("a cluster with external addresses accepts; an existing link keeps its direction", async (t) => {
    const { clusters, raw } = await world(t, [
      { name: "ap", server_address: "10.0.0.1:8503", reachable: ["lb.ap:443"] },
      "eu",
      { name: "us", server_address: "10.0.0.2:8503", reachable: ["lb.us:443"] },
      "sa",
    ]);
    const outside = {
      ...clusters,
      ap: { cluster: clusters.ap, server_external_addresses: ["lb.ap:443"], meta: { a: "1" } },
      us: { cluster: clusters.us, server_external_addresses: ["lb.us:443"] },
    };
    const peering_token = await generateToken(raw.sa, { peer_name: "eu" });
    await establish(raw.eu, { peer_name: "sa", peering_token });
    const done = await mesh(outside);
    assert.deepEqual(shown(done), [
      "ap<eu changed",
      "ap<sa changed",
      "ap<us changed",
      "eu<sa linked",
      "us<eu changed",
      "us<sa changed",
    ]);
    assert.equal(done.pairs.find(({ acceptor }) => acceptor === "eu").plan.reversed, true);
    await assertMeshed(raw);
    assert.deepEqual((await read(raw.ap, "eu")).meta, { a: "1" });
    assert.equal((await read(raw.eu, "sa")).role, "dialer");
  });

  test("a pair that is linked under other names, on one side or on both, is linked", async (t) => {
    const { clusters, raw, writes } = await world(t, ["eu", "us", "ap"]);
    await connect({ cluster: raw.eu, peer_name: "america" }, { cluster: raw.us, peer_name: "europe" });
    await connect({ cluster: raw.ap, peer_name: "eu" }, { cluster: raw.eu, peer_name: "asia" });
    assert.deepEqual(shown(await mesh(clusters)), ["ap<eu linked", "ap<us changed", "eu<us linked"]);
    assert.equal(writes().length, 2);
    const names = async (cluster) => (await list(cluster)).map(({ peer_name }) => peer_name).join();
    assert.deepEqual(await Promise.all([raw.eu, raw.us, raw.ap].map(names)), ["america,asia", "ap,europe", "eu,us"]);
  });

  test("a pair that fails does not affect others", async (t) => {
    const { clusters, raw } = await world(t, ["eu", { name: "us", reachable: [] }, "ap", "zz"]);
    // us accepts only from zz, and is unreachable; ap has another peer "eu".
    await generateToken(raw.ap, { peer_name: "x" });
    const other = await generateToken(raw.zz, { peer_name: "other" });
    await establish(raw.ap, { peer_name: "eu", peering_token: other });
    const reported = [];
    const done = await mesh(clusters, { onProgress: (progress) => reported.push(progress) });
    assert.equal(done.ok, false);
    assert.deepEqual(shown(done), [
      "ap<eu failed",
      "ap<us changed",
      "ap<zz linked",
      "eu<us changed",
      "eu<zz changed",
      "us<zz failed",
    ]);
    const failed = Object.fromEntries(done.pairs.filter(({ error }) => error).map((pair) => [pair.dialer, pair]));
    for (const { error, status } of Object.values(failed)) {
      assert.equal(status, "failed");
      assert.ok(isPeeringError(error));
      assert.equal(error.operation, "mesh");
      assert.ok(error.hint.length > 20);
    }
    assert.deepEqual([failed.eu.error.code, failed.eu.error.cluster], ["role_conflict", raw.ap.address]);
    assert.deepEqual([failed.zz.error.code, failed.zz.error.cluster], ["unreachable", raw.zz.address]);
    assert.deepEqual(failed.zz.error.left_behind, [], "and its acceptor is deleted");
    assert.equal(await read(raw.us, "zz"), null);
  });

  test("an unresponsive cluster fails only its own pairs", async (t) => {
    const { clusters, raw } = await world(t, ["eu", "us", "ap"]);
    const down = {
      ...clusters,
      down: { address: "http://down.invalid", fetch: () => Promise.reject(new Error("down")) },
    };
    const done = await mesh(down);
    assert.deepEqual(
      done.pairs.filter(({ status }) => status === "failed").map(({ error }) => `${error.code} ${error.cluster}`),
      Array(3).fill("network http://down.invalid"),
    );
    await assertMeshed(raw);
  });

  test("the same cluster under two aliases is one", async (t) => {
    const { clusters, raw } = await world(t, ["eu", "us"]);
    const done = await mesh({ ...clusters, twin: clusters.eu });
    const of = (a, b) => done.pairs.find(({ acceptor, dialer }) => acceptor === a && dialer === b);
    assert.equal(of("eu", "twin").error.code, "same_cluster");
    assert.ok([of("eu", "us"), of("twin", "us")].some(({ status }) => status === "changed"));
    assert.deepEqual(
      await Promise.all(Object.values(raw).map(async (cluster) => (await list(cluster)).length)),
      [1, 1],
    );
  });

  test("reports all invalid aliases, clusters and options, and sends nothing", async (t) => {
    const { clusters, requests } = await world(t, ["eu", "us"]);
    const hostile = new Proxy(
      {},
      { ownKeys: () => assert.fail("not to be read"), has: () => assert.fail("nor asked") },
    );
    for (const given of [undefined, null, 7, "eu", {}, { eu: clusters.eu }, [clusters.eu, clusters.us], hostile]) {
      assert.deepEqual(await invalid(mesh(given)), ["clusters"]);
    }
    const fields = await invalid(
      mesh(
        {
          ...clusters,
          No: clusters.eu,
          token: clusters.us,
          named: { cluster: clusters.eu, peer_name: "x" },
          none: undefined,
          empty: { cluster: null },
          wrong: { adress: "x" },
          hostile,
          meta: { cluster: clusters.us, meta: { "consul-x": "1" }, server_external_addresses: ["x"] },
        },
        { concurrency: 0, dryRun: "yes", timeout: 0 },
      ),
    );
    for (const field of [
      "options.concurrency",
      "options.dryRun",
      "options.timeout",
      "clusters.No",
      "clusters.token",
      "clusters.named.peer_name",
      "clusters.none",
      "clusters.empty",
      "clusters.wrong.cluster.adress",
      "clusters.hostile.cluster",
    ]) {
      assert.ok(fields.includes(field), `${field} is not in ${fields.join(", ")}`);
    }
    assert.ok(fields.some((field) => field.startsWith("clusters.meta.meta")));
    assert.ok(fields.some((field) => field.startsWith("clusters.meta.server_external_addresses")));
    for (const concurrency of [-1, 1.5, NaN, Infinity, "4"]) {
      assert.deepEqual(await invalid(mesh(clusters, { concurrency })), ["options.concurrency"]);
    }
    assert.deepEqual(requests(), []);
  });
});

describe("an interrupted mesh", { concurrency: true }, () => {
  test("aborted at any write: reports what exists before it rejects, and the next call completes it", async (t) => {
    const names = ["eu", "us", "ap", "sa"];
    await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const controller = new AbortController();
        const reason = { n };
        let writes = 0;
        const before = ({ method, path }) => {
          if (method === "POST" && path.startsWith("/v1/peering/") && writes++ === n) controller.abort(reason);
        };
        const { clusters, raw, requests } = await world(t, names, { before });
        const reported = [];
        const onProgress = (progress) => reported.push(progress);
        const thrown = await mesh(clusters, { signal: controller.signal, onProgress, concurrency: 2 }).catch((e) => e);
        const [said, sent] = [reported.length, requests().length];
        assert.equal(thrown, reason);
        await sleep(LOOK_EVERY_MS + 50);
        assert.deepEqual([reported.length, requests().length], [said, sent], "nothing is reported or sent afterwards");
        const left = reported.filter(({ kind }) => kind === "left_behind");
        for (const name of names) {
          for (const { peer_name, state } of await list(raw[name])) {
            const own = left.some((each) => each.cluster === raw[name].address && each.peer_name === peer_name);
            assert.ok(
              own || state === "ACTIVE",
              `${peer_name} on ${name}, ${state}, is not reported (stopped at ${n})`,
            );
          }
        }
        assert.equal((await mesh(clusters)).ok, true);
        await assertMeshed(raw);
      }),
    );
  });

  test("timed out: unfinished pairs fail, and the next call completes them", async (t) => {
    const { clusters, raw, simulator } = await world(t, ["eu", "us", "ap"]);
    simulator.fault({ kind: "delay", ms: 60_000, match: { cluster: "us", method: "POST" }, times: 1 });
    const done = await mesh(clusters, { timeout: 5_000 }); // the others complete long before
    const failed = done.pairs.filter(({ status }) => status === "failed");
    assert.equal(failed.length, 1);
    assert.equal(failed[0].error.code, "timeout");
    assert.match(failed[0].error.message, /^mesh: http.*: timed out after 5 s$/);
    assert.equal((await mesh(clusters)).ok, true);
    await assertMeshed(raw);
  });
});

describe("the requests of a mesh", { concurrency: true }, () => {
  test("limits concurrent writes, without counting waits", async (t) => {
    for (const concurrency of [1, 3]) {
      let most = 0;
      const before = async ({ method }) => {
        if (method === "GET") return;
        const open = requests().filter((request) => request.open && request.method !== "GET");
        most = Math.max(most, open.length);
        await sleep(5); // so that they overlap
      };
      const { clusters, raw, requests } = await world(t, ["eu", "us", "ap", "sa", "af"], { before });
      assert.equal((await mesh(clusters, { concurrency })).ok, true);
      await assertMeshed(raw);
      assert.equal(most, concurrency);
    }
  });

  test("one list of each cluster per 250 ms, for any number of pairs", async (t) => {
    const { clusters, of } = await world(t, ["eu", "us", "ap", "sa", "af", "oc"], { speed: 2 });
    assert.equal((await mesh(clusters)).ok, true);
    for (const name of Object.keys(clusters)) {
      const lists = of(name).requests.filter(({ path }) => path === "/v1/peerings");
      const gaps = lists.slice(1).map(({ at }, index) => at - lists[index].at);
      // A busy machine sends one late and the next when it is due, which shortens one interval but not the average.
      const average = (lists.at(-1).at - lists[0].at) / gaps.length;
      assert.ok(gaps.length > 1 && gaps.every((gap) => gap > LOOK_EVERY_MS / 2), `${name}: ${gaps.join()}`);
      assert.ok(average > LOOK_EVERY_MS - 5, `${name}: ${average} ms on average`);
      const identity = of(name).requests.filter(({ path }) => path === "/v1/catalog/datacenters");
      assert.ok(identity.length <= 1 + 5, "the identity does not change: it is read once, before a dialer is written");
    }
  });

  test("rate limits: no request to that cluster before its Retry-After", async (t) => {
    const { clusters, raw, simulator, of } = await world(t, ["eu", "us", "ap"]);
    const limited = simulator.fault({
      kind: "rate_limited",
      retry_after: 1,
      match: { cluster: "eu", path: "/v1/peering/token" },
      times: 2,
    });
    const reported = [];
    assert.equal((await mesh(clusters, { onProgress: (progress) => reported.push(progress) })).ok, true);
    assert.equal(limited.hits, 2);
    await assertMeshed(raw);
    const tokens = of("eu").requests.filter(({ path }) => path === "/v1/peering/token");
    assert.equal(tokens.length, 3);
    assert.ok(tokens[2].at - tokens[0].at > 990, "a second, or two");
    assert.ok(reported.some(({ kind, text }) => kind === "retry" && text.includes("429")));
  });
});

const MANY = atLength ? 50 : 20;
const PAIRS = (MANY * (MANY - 1)) / 2;

test(`${MANY} clusters, ${PAIRS} peerings: all linked, without warnings`, async (t) => {
  const names = Array.from({ length: MANY }, (_, index) => `dc-${String(index).padStart(2, "0")}`);
  const { clusters, raw, requests, writes } = await world(t, names);
  const warnings = [];
  const warn = (warning) => warnings.push(String(warning));
  process.on("warning", warn);
  t.after(() => process.off("warning", warn));
  const done = await mesh(clusters, { timeout: 200_000 });
  const lost = done.pairs.filter(({ status }) => status !== "changed");
  console.log(
    `${done.pairs.length} peerings, ${lost.length} lost, ${requests().length} requests, ` +
      `${writes().length} of them writes, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`,
  );
  assert.deepEqual(
    lost.map(({ error }) => String(error)),
    [],
  );
  assert.equal(done.pairs.length, PAIRS);
  await assertMeshed(raw);
  assert.equal(writes().length, 2 * PAIRS);
  assert.deepEqual(warnings, []);
  assert.ok((await mesh(clusters)).pairs.every(({ status }) => status === "linked"));
  assert.equal(writes().length, 2 * PAIRS);
  await remove(raw["dc-00"], "dc-01"); // one of them is restored by the next call
  const mended = await mesh(clusters);
  assert.deepEqual([mended.ok, mended.pairs.filter(({ status }) => status === "changed").length], [true, 1]);
});
