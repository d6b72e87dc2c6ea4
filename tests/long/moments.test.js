// The same incident at several moments of the same call. When exactly a server dies decides what it has done by then,
// so several outcomes are right; but the call reports what is true, and a repeated call succeeds.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { establish, generateToken, isPeeringError, remove, wait } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import { pause, resume, soonAfter, peeringOn, startFor, token, write } from "./incidents.js";

const MOMENTS_MS = [0, 2, 4, 6, 8, 12, 20, 40];
const eu = { name: "eu", data: true };
const us = { name: "us", data: true };

/** How a call ended: its value or its `PeeringError`, with one of these codes. */
async function ending(promise, ...codes) {
  const [{ value, reason }] = await Promise.allSettled([promise]);
  if (reason) assert.ok(isPeeringError(reason) && codes.includes(reason.code), String(reason));
  return { value, error: reason, summary: reason ? `${reason.code}, ${reason.left_behind.length} left` : "done" };
}

/** Repeats the call until it succeeds: with the same token, or, if that is spent, with a new one. */
async function reach(dialer, acceptor, spec, peer_name) {
  const again = await ending(establish(dialer.address, spec), "token_spent");
  if (again.error) {
    const renewed = { ...spec, peering_token: await token(acceptor, peer_name) };
    assert.equal((await establish(dialer.address, renewed)).state, "ACTIVE");
  }
  assert.equal((await wait(acceptor.address, peer_name, "ACTIVE")).state, "ACTIVE");
  return again.error ? "with a new token" : "with the same token";
}

/** Runs `incident` once for each moment and reports each outcome. */
async function sweep(t, incident) {
  const went = [];
  for (const ms of MOMENTS_MS) {
    went.push(await incident(ms));
    t.diagnostic(`${ms} ms: ${went.at(-1)}`);
  }
  assert.ok(
    went.some((how) => !how.startsWith("done")),
    "no moment was early enough",
  );
}

describe("one moment after another", { concurrency: 3, timeout: 600_000 }, () => {
  test("the dialer's server is killed during establish", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    await sweep(t, async (ms) => {
      const [peer_name, far] = [`eu-${ms}`, `us-${ms}`];
      const spec = { peer_name, peering_token: await token(acceptor, far) };
      const { cluster, happened } = soonAfter(write, dialer, dialer.kill, ms);
      const { summary, error } = await ending(establish(cluster, spec), "network");
      await happened;
      await dialer.restart();
      const existing = await peeringOn(dialer, peer_name);
      if (!error || error.left_behind.length === 0) assert.equal(existing === null, !!error, "as reported");
      return `${summary}; ${existing?.State ?? "nothing"} exists; reached ${await reach(dialer, acceptor, spec, far)}`;
    });
  });

  test("the acceptor's server is killed during establish", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    await sweep(t, async (ms) => {
      const [peer_name, far] = [`eu-${ms}`, `us-${ms}`];
      const spec = { peer_name, peering_token: await token(acceptor, far) };
      const { cluster, happened } = soonAfter(write, dialer, acceptor.kill, ms);
      const { summary, error } = await ending(establish(cluster, spec, { timeout: 4_000 }), "unreachable", "timeout");
      await happened;
      const existing = await peeringOn(dialer, peer_name);
      assert.equal(existing === null, error?.left_behind.length === 0, "as reported");
      await acceptor.restart();
      return `${summary}; ${existing?.State ?? "nothing"} exists; reached ${await reach(dialer, acceptor, spec, far)}`;
    });
  });

  test("the server is killed during generateToken", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    await sweep(t, async (ms) => {
      const far = `us-${ms}`;
      const { cluster, happened } = soonAfter(write, acceptor, acceptor.kill, ms);
      const { summary, value, error } = await ending(generateToken(cluster, { peer_name: far }), "network");
      await happened;
      await acceptor.restart();
      const existing = await peeringOn(acceptor, far);
      if (error?.left_behind.length === 0) assert.equal(existing, null, "as reported");
      const peering_token = peeringToken(value ?? (await generateToken(acceptor.address, { peer_name: far })));
      await establish(dialer.address, { peer_name: `eu-${ms}`, peering_token });
      return `${summary}; ${existing ? "an acceptor" : "nothing"} exists; reached`;
    });
  });

  test("the server is killed during delete", async (t) => {
    const { eu: server } = await startFor(t, [eu]);
    await sweep(t, async (ms) => {
      const peer_name = `us-${ms}`;
      await token(server, peer_name);
      const { cluster, happened } = soonAfter(write, server, server.kill, ms);
      const { summary, error } = await ending(remove(cluster, peer_name), "network");
      await happened;
      await server.restart();
      const existing = await peeringOn(server, peer_name);
      if (!error || error.left_behind.length === 0) assert.equal(existing !== null, !!error, "as reported");
      await remove(server.address, peer_name);
      assert.equal(await peeringOn(server, peer_name), null);
      return `${summary}; ${existing?.State ?? "nothing"} exists; reached`;
    });
  });

  test("the dialer's server is stopped during establish, for longer than the call lasts", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    await sweep(t, async (ms) => {
      const [peer_name, far] = [`eu-${ms}`, `us-${ms}`];
      const spec = { peer_name, peering_token: await token(acceptor, far) };
      const { cluster, happened } = soonAfter(write, dialer, () => pause(dialer), ms);
      const { summary, error } = await ending(establish(cluster, spec, { timeout: 1_500 }), "timeout");
      await happened;
      resume(dialer);
      if (error) assert.equal(error.left_behind.length, 1, "the token was sent");
      await sleep(300); // it processes pending requests now
      const existing = await peeringOn(dialer, peer_name);
      return `${summary}; ${existing?.State ?? "nothing"} exists; reached ${await reach(dialer, acceptor, spec, far)}`;
    });
  });
});
