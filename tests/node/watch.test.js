// watch as JavaScript calls it: its arguments, its values and its errors. tests/simulator/watching.rs and watch_failures.rs
// test when it reads and which failures it survives; watch-end.test.js, how an iteration ends.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import { generateToken, isPeeringError, remove, watch } from "../../pkg/node.js";
import { assertSilent } from "./recorder.js";
import { aclToken } from "./secrets.js";
import { assertOver, differ, next, states, until, world } from "./watching.js";

async function failure(promise, code) {
  const error = await promise.then(
    (value) => assert.fail(`it came to ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(isPeeringError(error), String(error?.stack));
  assert.deepEqual([error.code, error.operation], [code, "watch"], error.message);
  assert.ok(error.message.startsWith("watch") && error.hint.length > 20, error.message);
  return error;
}

describe("values", { concurrency: true }, () => {
  test("the existing peerings at once, then each change, without repetition", async (t) => {
    const observed = await world(t);
    const watching = watch(observed.cluster, { interval: 40 });
    assert.deepEqual(await next(watching), []);
    await generateToken(observed.eu, { peer_name: "us" });
    const values = await until(watching, (peerings) => states(peerings) === "us PENDING");
    await observed.link();
    values.push(...(await until(watching, (peerings) => states(peerings) === "us ACTIVE")));
    await remove(observed.eu, "us");
    values.push(...(await until(watching, (peerings) => peerings.length === 0)));
    await watching.return();
    assert.ok(differ(values));
    await assertOver(observed);
  });

  test("a blocking query lasts 2 s unless interval is given", async (t) => {
    const observed = await world(t);
    for (const [options, ms] of [
      [undefined, 2_000],
      [{ interval: 40 }, 40],
    ]) {
      const watching = watch(observed.cluster, options);
      assert.deepEqual(await next(watching), []);
      const found = watching.next();
      found.catch(() => {});
      const waits = () => observed.requests.some(({ path }) => path.endsWith(`&wait=${ms}ms`));
      while (!waits() && !t.signal.aborted) await sleep(1);
      assert.ok(waits());
      await watching.return();
    }
  });

  test("one peering: missing, existing, deleted", async (t) => {
    const observed = await world(t);
    const watching = watch(observed.cluster, "us", { interval: 40 });
    assert.equal(await next(watching), null);
    const linking = observed.link();
    const values = await until(watching, (peering) => peering?.state === "ACTIVE");
    const { acceptor } = await linking;
    assert.equal(values.at(-1).id, acceptor.id);
    await remove(observed.eu, "us");
    values.push(...(await until(watching, (peering) => peering === null)));
    assert.ok(differ(values), JSON.stringify(values.map((value) => value?.state ?? null)));
    await watching.return();
    await assertOver(observed);
  });

  test("a reference with query options, and the values of read", async (t) => {
    const observed = await world(t);
    const { acceptor } = await observed.link();
    const named = watch(observed.cluster, { peer_name: "us", datacenter: "eu" });
    assert.equal((await next(named)).id, acceptor.id);
    await named.return();
    const { peer_name } = acceptor;
    const again = watch(observed.cluster, { peer_name }, {});
    assert.deepEqual((await next(again)).meta, acceptor.meta);
    await again.return();
    await failure(watch(observed.cluster, { peer_name: "us", datacenter: "us" }).next(), "wrong_datacenter");
  });

  test("two concurrent watches have the same values, and end separately", async (t) => {
    const observed = await world(t);
    const [one, other] = [watch(observed.cluster, { interval: 40 }), watch(observed.cluster, "us", { interval: 40 })];
    assert.deepEqual([await next(one), await next(other)], [[], null]);
    const linking = observed.link();
    await Promise.all([
      until(one, (peerings) => states(peerings) === "us ACTIVE"),
      until(other, (peering) => peering?.state === "ACTIVE"),
    ]);
    await linking;
    await one.return();
    await remove(observed.eu, "us");
    await until(other, (peering) => peering === null);
    await other.return();
    await assertOver(observed);
  });
});

describe("failures", { concurrency: true }, () => {
  test("before the first value: rejects and ends", async (t) => {
    const observed = await world(t);
    observed.simulator.fault({ kind: "proxy_page", times: Infinity });
    const watching = watch(observed.cluster);
    const error = await failure(watching.next(), "server_error");
    assert.equal(error.cluster, observed.eu.address);
    assert.deepEqual(await watching.next(), { done: true, value: undefined });
    await assertOver(observed);
  });

  test("later: reports retries and regained contact, and continues", async (t) => {
    const observed = await world(t);
    const reported = [];
    const watching = watch(observed.cluster, { interval: 40, onProgress: (progress) => reported.push(progress) });
    assert.deepEqual(await next(watching), []);
    const ordered = observed.simulator.fault({ kind: "cut", match: { path: "/v1/peerings" }, times: 2 });
    const waiting = next(watching);
    while (ordered.hits < 2) await sleep(5);
    await generateToken(observed.eu, { peer_name: "us" });
    assert.equal(states(await waiting), "us PENDING");
    await watching.return();
    assert.deepEqual(
      reported.map(({ kind, code }) => [kind, code]),
      [
        ["retry", "network"],
        ["retry", "network"],
        ["recovered", "recovered"],
      ],
    );
    assert.ok(reported.every(({ cluster, elapsed }) => cluster === observed.eu.address && elapsed >= 0));
    await assertOver(observed);
  });

  test("a missing permission or an unknown token before the first value", async (t) => {
    const reader = aclToken("b2f1a7a6-0c39-4c1e-9a8e-1f0f5f6f7a01");
    const observed = await world(t, { acl: { tokens: { [reader]: { peering: "read" } } }, speed: 1 });
    const { token, ...open } = observed.cluster;
    aclToken(token);
    await failure(watch(open).next(), "permission_denied");
    const unknown = aclToken("b2f1a7a6-0c39-4c1e-9a8e-1f0f5f6f7a02");
    const error = await failure(watch({ ...open, token: unknown }, "us").next(), "acl_token_unknown");
    assert.equal(error.peer_name, "us");
    assertSilent(error, [unknown]);
    const watching = watch({ ...open, token: reader });
    assert.deepEqual(await next(watching), []);
    await watching.return();
  });

  test("a listener that throws has no effect", async (t) => {
    const observed = await world(t);
    const onProgress = () => assert.fail("of the listener");
    const watching = watch(observed.cluster, { interval: 30, onProgress });
    await next(watching);
    observed.simulator.fault({ kind: "proxy_page", match: { cluster: "eu" } });
    const waiting = next(watching);
    await sleep(100);
    await generateToken(observed.eu, { peer_name: "us" });
    assert.equal(states(await waiting), "us PENDING");
    await watching.return();
  });

  test("invalid options and names: rejected, and nothing is sent", async (t) => {
    const { cluster, requests } = await world(t);
    for (const [ref, options, field] of [
      [undefined, { interval: 0 }, "options.interval"],
      [undefined, { interval: -1 }, "options.interval"],
      [undefined, { interval: NaN }, "options.interval"],
      [undefined, { interval: "2s" }, "options.interval"],
      [undefined, { interval: 600_001 }, "options.interval"],
      [undefined, { interval: Infinity }, "options.interval"],
      [undefined, { signal: {} }, "options.signal"],
      [undefined, { signal: { aborted: true } }, "options.signal"],
      [undefined, { onProgress: 7 }, "options.onProgress"],
      ["us", 7, "options"],
      ["us", "5s", "options"],
      ["No", {}, "peer_name"],
      [7, undefined, "peer_name"],
      [{ peerName: "us" }, undefined, "peer_name"],
      [{ interval: 50, peerName: "us" }, undefined, "peer_name"],
    ]) {
      const error = await failure(watch(cluster, ref, options).next(), "invalid");
      const fields = error.findings.map(({ field }) => field);
      assert.ok(fields.includes(field), `${field} is not in ${fields.join()}`);
    }
    const bare = await failure(watch({ adress: "x" }).next(), "invalid");
    assert.equal(bare.findings[0].field, "cluster.adress");
    assert.deepEqual(requests, []);
    // These are valid.
    for (const options of [undefined, null, {}, { interval: null }, { signal: undefined }, { onProgress: null }]) {
      for (const watching of [
        watch(cluster, options),
        watch(cluster, undefined, options),
        watch(cluster, "us", options),
      ]) {
        const value = await next(watching);
        assert.ok(value === null || value.length === 0);
        await watching.return();
      }
    }
  });
});
