// plan, connect, rotate and disconnect as JavaScript calls them: what they return and report, their options, and their
// errors. What they do in each state is tested natively: tests/simulator/pair_*.rs, disconnects.rs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { connect, disconnect, plan, read, rotate } from "../../pkg/node.js";
import { assertLinked, failure } from "./ends.js";
import { world } from "./pair.js";
import { assertSilent } from "./recorder.js";
import { aclToken } from "./secrets.js";

describe("connect and plan", { concurrency: true }, () => {
  test("links as requested, and reports each step", async (t) => {
    const pair = await world(t);
    const [acceptor, dialer] = pair.sides;
    const reported = [];
    const before = Date.now();
    const linked = await connect(
      { ...acceptor, meta: { side: "eu" } },
      { ...dialer, meta: { side: "us" } },
      { onProgress: (progress) => reported.push(progress) },
    );
    assertLinked(linked);
    assert.deepEqual([linked.changed, linked.reversed], [true, false]);
    assert.deepEqual([linked.acceptor.meta, linked.dialer.meta], [{ side: "eu" }, { side: "us" }]);
    assert.deepEqual(
      pair.writes.map(({ method, path }) => `${method} ${path}`),
      ["POST /v1/peering/token", "POST /v1/peering/establish"],
    );
    const of = (wanted) => {
      const index = reported.findIndex((event) => Object.entries(wanted).every(([key, value]) => event[key] === value));
      assert.ok(index >= 0, `${inspect(wanted)} is not in ${reported.map(({ code }) => code).join("; ")}`);
      return { index, ...reported[index] };
    };
    const codes = [{ code: "generating" }, { code: "establishing" }, { code: "token_accepted" }];
    assert.equal(reported.filter(({ code }) => code === "token_accepted").length, 1, "reported once");
    const steps = [...codes, { peer_name: "eu", state: "ACTIVE" }].map(of);
    assert.deepEqual(
      steps.map(({ index }) => index),
      steps.map(({ index }) => index).sort((a, b) => a - b),
    );
    assert.deepEqual(
      steps.map(({ cluster, peer_name }) => [cluster, peer_name]),
      [[pair.raw.eu.address, "us"], ...Array(3).fill([pair.raw.us.address, "eu"])],
    );
    assert.deepEqual(
      reported
        .filter(({ kind }) => kind === "state")
        .map(({ peer_name, state }) => `${peer_name} ${state}`)
        .sort(),
      ["eu ACTIVE", "eu ESTABLISHING", "us ACTIVE", "us PENDING"],
    );
    const elapsed = reported.map(({ elapsed }) => elapsed);
    assert.deepEqual(
      elapsed,
      [...elapsed].sort((a, b) => a - b),
      "measured from the start of the whole call",
    );
    assert.ok(elapsed.every((ms) => ms >= 0 && ms <= Date.now() - before));
    assert.ok(pair.secrets.length > 0);
    assertSilent([linked, reported], pair.secrets);
  });

  test("plan returns steps and notes, and connect of a link changes nothing", async (t) => {
    const pair = await world(t);
    const [acceptor, dialer] = pair.sides;
    const { steps, linked, reversed } = await plan(acceptor, dialer);
    assert.deepEqual([linked, reversed], [false, false]);
    assert.deepEqual(
      steps.map(({ on, action, code }) => [on, action, code]),
      [
        ["acceptor", "generate", "no_peering"],
        ["dialer", "establish", "new_token"],
      ],
    );
    assert.ok(steps.every(({ reason }) => reason.length > 10));
    await connect({ ...acceptor, meta: { a: "1" } }, dialer);
    const writes = pair.writes.length;
    const requested = { ...acceptor, meta: { a: "2" } };
    const again = await plan(dialer, requested);
    assert.deepEqual([again.linked, again.reversed, again.steps], [true, true, []]);
    assert.deepEqual(
      again.notes.map(({ code }) => code),
      ["acceptor_meta_kept"],
    );
    assert.ok(again.notes[0].text.length > 10);
    const { changed, reversed: isReversed, acceptor: first } = await connect(dialer, requested);
    assert.deepEqual([changed, isReversed, first.role], [false, true, "dialer"]);
    assert.equal(pair.writes.length, writes);
  });

  test("a conflict is an error with its side, its peering and no leftovers", async (t) => {
    const pair = await world(t);
    await pair.dial(await pair.token("ap", "x"), "eu", "us");
    for (const [operation, call] of Object.entries({ plan, connect })) {
      const error = await failure(call(...pair.sides), "role_conflict", operation);
      assert.deepEqual([error.peer_name, error.cluster, error.left_behind], ["us", pair.raw.eu.address, []]);
      assert.deepEqual(error.peering, await read(pair.raw.eu, "us"));
      assert.equal(error.retryable, false);
    }
  });

  test("each side has its own datacenter and ACL token", async (t) => {
    const pair = await world(t, { clusters: ["eu", "us"].map((name) => ({ name, acl: true })) });
    const tokens = ["eu", "us"].map((name) => aclToken(pair.raw[name].token));
    const bare = pair.sides.map(({ cluster, ...side }) => ({ ...side, cluster: { ...cluster, token: undefined } }));
    const error = await failure(connect(...bare), "permission_denied");
    assert.equal(error.cluster, pair.raw.eu.address);
    const [acceptor, dialer] = bare.map((side, index) => ({ ...side, token: tokens[index] }));
    await failure(connect({ ...acceptor, datacenter: "us" }, dialer), "wrong_datacenter");
    assert.deepEqual(pair.writes, []);
    const reported = [];
    const onProgress = (progress) => reported.push(progress);
    assertLinked(await connect({ ...acceptor, datacenter: "eu" }, { ...dialer, datacenter: "us" }, { onProgress }));
    // Both tokens are used; for one without permission, the error names its cluster.
    assertSilent([reported, error], [...tokens, ...pair.secrets]);
    assert.deepEqual(
      Object.values(await disconnect(acceptor, dialer)).map((peering) => peering.peer_name),
      ["us", "eu"],
    );
  });
});

