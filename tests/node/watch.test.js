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

  test("a stored change is observed at once, a computed one within the interval", async (t) => {
    const observed = await world(t);
    const patient = watch(observed.cluster, { interval: 600_000 });
    assert.deepEqual(await next(patient), []);
    await generateToken(observed.eu, { peer_name: "us" });
    assert.equal(states(await next(patient)), "us PENDING", "in a moment of ten minutes");
    await patient.return();

    await remove(observed.eu, "us");
    await observed.link();
    const prompt = watch(observed.cluster, { interval: 50 });
    assert.equal(states(await next(prompt)), "us ACTIVE");
    const { modify_index } = await read(observed.eu, "us");
    observed.simulator.restart("us", 400);
    const [failing] = (await until(prompt, (peerings) => states(peerings) !== "us ACTIVE")).at(-1);
    assert.equal(failing.state, "FAILING");
    assert.equal(failing.modify_index, modify_index, "nothing was stored, and it was observed all the same");
    await prompt.return();
    await assertOver(observed);
  });

  test("one request open at a time, and each waits for a change", async (t) => {
    const observed = await world(t, {
      before: () => {
        most = Math.max(most, observed.requests.filter(({ open }) => open).length);
      },
    });
    let most = 0;
    const watching = watch(observed.cluster, { interval: 50 });
    await next(watching);
    const linking = observed.link();
    await until(watching, (peerings) => states(peerings) === "us ACTIVE");
    await linking;
    await watching.return();
    assert.equal(most, 1);
    assert.ok(
      observed.requests.slice(1).every(({ path }) => /^\/v1\/peerings\?index=\d+&wait=50ms$/.test(path)),
      observed.requests.map(({ path }) => path).join(" "),
    );
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

describe("without blocking queries", { concurrency: true }, () => {
  test("an old Consul, and one without an index: read once per interval", async (t) => {
    const old = await world(t, { version: "1.15.1" });
    const shut = await world(t);
    const hidden = async (url, init) => {
      const { status, body } = await shut.cluster.fetch(url, init);
      return new Response(body, { status });
    };
    for (const [observed, cluster] of [
      [old, old.cluster],
      [shut, { ...shut.cluster, fetch: hidden }],
    ]) {
      const watching = watch(cluster, { interval: 60 });
      assert.deepEqual(await next(watching), []);
      const linking = observed.link();
      await until(watching, (peerings) => states(peerings) === "us ACTIVE");
      await linking;
      await watching.return();
      const gaps = observed.requests.slice(1).map(({ at }, index) => at - observed.requests[index].at);
      assert.ok(gaps.length > 0 && gaps.every((gap) => gap > 50), gaps.join());
      assert.ok(observed.requests.every(({ path }) => path === "/v1/peerings"));
      await assertOver(observed);
    }
  });

  test("a lower index restarts the query, and a higher one has no effect", async (t) => {
    const observed = await world(t);
    let index = 1_000;
    const shown = [];
    const fetch = async (url, init) => {
      const { status, body } = await observed.cluster.fetch(url.replace(/index=\d+/, "index=1"), init);
      shown.push(new URL(url).searchParams.get("index"));
      return new Response(body, { status, headers: { "x-consul-index": String(index) } });
    };
    const watching = watch({ ...observed.cluster, fetch }, { interval: 20 });
    assert.deepEqual(await next(watching), []);
    const second = next(watching);
    while (shown.at(-1) !== "1000") await sleep(1);
    index = 5; // a rebuilt server
    while (shown.at(-1) !== "5") await sleep(1);
    await generateToken(observed.eu, { peer_name: "us" });
    assert.equal(states(await second), "us PENDING");
    await watching.return();
    const at = shown.indexOf("5");
    assert.deepEqual(shown.slice(at - 2, at + 1), ["1000", null, "5"]);
  });
});

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

describe("failures", { concurrency: true }, () => {
  for (const [what, fault, code] of [
    ["no answer", { kind: "drop_before" }, "network"],
    ["a proxy's page", { kind: "proxy_page" }, "server_error"],
    ["a redirect", { kind: "redirect" }, "network"],
  ]) {
    test(`${what} before the first value: rejects and ends`, async (t) => {
      const observed = await world(t);
      observed.simulator.fault({ ...fault, times: Infinity });
      const watching = watch(observed.cluster);
      const error = await failure(watching.next(), code);
      assert.equal(error.cluster, observed.eu.address);
      assert.deepEqual(await watching.next(), { done: true, value: undefined });
      await assertOver(observed);
    });
  }

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
      const observed = await world(t);
      const reported = [];
      const watching = watch(observed.cluster, { interval: 40, onProgress: (progress) => reported.push(progress) });
      assert.deepEqual(await next(watching), []);
      const ordered = observed.simulator.fault({ ...fault, match: { cluster: "eu", path: "/v1/peerings" }, times: 4 });
      const waiting = next(watching);
      while (ordered.hits < 4) await sleep(5);
      await sleep(300);
      await generateToken(observed.eu, { peer_name: "us" });
      assert.equal(states(await waiting), "us PENDING", "and changes since are reported");
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
      assert.ok(reported.every(({ cluster, elapsed }) => cluster === observed.eu.address && elapsed >= 0));
      await assertOver(observed);
    });
  }

  test("a server that is down for longer: backs off, then returns what exists", async (t) => {
    const observed = await world(t);
    await observed.link();
    const watching = watch(observed.cluster, { interval: 40 });
    assert.equal(states(await next(watching)), "us ACTIVE");
    observed.simulator.restart("us", Infinity); // or it might have connected again before the next read
    observed.simulator.restart("eu", 3_000);
    const down = observed.requests.length;
    const values = await until(watching, (peerings) => states(peerings) !== "us ACTIVE");
    assert.equal(values.at(-1)[0].peer_name, "us");
    assert.ok(observed.requests.length - down < 20, `${observed.requests.length - down} requests`);
    observed.simulator.restart("us");
    await until(watching, (peerings) => states(peerings) === "us ACTIVE");
    await watching.return();
    await assertOver(observed);
  });

  // Recorded of Consul 1.22.3, where a record is marked and removed before the waiting read continues.
  test("a peering removed during a blocking query, whose response still has it, is observed as deleted", async () => {
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
    const observed = await world(t);
    let lost = false;
    const fetch = (url, init) =>
      lost
        ? new Response("Permission denied: token with AccessorID 'x' lacks permission 'peering:read'", { status: 403 })
        : observed.cluster.fetch(url, init);
    const watching = watch({ ...observed.cluster, fetch }, { interval: 30 });
    await next(watching);
    lost = true;
    await failure(watching.next(), "permission_denied");
    assert.deepEqual(await watching.next(), { done: true, value: undefined });
    await assertOver(observed);
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
