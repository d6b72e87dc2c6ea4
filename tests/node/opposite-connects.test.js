// Two calls that connect the same clusters in opposite directions, and clusters that are peered a second time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import { connect, list, mesh, plan, read } from "../../pkg/node.js";
import { assertLinked, failure } from "./ends.js";
import { world } from "./pair.js";

describe("opposite connects", { concurrency: true }, () => {
  for (const after of [0, 5, 20, 60]) {
    test(`${after} ms apart: both calls end with the same link`, async (t) => {
      const pair = await world(t);
      const [eu, us] = pair.sides;
      const first = connect(eu, us);
      await sleep(after);
      const [one, other] = await Promise.all([first, connect({ ...us, server_external_addresses: [] }, eu)]);
      assertLinked(one);
      assertLinked(other);
      assert.deepEqual([one.acceptor.id, one.dialer.id], [other.dialer.id, other.acceptor.id]);
      assert.notEqual(one.reversed, other.reversed);
      const peerings = await pair.peerings();
      assert.deepEqual(
        peerings.map((each) => each.map(({ state }) => state)),
        [["ACTIVE"], ["ACTIVE"]],
      );
    });
  }

  test("waits until an unused peering of the opposite direction is used", async (t) => {
    const pair = await world(t);
    const token = await pair.token("us", "eu");
    let waits;
    const waiting = new Promise((resolve) => (waits = resolve));
    const connecting = connect(...pair.sides, { onProgress: ({ kind, code }) => kind === "retry" && waits(code) });
    assert.equal(await waiting, "role_conflict");
    await pair.dial(token, "eu", "us");
    const linked = await connecting;
    assertLinked(linked);
    assert.deepEqual([linked.reversed, linked.changed], [true, false]);
  });

  test("an unused peering of the opposite direction is a conflict after a while", async (t) => {
    const pair = await world(t);
    await pair.token("us", "eu");
    const existing = await read(pair.raw.us, "eu");
    for (const [operation, call] of Object.entries({ plan, connect })) {
      const error = await failure(call(...pair.sides), "role_conflict", operation);
      assert.equal(error.retryable, true);
      assert.match(error.hint, /^Another connect may be running in the other direction: run this again/);
      assert.deepEqual(error.left_behind, []);
    }
    assert.deepEqual(await read(pair.raw.us, "eu"), existing);
    assert.equal(await read(pair.raw.eu, "us"), null, "no leftovers");
  });

  test("a used peering of the opposite direction is a conflict at once", async (t) => {
    const pair = await world(t);
    await pair.dial(await pair.token("us", "eu"), "ap", "us");
    const error = await failure(connect(...pair.sides), "role_conflict");
    assert.equal(error.retryable, false);
    assert.doesNotMatch(error.hint, /other direction/);
  });
});

describe("a second peering of the same two clusters", { concurrency: true }, () => {
  const notes = ({ notes }) => notes.map(({ text }) => text);

  test("is noted by plan, before it is created and afterwards", async (t) => {
    const pair = await world(t);
    await pair.link();
    const second = [
      { ...pair.sides[0], peer_name: "us-2" },
      { ...pair.sides[1], peer_name: "eu-2" },
    ];
    const expected = (eu, us) => [
      new RegExp(`"${eu}" on the cluster eu is another peering with the same cluster`),
      new RegExp(`"${us}" on the cluster us is another peering with the same cluster`),
    ];
    const assertNoted = (found, ...names) => {
      const [one, other] = expected(...names);
      assert.deepEqual(
        found.notes.map(({ code }) => code),
        ["other_peering", "other_peering"],
      );
      assert.match(notes(found)[0], one);
      assert.match(notes(found)[1], other);
    };
    assertNoted(await plan(...second), "us", "eu");
    await connect(...second);
    assertNoted(await plan(...second), "us", "eu");
    assertNoted(await plan(...pair.sides), "us-2", "eu-2");
    const [eu, us] = pair.sides;
    assert.deepEqual(notes(await plan({ ...eu, peer_name: "ap" }, { ...us, cluster: pair.recorded.ap.cluster })), []);
  });

  test("two aliases of one cluster in a mesh", async (t) => {
    const { recorded, raw } = await world(t);
    const clusters = { eu: recorded.eu.cluster, us: recorded.us.cluster, us2: recorded.us.cluster };
    const reported = [];
    const { ok, pairs } = await mesh(clusters, { onProgress: ({ code }) => reported.push(code) });
    assert.equal(ok, false);
    const of = (a, b) => pairs.find(({ acceptor, dialer }) => acceptor === a && dialer === b);
    assert.equal(of("us", "us2").error.code, "same_cluster");
    assert.deepEqual(of("eu", "us2").plan.notes.at(-1), {
      code: "same_cluster",
      text: 'the aliases "us" and "us2" are the same cluster',
    });
    const [made, left] = [of("eu", "us"), of("eu", "us2")].sort((a) => (a.status === "changed" ? -1 : 1));
    assert.equal(made.status, "changed");
    // The second to write is refused, unless it reads the peering that the first has created.
    if (left.status !== "linked") assert.deepEqual([left.status, left.error.code], ["failed", "same_cluster"]);
    assert.ok(reported.includes("same_cluster"));
    assert.equal((await list(raw.eu)).filter(({ state }) => state === "ACTIVE").length, 1);
  });
});
