// establish and generateToken as JavaScript calls them: what they return and report, their options, their errors, and an
// abort. What they do in each case is tested natively: tests/simulator/establish_*.rs, token_generation.rs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import { establish, generateToken, isPeeringError, read } from "../../pkg/node.js";
import { world } from "./pair.js";
import { assertSilent } from "./recorder.js";

/** A signal that aborts after so long. */
function abortedIn(ms) {
  const controller = new AbortController();
  sleep(ms).then(() => controller.abort(new Error("aborted")));
  return controller.signal;
}

async function failure(promise, code, operation) {
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(isPeeringError(error), String(error?.stack));
  assert.deepEqual([error.code, error.operation], [code, operation], error.message);
  assert.ok(error.message.startsWith(operation) && error.hint.length > 20);
  return error;
}

/** The leftovers of an error, each without its texts. */
const left = ({ left_behind }) =>
  left_behind.map(({ what, fix, ...rest }) => {
    assert.ok(what.length > 10 && fix.length > 10);
    return rest;
  });

describe("establish", { concurrency: true }, () => {
  test("resolves with the peering, ACTIVE, and reports each event", async (t) => {
    const pair = await world(t);
    const peering_token = await pair.token();
    const reported = [];
    const options = { onProgress: (progress) => reported.push(progress) };
    const spec = { peer_name: "eu", peering_token, meta: { team: "a" } };
    const peering = await establish(pair.recorded.us.cluster, spec, options);
    assert.deepEqual([peering.state, peering.role, peering.meta], ["ACTIVE", "dialer", { team: "a" }]);
    assert.deepEqual(peering, await read(pair.raw.us, "eu"));
    const { address } = pair.raw.us;
    for (const { cluster, peer_name, text, elapsed } of reported) {
      assert.deepEqual([cluster, peer_name], [address, "eu"]);
      assert.ok(text.length > 10 && elapsed >= 0);
    }
    assert.deepEqual(
      reported.map(({ kind, code, state }) => [kind, code, state]),
      [
        ["warning", "local_address", undefined],
        ["step", "token_accepted", undefined],
        ["state", "state", "ESTABLISHING"],
        ["state", "state", "ACTIVE"],
      ],
    );
    assertSilent([peering, reported], pair.secrets);
  });

  test("wait: false resolves once it is accepted; replace: true deletes the existing peering", async (t) => {
    const pair = await world(t);
    const { id } = await read(pair.raw.us, "eu").then(async () => {
      await generateToken(pair.raw.us, { peer_name: "eu" });
      return read(pair.raw.us, "eu");
    });
    const spec = { peer_name: "eu", peering_token: await pair.token() };
    const refused = await failure(establish(pair.raw.us, spec), "role_conflict", "establish");
    assert.deepEqual([refused.peering.id, refused.peering.role, refused.left_behind], [id, "acceptor", []]);
    pair.servers.hold();
    const replacing = establish(pair.raw.us, spec, { replace: true, wait: false });
    while (!(await read(pair.raw.us, "eu"))?.deleted_at);
    pair.servers.release();
    const peering = await replacing;
    assert.notEqual(peering.id, id);
    assert.equal(peering.role, "dialer");
  });

  test("an error has its leftovers, the peering, its status and its retryable", async (t) => {
    const pair = await world(t);
    const spec = { peer_name: "eu", peering_token: await pair.token() };
    await pair.token(); // which invalidates the first
    await pair.spoil(spec.peering_token);
    const before = await read(pair.raw.us, "eu");
    const error = await failure(establish(pair.raw.us, { ...spec, meta: { team: "a" } }), "token_spent", "establish");
    const { address } = pair.raw.us;
    assert.deepEqual(left(error), [
      { cluster: address, peer_name: "eu", code: "overwritten", state: "PENDING", changed: ["meta"] },
    ]);
    assert.deepEqual([error.peering.id, error.peering.meta], [before.id, { team: "a" }]);
    assert.deepEqual([error.status, error.retryable, error.cluster, error.peer_name], [403, false, address, "eu"]);
    assertSilent(error, pair.secrets);
  });

  test("a timeout and an abort report the dialer with its state", async (t) => {
    const pair = await world(t);
    pair.servers.hold();
    const spec = { peer_name: "eu", peering_token: await pair.token() };
    const error = await failure(establish(pair.raw.us, spec, { timeout: 300 }), "timeout", "establish");
    const { address } = pair.raw.us;
    assert.deepEqual(left(error), [
      { cluster: address, peer_name: "eu", code: "dialer_not_active", state: "ESTABLISHING" },
    ]);
    assert.equal(error.peering.state, "ESTABLISHING");

    const events = [];
    const signal = abortedIn(300);
    const call = establish(
      pair.raw.us,
      { ...spec, peering_token: await pair.token() },
      { signal, onProgress: (event) => events.push(event) },
    );
    await assert.rejects(call, (error) => (events.push("rejected"), error === signal.reason));
    assert.equal(events.pop(), "rejected", "after every event");
    const { kind, code, cluster, peer_name } = events.pop();
    assert.deepEqual([kind, code, cluster, peer_name], ["left_behind", "dialer_not_active", address, "eu"]);
  });

  test("a fetch that resolves to something else, after Consul has acted: continues", async (t) => {
    const pair = await world(t);
    const fetch = async (url, init) => {
      const response = await pair.raw.us.fetch(url, init);
      return url.endsWith("/establish") ? "no response" : response;
    };
    const spec = { peer_name: "eu", peering_token: await pair.token() };
    assert.equal((await establish({ ...pair.raw.us, fetch }, spec)).state, "ACTIVE");
  });
});

describe("generateToken", { concurrency: true }, () => {
  test("resolves with the token; replace: true recreates the existing peering", async (t) => {
    const pair = await world(t);
    const token = await generateToken(pair.recorded.eu.cluster, { peer_name: "us", meta: { a: "1" } });
    assert.equal(typeof token, "string");
    const { id, meta, role } = await read(pair.raw.eu, "us");
    assert.deepEqual([meta, role], [{ a: "1" }, "acceptor"]);
    await pair.dial(token);
    const refused = generateToken(pair.raw.us, { peer_name: "eu" });
    const { peering } = await failure(refused, "role_conflict", "generateToken");
    assert.equal(peering.peer_id, id);
    const codes = [];
    const options = { replace: true, onProgress: ({ code }) => codes.push(code) };
    await generateToken(pair.raw.us, { peer_name: "eu" }, options);
    assert.equal(codes[0], "replacing");
    assert.equal((await read(pair.raw.us, "eu")).role, "acceptor");
  });

  test("a lost response and an abort report the acceptor", async (t) => {
    const pair = await world(t);
    const lost = { kind: "drop_after", match: { path: "/v1/peering/token" } };
    pair.simulator.fault(lost);
    const error = await failure(generateToken(pair.raw.eu, { peer_name: "us" }), "network", "generateToken");
    const { address } = pair.raw.eu;
    assert.deepEqual(left(error), [{ cluster: address, peer_name: "us", code: "token_lost", state: "PENDING" }]);

    pair.simulator.fault({ kind: "delay", ms: 60_000, match: { path: "/v1/peering/token" } });
    const events = [];
    const signal = abortedIn(300);
    const options = { signal, onProgress: (event) => events.push(event) };
    await assert.rejects(generateToken(pair.raw.eu, { peer_name: "us" }, options), (error) => error === signal.reason);
    assert.deepEqual([events.at(-1).kind, events.at(-1).code], ["left_behind", "token_unanswered"]);
  });
});
