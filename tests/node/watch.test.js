// watch, on simulated clusters: the first value, each change once, and an end without leftovers.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import { connect, generateToken, isPeeringError, read, remove, watch } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { assertSilent, record } from "./recorder.js";
import { aclToken } from "./secrets.js";

/** eu and us; eu is watched through a recorder. */
async function world(t, { speed = 50, before, ...eu } = {}) {
  const clusters = [{ name: "eu", ...eu }, "us"];
  const simulator = await startSimulator({ clusters, speed, listen: false });
  t.after(() => simulator.stop());
  const recorder = record(simulator.clusters.eu, before);
  const acceptor = { cluster: simulator.clusters.eu, peer_name: "us" };
  const dialer = { cluster: simulator.clusters.us, peer_name: "eu" };
  return { simulator, ...recorder, eu: simulator.clusters.eu, link: () => connect(acceptor, dialer) };
}

/** The next value, with a limit, since a watch without changes waits forever. */
async function next(watching) {
  const step = await Promise.race([watching.next(), sleep(10_000).then(() => assert.fail("no value"))]);
  assert.equal(step.done, false);
  return step.value;
}

/** The values up to one that `wanted` accepts. */
async function until(watching, wanted) {
  const values = [];
  for (const late = Date.now() + 10_000; Date.now() < late;) {
    values.push(await next(watching));
    if (wanted(values.at(-1))) return values;
  }
  assert.fail(`it did not come to that: ${JSON.stringify(values.at(-1))}`);
}

const states = (peerings) => peerings.map(({ peer_name, state }) => `${peer_name} ${state}`).join();
const differ = (values) =>
  values.every((value, i) => i === 0 || JSON.stringify(value) !== JSON.stringify(values[i - 1]));

/** No request is pending, and nothing is sent. */
async function assertOver({ requests }) {
  assert.ok(
    requests.every(({ open }) => !open),
    "no request is left open",
  );
  const sent = requests.length;
  await sleep(100);
  assert.equal(requests.length, sent, "nothing is sent any more");
}

/** Until the watch waits for a response. */
async function untilAsking({ requests }, count = 1) {
  while (requests.filter(({ open, path }) => open && path.includes("index=")).length < count) await sleep(1);
}

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
    const seen = await world(t);
    const watching = watch(seen.cluster, { interval: 40 });
    assert.deepEqual(await next(watching), []);
    await generateToken(seen.eu, { peer_name: "us" });
    const values = await until(watching, (peerings) => states(peerings) === "us PENDING");
    await seen.link();
    values.push(...(await until(watching, (peerings) => states(peerings) === "us ACTIVE")));
    await remove(seen.eu, "us");
    values.push(...(await until(watching, (peerings) => peerings.length === 0)));
    await watching.return();
    assert.ok(differ(values));
    await assertOver(seen);
  });

  test("one peering: missing, existing, deleted", async (t) => {
    const seen = await world(t);
    const watching = watch(seen.cluster, "us", { interval: 40 });
    assert.equal(await next(watching), null);
    const linking = seen.link();
    const values = await until(watching, (peering) => peering?.state === "ACTIVE");
    const { acceptor } = await linking;
    assert.equal(values.at(-1).id, acceptor.id);
    await remove(seen.eu, "us");
    values.push(...(await until(watching, (peering) => peering === null)));
    assert.ok(differ(values), JSON.stringify(values.map((value) => value?.state ?? null)));
    await watching.return();
    await assertOver(seen);
  });

  test("a reference with query options, and the values of read", async (t) => {
    const seen = await world(t);
    const { acceptor } = await seen.link();
    const named = watch(seen.cluster, { peer_name: "us", datacenter: "eu" });
    assert.equal((await next(named)).id, acceptor.id);
    await named.return();
    const { peer_name } = acceptor;
    const again = watch(seen.cluster, { peer_name }, {});
    assert.deepEqual((await next(again)).meta, acceptor.meta);
    await again.return();
    await failure(watch(seen.cluster, { peer_name: "us", datacenter: "us" }).next(), "wrong_datacenter");
  });

  test("a stored change is seen at once, a computed one within the interval", async (t) => {
    const seen = await world(t);
    const patient = watch(seen.cluster, { interval: 600_000 });
    assert.deepEqual(await next(patient), []);
    await generateToken(seen.eu, { peer_name: "us" });
    assert.equal(states(await next(patient)), "us PENDING", "in a moment of ten minutes");
    await patient.return();

    await remove(seen.eu, "us");
    await seen.link();
    const prompt = watch(seen.cluster, { interval: 50 });
    assert.equal(states(await next(prompt)), "us ACTIVE");
    const { modify_index } = await read(seen.eu, "us");
    seen.simulator.restart("us", 400);
    const [failing] = (await until(prompt, (peerings) => states(peerings) !== "us ACTIVE")).at(-1);
    assert.equal(failing.state, "FAILING");
    assert.equal(failing.modify_index, modify_index, "nothing was stored, and it was seen all the same");
    await prompt.return();
    await assertOver(seen);
  });

  test("one request open at a time, and each waits for a change", async (t) => {
    const seen = await world(t, {
      before: () => {
        most = Math.max(most, seen.requests.filter(({ open }) => open).length);
      },
    });
    let most = 0;
    const watching = watch(seen.cluster, { interval: 50 });
    await next(watching);
    const linking = seen.link();
    await until(watching, (peerings) => states(peerings) === "us ACTIVE");
    await linking;
    await watching.return();
    assert.equal(most, 1);
    assert.ok(
      seen.requests.slice(1).every(({ path }) => /^\/v1\/peerings\?index=\d+&wait=50ms$/.test(path)),
      seen.requests.map(({ path }) => path).join(" "),
    );
  });

  test("two concurrent watches have the same values, and end separately", async (t) => {
    const seen = await world(t);
    const [one, other] = [watch(seen.cluster, { interval: 40 }), watch(seen.cluster, "us", { interval: 40 })];
    assert.deepEqual([await next(one), await next(other)], [[], null]);
    const linking = seen.link();
    await Promise.all([
      until(one, (peerings) => states(peerings) === "us ACTIVE"),
      until(other, (peering) => peering?.state === "ACTIVE"),
    ]);
    await linking;
    await one.return();
    await remove(seen.eu, "us");
    await until(other, (peering) => peering === null);
    await other.return();
    await assertOver(seen);
  });
});