describe("rotate and disconnect", { concurrency: true }, () => {
  test("rotate returns both sides, with the requested meta", async (t) => {
    const pair = await world(t);
    const first = await connect(...pair.sides);
    const [acceptor, dialer] = pair.sides;
    const rotated = await rotate(acceptor, { ...dialer, meta: { team: "net" } });
    assertLinked(rotated);
    assert.deepEqual([rotated.changed, rotated.reversed, rotated.dialer.meta], [true, false, { team: "net" }]);
    assert.deepEqual([rotated.acceptor.id, rotated.dialer.id], [first.acceptor.id, first.dialer.id]);
  });

  test("disconnect returns what it has deleted; force deletes what belongs to another pair", async (t) => {
    const pair = await world(t);
    const { acceptor, dialer } = await connect(...pair.sides);
    const { a, b } = await disconnect(...pair.sides);
    assert.deepEqual([a.id, b.id], [acceptor.id, dialer.id]);
    assert.deepEqual(await disconnect(...pair.sides), { a: null, b: null });
    await pair.link("us", "ap", "eu");
    const error = await failure(disconnect(...pair.sides), "peer_mismatch", "disconnect");
    assert.deepEqual([error.peer_name, error.left_behind], ["us", []]);
    assert.equal((await disconnect(...pair.sides, { force: true })).a.peer_name, "us");
  });

  test("rotate and disconnect with dryRun: return the plan and send nothing", async (t) => {
    const pair = await world(t);
    await pair.link();
    const writes = pair.writes.length;
    const [acceptor, dialer] = pair.sides;
    const silent = { ...acceptor, server_external_addresses: undefined };
    const { steps, linked } = await rotate(acceptor, dialer, { dryRun: true });
    assert.equal(linked, true);
    assert.deepEqual(
      steps.map(({ on, action, code }) => [on, action, code]),
      [
        ["acceptor", "generate", "requested"],
        ["dialer", "establish", "new_token"],
      ],
    );
    await failure(rotate(silent, dialer, { dryRun: true }), "external_addresses_unknown", "rotate");
    const { a, b } = await disconnect(...pair.sides, { dryRun: true });
    assert.deepEqual([a.peer_name, a.state, b.peer_name, b.state], ["us", "ACTIVE", "eu", "ACTIVE"]);
    const wrong = await failure(disconnect(...pair.sides, { dryRun: "yes" }), "invalid", "disconnect");
    assert.deepEqual(
      wrong.findings.map(({ field }) => field),
      ["options.dryRun"],
    );
    assert.equal(pair.writes.length, writes);
    assert.deepEqual(
      [(await read(pair.raw.eu, "us")).state, (await read(pair.raw.us, "eu")).state],
      ["ACTIVE", "ACTIVE"],
    );
  });
});
