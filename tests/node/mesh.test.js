// mesh as JavaScript calls it: its result, its arguments, an abort, and many clusters in one process. What it does in each
// case is tested natively: tests/simulator/mesh*.rs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import { isPeeringError, list, mesh, remove } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { atLength } from "../extent.js";
import { assertSilent, record } from "./recorder.js";

/** Clusters with these names or options, recorded: `clusters` as a mesh takes them, `raw` without the recorder. */
async function world(t, wanted, { speed = 20, before } = {}) {
  const simulator = await startSimulator({ clusters: wanted, speed, listen: false });
  t.after(() => simulator.stop());
  const recorders = Object.entries(simulator.clusters).map(([name, cluster]) => [name, record(cluster, before)]);
  return {
    simulator,
    raw: simulator.clusters,
    clusters: Object.fromEntries(recorders.map(([name, { cluster }]) => [name, cluster])),
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

  test("a pair that fails has an error, and the others are linked", async (t) => {
    const { clusters, raw } = await world(t, ["eu", { name: "us", reachable: [] }, "zz"]);
    const done = await mesh(clusters); // us accepts only from zz, and is unreachable
    assert.equal(done.ok, false);
    assert.deepEqual(shown(done), ["eu<us changed", "eu<zz changed", "us<zz failed"]);
    const { error, plan } = done.pairs.find(({ status }) => status === "failed");
    assert.ok(isPeeringError(error));
    assert.deepEqual([error.code, error.operation, error.cluster], ["unreachable", "mesh", raw.zz.address]);
    assert.ok(error.hint.length > 20 && error.message.startsWith("mesh"));
    assert.deepEqual(error.left_behind, []);
    assert.equal(plan.steps[0].action, "generate");
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

test("concurrency limits how many pairs write at once; 16 by default", async (t) => {
  for (const [count, options, limit] of [
    [8, { concurrency: 1 }, 1],
    [34, {}, 16],
    [34, { concurrency: 80 }, 80],
  ]) {
    let [open, most] = [0, 0];
    const before = ({ method, path }) => {
      if (method === "POST" && path.startsWith("/v1/peering/token")) most = Math.max(most, ++open);
      if (method === "POST" && path.startsWith("/v1/peering/establish")) open--;
    };
    const names = Array.from({ length: count }, (_, i) => `dc${i}`);
    const { clusters } = await world(t, names, { before });
    const { pairs } = await mesh(clusters, options);
    assert.equal(pairs.length, (count * (count - 1)) / 2);
    assert.ok(pairs.every(({ status }) => status === "changed"));
    assert.ok(most <= limit && most > limit / 4, `${most} at once, of ${limit}`);
  }
});

test("aborted at a write: reports what exists before it rejects, and the next call completes it", async (t) => {
  const names = ["eu", "us", "ap", "sa"];
  const controller = new AbortController();
  const reason = { not: "an Error" };
  let writes = 0;
  const before = ({ method, path }) => {
    if (method === "POST" && path.startsWith("/v1/peering/") && ++writes === 3) controller.abort(reason);
  };
  const { clusters, raw, requests } = await world(t, names, { before });
  const reported = [];
  const onProgress = (progress) => reported.push(progress);
  const thrown = await mesh(clusters, { signal: controller.signal, onProgress, concurrency: 2 }).catch((e) => e);
  const [said, sent] = [reported.length, requests().length];
  assert.equal(thrown, reason);
  assert.equal(reported.at(-1).kind, "left_behind");
  await sleep(300); // longer than between two lists of a cluster
  assert.deepEqual([reported.length, requests().length], [said, sent], "nothing is reported or sent afterwards");
  assert.equal((await mesh(clusters)).ok, true);
  await assertMeshed(raw);
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