describe("without blocking queries", { concurrency: true }, () => {
  test("an old Consul, and one without an index: read once per interval", async (t) => {
    const old = await world(t, { version: "1.15.1" });
    const shut = await world(t);
    const hidden = async (url, init) => {
      const { status, body } = await shut.cluster.fetch(url, init);
      return new Response(body, { status });
    };
    for (const [seen, cluster] of [
      [old, old.cluster],
      [shut, { ...shut.cluster, fetch: hidden }],
    ]) {
      const watching = watch(cluster, { interval: 60 });
      assert.deepEqual(await next(watching), []);
      const linking = seen.link();
      await until(watching, (peerings) => states(peerings) === "us ACTIVE");
      await linking;
      await watching.return();
      const gaps = seen.requests.slice(1).map(({ at }, index) => at - seen.requests[index].at);
      assert.ok(gaps.length > 0 && gaps.every((gap) => gap > 50), gaps.join());
      assert.ok(seen.requests.every(({ path }) => path === "/v1/peerings"));
      await assertOver(seen);
    }
  });

  test("a lower index restarts the query, and a higher one has no effect", async (t) => {
    const seen = await world(t);
    let index = 1_000;
    const shown = [];
    const fetch = async (url, init) => {
      const { status, body } = await seen.cluster.fetch(url.replace(/index=\d+/, "index=1"), init);
      shown.push(new URL(url).searchParams.get("index"));
      return new Response(body, { status, headers: { "x-consul-index": String(index) } });
    };
    const watching = watch({ ...seen.cluster, fetch }, { interval: 20 });
    assert.deepEqual(await next(watching), []);
    const second = next(watching);
    while (shown.at(-1) !== "1000") await sleep(1);
    index = 5; // a rebuilt server
    while (shown.at(-1) !== "5") await sleep(1);
    await generateToken(seen.eu, { peer_name: "us" });
    assert.equal(states(await second), "us PENDING");
    await watching.return();
    const at = shown.indexOf("5");
    assert.deepEqual(shown.slice(at - 2, at + 1), ["1000", null, "5"]);
  });
});

