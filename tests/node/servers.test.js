// Real Consul servers that are killed, restarted or stopped during a call: every call settles
// with a documented code and reports what exists, and a repeated call succeeds. Longer tests are in `../long`.
import assert from "node:assert/strict";
import { before, describe, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { establish, generateToken, list, permissions, read, remove, wait } from "../../pkg/node.js";
import {
  any,
  justBefore,
  onceAccepted,
  pause,
  rejects,
  resume,
  peeringOn,
  startFor,
  token,
  summary,
  write,
} from "../long/incidents.js";
import { peeringToken } from "./secrets.js";

// Four at a time: each has its own servers, and mostly waits for them.
describe("failing servers", { concurrency: 4 }, () => {
  const eu = { name: "eu", data: true };
  const us = { name: "us", data: true };

  // Without jitter no retry falls on a deadline of these tests.
  before(() => mock.method(Math, "random", () => 0.5));

  test("the acceptor is down when its token is used: unreachable, no leftovers, the token stays valid", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    await acceptor.kill();
    const error = await rejects(establish(dialer.address, spec), "unreachable");
    t.diagnostic(summary(error));
    assert.deepEqual(error.left_behind, []);
    assert.equal(await peeringOn(dialer, "eu"), null);
    await acceptor.restart();
    assert.equal((await establish(dialer.address, spec)).state, "ACTIVE");
  });

  test("the acceptor dies after it has accepted the token: timeout, the dialer exists and recovers", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    const cluster = onceAccepted(dialer, () => acceptor.kill());
    const error = await rejects(establish(cluster, spec, { timeout: 3_000 }), "timeout");
    t.diagnostic(summary(error));
    const existing = await peeringOn(dialer, "eu");
    assert.match(existing.State, /^(ESTABLISHING|FAILING)$/);
    assert.deepEqual(
      error.left_behind.map(({ code, state }) => [code, state]),
      [["dialer_not_active", existing.State]],
    );
    assert.equal(error.peering.id, existing.ID);
    await acceptor.restart();
    // The token is spent by now, and the peering not ACTIVE yet: the same call again waits for it. Only if the dialer
    // is FAILING, it counts as spent until the peering has connected by itself.
    const again = await establish(dialer.address, spec).catch(async (reason) => {
      assert.deepEqual([reason.code, reason.peering.state], ["token_spent", "FAILING"], String(reason));
      await wait(dialer.address, "eu", "ACTIVE");
      return establish(dialer.address, spec);
    });
    assert.equal(again.id, existing.ID);
  });

  test("the acceptor dies after it has accepted the token, and restarts: the same call ends ACTIVE", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    let restarted;
    const cluster = onceAccepted(dialer, () => void (restarted = acceptor.restart()));
    const made = await establish(cluster, spec);
    await restarted;
    assert.equal(made.state, "ACTIVE");
    assert.equal((await wait(acceptor.address, "us", "ACTIVE")).id, made.peer_id);
  });

  test("the server dies between a call's read and its write: network, and nothing has changed", async (t) => {
    const { eu: other, us: server } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(other, "us") };
    await token(server, "old");
    const cluster = justBefore(write, server, () => server.kill(), 3);
    const errors = await Promise.all([
      rejects(establish(cluster, spec), "network"),
      rejects(remove(cluster, "old"), "network"),
      rejects(generateToken(cluster, { peer_name: "new" }), "network"),
    ]);
    t.diagnostic(summary(errors[0]));
    for (const error of errors) assert.deepEqual(error.left_behind, [], error.operation);
    await server.restart();
    assert.equal(await peeringOn(server, "eu"), null);
    assert.equal((await peeringOn(server, "old")).State, "PENDING");
    assert.equal(await peeringOn(server, "new"), null);
    const [made, gone] = await Promise.all([establish(server.address, spec), remove(server.address, "old")]);
    assert.deepEqual([made.state, gone.peer_name], ["ACTIVE", "old"]);
  });

  test("the dialer's server dies while it exchanges the token: network, and what may exist is reported", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    await pause(acceptor); // so that the exchange does not end before the server does
    const lost = rejects(establish(dialer.address, spec), "network");
    while (!(await peeringOn(dialer, "eu"))) await sleep(20);
    await dialer.kill();
    const error = await lost;
    t.diagnostic(summary(error));
    assert.equal(error.left_behind[0].code, "establish_unanswered");
    await dialer.restart();
    const existing = await peeringOn(dialer, "eu");
    assert.equal(existing.State, "PENDING");
    resume(acceptor);
    const made = await establish(dialer.address, spec);
    assert.deepEqual([made.state, made.id], ["ACTIVE", existing.ID]);
  });

  test("the dialer's server dies while the call waits for ACTIVE: network; ACTIVE after a restart", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us"), meta: { team: "payments" } };
    const error = await rejects(
      establish(
        onceAccepted(dialer, () => dialer.kill()),
        spec,
      ),
      "network",
    );
    t.diagnostic(summary(error));
    assert.equal(error.left_behind[0].code, "dialer_not_active");
    await dialer.restart();
    const back = await wait(dialer.address, "eu", "ACTIVE");
    assert.equal((await establish(dialer.address, spec)).id, back.id, "the same call again is no failure");
  });

  for (const side of ["dialer", "acceptor"]) {
    test(`the ${side}'s server restarts under an ACTIVE peering, which recovers`, async (t) => {
      const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
      const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
      const made = await establish(dialer.address, spec);
      const [down, up, name] = side === "dialer" ? [dialer, acceptor, "eu"] : [acceptor, dialer, "us"];
      await down.kill();
      const retries = [];
      const onProgress = ({ kind }) => retries.push(kind);
      const error = await rejects(read(down.address, name, { onProgress }), "network");
      t.diagnostic(`during the outage: ${summary(error)}`);
      assert.deepEqual(retries, ["retry", "retry"]);
      await rejects(list(down.address), "network");
      const observed = await wait(up.address, name === "eu" ? "us" : "eu", (peering) => peering.state === "FAILING");
      assert.equal(observed.state, "FAILING", "as read from the other side");
      await down.restart({ ready: false });
      const [here, there] = await Promise.all([
        wait(dialer.address, "eu", "ACTIVE"),
        wait(acceptor.address, "us", "ACTIVE"),
      ]);
      assert.deepEqual([here.id, there.id], [made.id, made.peer_id]);
    });
  }

  test("a server stops during a call: every call times out and reports what may exist; repeated, each succeeds", async (t) => {
    const { eu: other, us: server } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(other, "us") };
    await Promise.all([token(server, "old"), token(server, "kept")]);
    const atWrite = justBefore(write, server, () => pause(server), 3);
    const limited = { timeout: 2_000 };
    const writes = [
      rejects(establish(atWrite, spec, limited), "timeout"),
      rejects(remove(atWrite, "old", limited), "timeout"),
      rejects(generateToken(atWrite, { peer_name: "new" }, limited), "timeout"),
    ];
    const whenPaused = justBefore(any, server, () => Promise.race(writes), 5); // it is paused by then, and remains so
    const reads = [
      rejects(read(whenPaused, "kept", limited), "timeout"),
      rejects(list(whenPaused, limited), "timeout"),
      rejects(permissions(whenPaused, limited), "timeout"),
      rejects(wait(whenPaused, "kept", "ACTIVE", limited), "timeout"),
      rejects(generateToken(whenPaused, { peer_name: "never" }, limited), "timeout"),
    ];
    for (const error of await Promise.all(reads)) assert.deepEqual(error.left_behind, [], error.operation);
    const [established, removed, generated] = await Promise.all(writes);
    t.diagnostic([established, removed, generated].map(summary).join(" | "));
    assert.equal(established.left_behind[0].code, "establish_unanswered");
    assert.equal(removed.left_behind[0].code, "deletion_unanswered");
    assert.equal(generated.left_behind[0].code, "token_unanswered");
    resume(server);
    // It may still process requests from before it stopped: "may", as reported.
    const again = await Promise.all([
      establish(server.address, spec),
      remove(server.address, "old"),
      generateToken(server.address, { peer_name: "new" }),
      list(server.address),
    ]);
    assert.equal(again[0].state, "ACTIVE");
    assert.equal(await peeringOn(server, "old"), null);
    assert.equal(await peeringOn(server, "never"), null, "it was never sent");
    const linked = (made) => establish(other.address, { peer_name: "back", peering_token: peeringToken(made) });
    const made = await linked(again[2]).catch(async (error) => {
      // If the request from before the pause is processed last, its token replaces the second one.
      assert.equal(error.code, "token_spent", error.stack);
      return linked(await generateToken(server.address, { peer_name: "new" }));
    });
    assert.equal(made.state, "ACTIVE");
    assert.ok(again[3].some(({ peer_name }) => peer_name === "kept"));
  });

  test("an abort while the server is stopped: rejects at once with its reason, after leftovers were reported", async (t) => {
    const { us: server } = await startFor(t, [us]);
    const reason = new Error("enough");
    const controller = new AbortController();
    const cluster = justBefore(write, server, async () => {
      await pause(server);
      setTimeout(() => controller.abort(reason), 300);
    });
    const said = [];
    const options = { signal: controller.signal, onProgress: (progress) => said.push(progress) };
    await assert.rejects(generateToken(cluster, { peer_name: "new" }, options), (error) => error === reason);
    const left = said.filter(({ kind }) => kind === "left_behind").map(({ code }) => code);
    assert.deepEqual(left, ["token_unanswered"]);
    t.diagnostic(`the signal's reason; progress: ${left[0]}`);
    resume(server);
    peeringToken(await generateToken(server.address, { peer_name: "new" }));
    assert.equal((await peeringOn(server, "new")).State, "PENDING");
  });

  test("one token, two dialers, and a restarting acceptor: exactly one dialer is linked", async (t) => {
    const { eu: acceptor, ...dialers } = await startFor(t, [eu, { name: "us" }, { name: "ap" }]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "both") };
    const restarted = acceptor.restart();
    const rounds = [];
    for (let round = 0; round < 2; round++) {
      const calls = Object.values(dialers).map((dialer) => establish(dialer.address, spec));
      rounds.push(...(await Promise.allSettled(calls)));
      await restarted;
    }
    t.diagnostic(rounds.map(({ value, reason }) => value?.state ?? reason.code).join(", "));
    const won = new Set(rounds.filter(({ value }) => value).map(({ value }) => value.id));
    assert.equal(won.size, 1);
    for (const { reason } of rounds.filter(({ reason }) => reason)) {
      assert.match(reason.code, /^(unreachable|token_spent)$/);
      assert.deepEqual(reason.left_behind, []);
    }
    const existing = await Promise.all(Object.values(dialers).map((dialer) => peeringOn(dialer, "eu")));
    assert.deepEqual(
      existing.filter(Boolean).map(({ ID, State }) => [ID, State]),
      [[[...won][0], "ACTIVE"]],
    );
  });
});
