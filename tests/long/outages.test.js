// Outages of real servers that take time: a stopped acceptor, a lost quorum, a client agent without servers, a limit of
// reads, a rebuilt cluster. `../node/servers.test.js` has the quick ones.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, establish, generateToken, list, permissions, read, remove, wait } from "../../pkg/node.js";
import { peeringToken } from "../node/secrets.js";
import {
  justBefore,
  limits,
  listener,
  NONE,
  onceAccepted,
  pause,
  raw,
  rejects,
  resume,
  peeringOn,
  startFor,
  token,
  summary,
  write,
} from "./incidents.js";

const eu = { name: "eu", data: true };
const us = { name: "us", data: true };

/** An agent that joins the cluster of `server`. */
async function join(t, server, name, config) {
  const { Member } = JSON.parse((await raw(server, "GET", "/v1/agent/self")).text);
  const joining = { bootstrap_expect: 0, retry_join: [`127.0.0.1:${Member.Port}`], retry_interval: "1s", ...config };
  const { datacenter } = server;
  return (await startFor(t, [{ name, datacenter, data: true, ready: false, config: joining }]))[name];
}

async function until(condition) {
  while (!(await condition())) await sleep(100);
}

describe("outages", { concurrency: 3, timeout: 600_000 }, () => {
  test("the acceptor's server is stopped during the exchange: unreachable, without leftovers", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    await pause(acceptor);
    const error = await rejects(establish(dialer.address, spec), "unreachable");
    t.diagnostic(`${summary(error)}; ${error.message.replace(/^.*503: /, "")}`);
    assert.deepEqual(error.left_behind, []);
    assert.equal(await peeringOn(dialer, "eu"), null);
    resume(acceptor);
    assert.equal((await establish(dialer.address, spec)).state, "ACTIVE");
  });

  test("the acceptor's server is down when a live peering is renewed: not_active after 15 s, then recovers", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    const made = await establish(dialer.address, spec);
    const renewed = { ...spec, peering_token: await token(acceptor, "us") };
    const cluster = onceAccepted(dialer, async () => {
      await acceptor.kill();
      await until(async () => (await peeringOn(dialer, "eu")).State === "FAILING");
    });
    const error = await rejects(establish(cluster, renewed), "not_active");
    t.diagnostic(summary(error));
    assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["dialer_not_active", "FAILING"]);
    assert.equal((await peeringOn(dialer, "eu")).State, "FAILING");
    await acceptor.restart();
    assert.equal((await wait(dialer.address, "eu", "ACTIVE", { timeout: 120_000 })).id, made.id, "by itself");
  });

  test("a server starts: requests from its first response on succeed", async (t) => {
    const config = { performance: { raft_multiplier: 10 } }; // so that its election takes time
    const { eu: other, us: server } = await startFor(t, [eu, { ...us, config }]);
    const spec = { peer_name: "eu", peering_token: await token(other, "us") };
    await token(server, "old");
    let retries = 0;
    const onProgress = ({ kind }) => kind === "retry" && retries++;
    await server.restart({ ready: false });
    const [listed, made, gone, generated] = await Promise.all([
      list(server.address, { onProgress }),
      establish(server.address, spec, { onProgress }),
      remove(server.address, "old", { onProgress }),
      generateToken(server.address, { peer_name: "new" }, { onProgress }),
    ]);
    peeringToken(generated);
    t.diagnostic(`all done, ${retries} retries: Consul delays requests until it has a leader`);
    assert.ok(Array.isArray(listed));
    assert.deepEqual([made.state, gone.peer_name], ["ACTIVE", "old"]);
  });

  test("the cluster loses its quorum: Consul is silent, so calls time out; afterwards they succeed", async (t) => {
    const autopilot = { server_stabilization_time: "100ms" };
    const { eu: other, us: first } = await startFor(t, [eu, { ...us, config: { autopilot } }]);
    const spec = { peer_name: "eu", peering_token: await token(other, "us") };
    await token(first, "old");
    const second = await join(t, first, "second", { autopilot });
    const voters = async () =>
      JSON.parse((await raw(first, "GET", "/v1/operator/raft/configuration")).text).Servers.filter(
        ({ Voter }) => Voter,
      );
    await until(async () => (await voters()).length === 2);
    const lose = async () => {
      await second.kill();
      await until(async () => (await raw(first, "GET", "/v1/status/leader")).text === '""');
    };
    const cluster = justBefore(write, first, lose, 2);
    // One is sent before the quorum is lost, and the other times out while Consul is silent.
    const [patient, error] = await Promise.all([
      generateToken(cluster, { peer_name: "new" }, { timeout: 180_000 }),
      rejects(remove(cluster, "old", { timeout: 8_000 }), "timeout").then(async (error) => {
        for (const call of [
          () => read(first.address, "old", { timeout: 3_000 }),
          () => list(first.address, { timeout: 3_000 }),
          () => establish(first.address, spec, { timeout: 3_000 }),
        ]) {
          const error = await rejects(call(), "timeout");
          assert.deepEqual(error.left_behind, [], "nothing was sent");
        }
        assert.deepEqual(await permissions(first.address), { read: true, write: true }, "needs no leader");
        await second.restart({ ready: false });
        return error;
      }),
    ]);
    t.diagnostic(`delete: ${summary(error)}`);
    assert.equal(error.left_behind[0].code, "deletion_unanswered");
    peeringToken(patient);
    t.diagnostic("generateToken, sent without a leader: done once there is one");
    assert.equal((await peeringOn(first, "new")).State, "PENDING");
    assert.equal((await establish(first.address, spec)).state, "ACTIVE");
    await remove(first.address, "old");
    assert.equal(await peeringOn(first, "old"), null);
  });

  test("a client agent has lost its servers: reads are silent, writes get 503; once they are back, the call succeeds", async (t) => {
    const { eu: other, us: server } = await startFor(t, [eu, us]);
    const spec = { peer_name: "eu", peering_token: await token(other, "us") };
    await token(server, "old");
    const client = await join(t, server, "client", { server: false });
    await until(async () => (await list(client.address).catch(() => [])).length === 1);
    await server.kill();
    await until(async () => (await raw(client, "GET", "/v1/status/leader")).status === 500);
    const answer = await raw(client, "POST", "/v1/peering/token", { PeerName: "new" });
    t.diagnostic(`a raw write: ${answer.status} ${answer.text}`);
    assert.equal(answer.status, 503);
    for (const call of [
      () => read(client.address, "old", { timeout: 3_000 }),
      () => establish(client.address, spec, { timeout: 3_000 }),
    ]) {
      const error = await rejects(call(), "timeout");
      t.diagnostic(`${error.operation}: ${summary(error)}`);
      assert.deepEqual(error.left_behind, [], "nothing was sent");
    }
    const { onProgress, first } = listener("retry");
    const patient = establish(client.address, spec, { timeout: 120_000, onProgress });
    const retry = await Promise.race([first, patient]); // Consul's answer takes some 12 s
    t.diagnostic(`retried: ${retry.text}`);
    assert.equal(retry.code, "not_ready");
    await server.restart();
    assert.equal((await patient).state, "ACTIVE");
    assert.equal(await peeringOn(server, "new"), null, "the raw write did nothing");
  });

  test("Consul limits reads: it is silent for 12 s before it refuses; when the limit ends, the call succeeds", async (t) => {
    const { us: server } = await startFor(t, [{ name: "us" }]);
    await token(server, "old");
    await server.reload(limits({ read_rate: NONE }));
    const started = performance.now();
    const answer = await raw(server, "GET", "/v1/peerings");
    t.diagnostic(`a raw list: ${answer.status} after ${Math.round((performance.now() - started) / 1000)} s`);
    assert.equal(answer.status, 429);
    const error = await rejects(read(server.address, "old", { timeout: 3_000 }), "timeout", "rate_limited");
    t.diagnostic(summary(error));
    assert.deepEqual(error.left_behind, []);
    const { onProgress, first } = listener("retry");
    const patient = read(server.address, "old", { onProgress });
    assert.equal((await Promise.race([first, patient])).code, "rate_limited");
    await server.reload(limits({ read_rate: -1 }));
    assert.equal((await patient).state, "PENDING");
  });

  test("an agent with few connections and many callers: some get 429, and all succeed", async (t) => {
    const { full } = await startFor(t, [{ name: "full", config: { limits: { http_max_conns_per_client: 4 } } }]);
    const made = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        let retries = 0;
        const onProgress = ({ kind }) => kind === "retry" && retries++;
        const ref = `peer-${n}`;
        peeringToken(await generateToken(full.address, { peer_name: ref }, { onProgress }));
        assert.equal((await read(full.address, ref, { onProgress })).state, "PENDING");
        if (n % 2) await remove(full.address, ref, { onProgress });
        return retries;
      }),
    );
    t.diagnostic(`40 callers, 4 connections: ${made.reduce((sum, n) => sum + n)} retries, no failure`);
    assert.ok(made.some(Boolean), "the limit was met");
    assert.equal((await list(full.address)).length, 20);
  });

  test("the acceptor's cluster was rebuilt: peer_mismatch before a change, replace recreates the peering", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [{ name: "eu" }, { name: "us" }]); // dev agents keep no data
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    const made = await establish(dialer.address, spec);
    await acceptor.restart();
    await wait(dialer.address, "eu", ({ state }) => state === "FAILING");
    const failed = await rejects(establish(dialer.address, spec), "tls_failed");
    t.diagnostic(`the old token: ${summary(failed)}`);
    assert.match(failed.message, /certificate is valid for/);
    const renewed = { ...spec, peering_token: await token(acceptor, "us") };
    const error = await rejects(establish(dialer.address, renewed), "peer_mismatch");
    t.diagnostic(`a new token: ${summary(error)}`);
    const relinked = await establish(dialer.address, renewed, { replace: true });
    assert.equal(relinked.state, "ACTIVE");
    assert.notEqual(relinked.id, made.id);
  });

  test("the dialer's cluster was rebuilt: token_spent for the old token, a new one links it again", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [{ name: "eu" }, { name: "us" }]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    const made = await establish(dialer.address, spec);
    await dialer.restart();
    const error = await rejects(establish(dialer.address, spec), "token_spent");
    t.diagnostic(summary(error));
    assert.deepEqual(error.left_behind, []);
    assert.equal(await peeringOn(dialer, "eu"), null);
    const renewed = { ...spec, peering_token: await token(acceptor, "us") };
    const relinked = await establish(dialer.address, renewed);
    assert.deepEqual([relinked.state, relinked.peer_id], ["ACTIVE", made.peer_id], "the acceptor's record is the same");
  });

  test("a dialer is deleted while it is not connected: its retries link the acceptor again, until connect replaces it", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [eu, us]);
    const sides = [
      { cluster: acceptor.address, peer_name: "us", server_external_addresses: [] },
      { cluster: dialer.address, peer_name: "eu" },
    ];
    await connect(...sides);
    await acceptor.kill();
    await wait(dialer.address, "eu", ({ state }) => state === "FAILING");
    await remove(dialer.address, "eu");
    await acceptor.restart();
    const { id } = await wait(acceptor.address, "us", ({ state }) => state === "ACTIVE");
    assert.equal(await peeringOn(dialer, "eu"), null);
    const pair = await connect(...sides);
    assert.deepEqual([pair.acceptor.state, pair.dialer.state], ["ACTIVE", "ACTIVE"]);
    assert.notEqual(pair.acceptor.id, id, "the acceptor was replaced");
  });
});