describe("end", { concurrency: true }, () => {
  test("break: no request and no listener is left", async (t) => {
    const seen = await world(t);
    const { signal } = new AbortController();
    for await (const peerings of watch(seen.cluster, { signal })) {
      assert.deepEqual(peerings, []);
      break;
    }
    assert.equal(getEventListeners(signal, "abort").length, 0);
    const watching = watch(seen.cluster, { signal });
    await next(watching);
    const waiting = watching.next();
    while (getEventListeners(signal, "abort").length !== 1) await sleep(1);
    await watching.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await assertOver(seen);
  });

  test("an error in the loop's body", async (t) => {
    const seen = await world(t);
    const { signal } = new AbortController();
    const reason = new Error("of the body");
    await assert.rejects(async () => {
      for await (const peerings of watch(seen.cluster, { signal })) throw [reason, peerings][0];
    }, reason);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await assertOver(seen);
  });

  test("return() while a value is pending: settles at once, and aborts the request", async (t) => {
    const seen = await world(t);
    const watching = watch(seen.cluster, { interval: 600_000 });
    await next(watching);
    const waiting = watching.next();
    await untilAsking(seen);
    assert.deepEqual(await watching.return("done"), { done: true, value: "done" });
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.equal(seen.requests.at(-1).aborted, true);
    assert.deepEqual(await watching.next(), { done: true, value: undefined });
    assert.deepEqual(await watching.return(), { done: true, value: undefined });
    await assertOver(seen);
  });

  test("return() before the first value", async (t) => {
    const seen = await world(t);
    const watching = watch(seen.cluster);
    await watching.return();
    assert.deepEqual(await watching.next(), { done: true, value: undefined });
    assert.deepEqual(seen.requests, []);
  });

  test("a signal: the pending value rejects with its reason", async (t) => {
    for (const reason of [new Error("no"), "a text", { code: "invalid" }, 0]) {
      const seen = await world(t);
      const controller = new AbortController();
      const { signal } = controller;
      const watching = watch(seen.cluster, "us", { signal, interval: 50 });
      assert.equal(await next(watching), null);
      await generateToken(seen.eu, { peer_name: "us" });
      assert.equal((await next(watching)).state, "PENDING");
      const waiting = watching.next();
      await untilAsking(seen);
      controller.abort(reason);
      assert.equal(await waiting.catch((thrown) => thrown), reason);
      assert.equal(seen.requests.at(-1).aborted, true);
      assert.equal(getEventListeners(signal, "abort").length, 0);
      assert.deepEqual(await watching.next(), { done: true, value: undefined });
      await assertOver(seen);
    }
  });

  test("a signal that aborts between two values, or before the first", async (t) => {
    const seen = await world(t);
    const controller = new AbortController();
    const watching = watch(seen.cluster, { signal: controller.signal });
    await next(watching);
    const sent = seen.requests.length;
    controller.abort("between");
    assert.equal(await watching.next().catch((thrown) => thrown), "between");
    const late = watch(seen.cluster, { signal: controller.signal });
    assert.equal(await late.next().catch((thrown) => thrown), "between");
    assert.deepEqual(await late.next(), { done: true, value: undefined });
    assert.equal(seen.requests.length, sent, "nothing was sent for it");
  });

  test("during the pause after a failure", async (t) => {
    const seen = await world(t);
    const watching = watch(seen.cluster, { interval: 30 });
    await next(watching);
    const down = seen.simulator.fault({ kind: "proxy_page", match: { cluster: "eu" }, times: Infinity });
    const waiting = watching.next();
    while (down.hits < 2) await sleep(5);
    await watching.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    await assertOver(seen);
  });
});

describe("failures", { concurrency: true }, () => {
  for (const [what, fault, code] of [
    ["no answer", { kind: "drop_before" }, "network"],
    ["a proxy's page", { kind: "proxy_page" }, "server_error"],
    ["a redirect", { kind: "redirect" }, "network"],
  ]) {
    test(`${what} before the first value: rejects and ends`, async (t) => {
      const seen = await world(t);
      seen.simulator.fault({ ...fault, times: Infinity });
      const watching = watch(seen.cluster);
      const error = await failure(watching.next(), code);
      assert.equal(error.cluster, seen.eu.address);
      assert.deepEqual(await watching.next(), { done: true, value: undefined });
      await assertOver(seen);
    });
  }

  test("a missing permission or an unknown token before the first value", async (t) => {
    const reader = aclToken("b2f1a7a6-0c39-4c1e-9a8e-1f0f5f6f7a01");
    const seen = await world(t, { acl: { tokens: { [reader]: { peering: "read" } } }, speed: 1 });
    const { token, ...open } = seen.cluster;
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

  for (const fault of [
    { kind: "drop_before" },
    { kind: "drop_after" },
    { kind: "cut" },
    { kind: "rate_limited", retry_after: 1 },
    { kind: "unavailable" },
    { kind: "proxy_page" },
    { kind: "gateway_timeout" },
    { kind: "leader_lost", ms: 300 },
    { kind: "restart", ms: 300 },
  ]) {
    test(`${fault.kind} later: continues`, async (t) => {
      const seen = await world(t);
      const reported = [];
      const watching = watch(seen.cluster, { interval: 40, onProgress: (progress) => reported.push(progress) });
      assert.deepEqual(await next(watching), []);
      const ordered = seen.simulator.fault({ ...fault, match: { cluster: "eu", path: "/v1/peerings" }, times: 4 });
      const waiting = next(watching);
      while (ordered.hits < 4) await sleep(5);
      await sleep(300);
      await generateToken(seen.eu, { peer_name: "us" });
      assert.equal(states(await waiting), "us PENDING", "and changes since are seen");
      await watching.return();
      // Without a leader, a server still responds with its own data.
      assert.ok(reported.length > 0 || fault.kind === "leader_lost");
      const kinds = reported.map(({ kind }) => kind);
      const [last] = kinds.splice(-1);
      assert.ok(last === undefined || last === "recovered", "and regained contact is reported");
      assert.ok(
        kinds.every((kind) => kind === "retry"),
        JSON.stringify(reported),
      );
      assert.ok(reported.every(({ cluster, elapsed }) => cluster === seen.eu.address && elapsed >= 0));
      await assertOver(seen);
    });
  }

  test("a server that is down for longer: backs off, then returns what exists", async (t) => {
    const seen = await world(t);
    await seen.link();
    const watching = watch(seen.cluster, { interval: 40 });
    assert.equal(states(await next(watching)), "us ACTIVE");
    seen.simulator.restart("us", Infinity); // or it might have connected again before the next read
    seen.simulator.restart("eu", 3_000);
    const down = seen.requests.length;
    const values = await until(watching, (peerings) => states(peerings) !== "us ACTIVE");
    assert.equal(values.at(-1)[0].peer_name, "us");
    assert.ok(seen.requests.length - down < 20, `${seen.requests.length - down} requests`);
    seen.simulator.restart("us");
    await until(watching, (peerings) => states(peerings) === "us ACTIVE");
    await watching.return();
    await assertOver(seen);
  });

  // Recorded of Consul 1.22.3, where a record is marked and removed before the waiting read continues.
  test("a peering removed during a blocking query, whose response still has it, is seen as deleted", async () => {
    const record = JSON.stringify({ ID: "1", Name: "us", State: "PENDING", CreateIndex: 21, ModifyIndex: 21 });
    const ok = (index) => new Response(record, { headers: { "X-Consul-Index": String(index) } });
    const answers = [ok(21), ok(24), new Response('Peering not found for "us"', { status: 404 })];
    const asked = [];
    const fetch = async (url) => {
      asked.push(new URL(url).searchParams.get("index"));
      return answers.shift() ?? (await new Promise(() => {}));
    };
    const watching = watch({ address: "http://eu.example", fetch }, "us", { interval: 600_000 });
    assert.equal((await next(watching)).state, "PENDING");
    assert.equal(await next(watching), null);
    assert.deepEqual(asked, [null, "21", null]);
    await watching.return();
  });

  test("a revoked permission ends it", async (t) => {
    const seen = await world(t);
    let lost = false;
    const fetch = (url, init) =>
      lost
        ? new Response("Permission denied: token with AccessorID 'x' lacks permission 'peering:read'", { status: 403 })
        : seen.cluster.fetch(url, init);
    const watching = watch({ ...seen.cluster, fetch }, { interval: 30 });
    await next(watching);
    lost = true;
    await failure(watching.next(), "permission_denied");
    assert.deepEqual(await watching.next(), { done: true, value: undefined });
    await assertOver(seen);
  });

  test("a listener that throws has no effect", async (t) => {
    const seen = await world(t);
    const onProgress = () => assert.fail("of the listener");
    const watching = watch(seen.cluster, { interval: 30, onProgress });
    await next(watching);
    seen.simulator.fault({ kind: "proxy_page", match: { cluster: "eu" } });
    const waiting = next(watching);
    await sleep(100);
    await generateToken(seen.eu, { peer_name: "us" });
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
