// Real Consul servers that are full, limited or not ready: calls are retried, fail with a documented code, change nothing, and
// succeed once the server can serve.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { before, describe, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { establish, generateToken, list, read, remove } from "../../pkg/node.js";
import { NONE, limits, listener, peeringOn, raw, rejects, startFor, summary, token } from "../long/incidents.js";
import { peeringToken } from "./secrets.js";

// Four at a time: each has its own servers, and mostly waits for them.
describe("limited servers", { concurrency: 4 }, () => {
  // Without jitter no retry falls on a deadline of these tests.
  before(() => mock.method(Math, "random", () => 0.5));

  test("the agent's connection limit: rate_limited, and succeeds when a connection is free", async (t) => {
    const { full } = await startFor(t, [{ name: "full", config: { limits: { http_max_conns_per_client: 3 } } }]);
    const { port, hostname } = new URL(full.address);
    const held = new Set();
    t.after(() => held.forEach((socket) => socket.destroy()));
    const next = async () => {
      const socket = connect(port, hostname).on("error", () => {});
      held.add(socket.on("close", () => held.delete(socket)));
      const answer = await Promise.race([once(socket, "data"), sleep(200)]).catch(String);
      return String(answer);
    };
    // An open one would still be served, so it is used as well, once it is closed.
    await fetch(full.address + "/v1/status/leader", { headers: { Connection: "close" } });
    let answer;
    while (!answer?.startsWith("HTTP") || held.size < 3) answer = await next();
    assert.match(answer, /^HTTP\/1.1 429 Too Many Requests/, "what Consul does");
    for (const call of [
      () => read(full.address, "x", { timeout: 1_500 }),
      () => generateToken(full.address, { peer_name: "x" }, { timeout: 1_500 }),
    ]) {
      const error = await rejects(call(), "rate_limited");
      t.diagnostic(summary(error));
      assert.deepEqual(error.left_behind, []);
    }
    const { onProgress, first } = listener("retry");
    const patient = generateToken(full.address, { peer_name: "x" }, { onProgress });
    await Promise.race([first, patient]);
    held.forEach((socket) => socket.destroy());
    peeringToken(await patient);
  });

  test("Consul limits writes: rate_limited, nothing changed; a waiting call succeeds when the limit ends", async (t) => {
    const { us: server } = await startFor(t, [{ name: "us" }]);
    await token(server, "old");
    await limit(server, NONE);
    const limited = { timeout: 5_000 };
    for (const call of [
      () => remove(server.address, "old", limited),
      () => generateToken(server.address, { peer_name: "new" }, limited),
    ]) {
      const error = await rejects(call(), "rate_limited");
      t.diagnostic(summary(error));
      assert.deepEqual(error.left_behind, []);
      assert.equal(error.status, 503, "what Consul answers where only the leader can serve");
    }
    assert.equal((await peeringOn(server, "old")).State, "PENDING");
    assert.equal(await peeringOn(server, "new"), null);
    const { onProgress, first } = listener("retry");
    const patient = generateToken(server.address, { peer_name: "new" }, { onProgress });
    await Promise.race([first, patient]);
    await limit(server, -1);
    peeringToken(await patient);
  });

  test("the acceptor limits the exchange: unreachable with that reason, and the token stays valid", async (t) => {
    const { eu: acceptor, us: dialer } = await startFor(t, [{ name: "eu" }, { name: "us" }]);
    const spec = { peer_name: "eu", peering_token: await token(acceptor, "us") };
    await limit(acceptor, NONE);
    const error = await rejects(establish(dialer.address, spec), "unreachable");
    t.diagnostic(summary(error));
    assert.match(error.message, /rate limit exceeded/);
    assert.deepEqual(error.left_behind, []);
    assert.equal(await peeringOn(dialer, "eu"), null);
    await limit(acceptor, -1);
    assert.equal((await establish(dialer.address, spec)).state, "ACTIVE");
  });

  test("no CA: not_ready, nothing exists; a waiting call succeeds when it is available", async (t) => {
    const vault = { address: "http://127.0.0.1:1", token: "x", root_pki_path: "root", intermediate_pki_path: "leaf" };
    const connect = { enabled: true, ca_provider: "vault", ca_config: vault };
    const { eu: other, us: server } = await startFor(t, [
      { name: "eu" },
      { name: "us", ready: false, config: { connect } },
    ]);
    const spec = { peer_name: "eu", peering_token: await token(other, "us") };
    for (const call of [
      () => establish(server.address, spec, { timeout: 5_000 }),
      () => generateToken(server.address, { peer_name: "new" }, { timeout: 5_000 }),
    ]) {
      const error = await rejects(call(), "not_ready");
      t.diagnostic(summary(error));
      assert.deepEqual(error.left_behind, []);
    }
    assert.deepEqual(await list(server.address), []);
    const { onProgress, first } = listener("retry");
    const patient = establish(server.address, spec, { onProgress });
    await Promise.race([first, patient]);
    const mended = await raw(server, "PUT", "/v1/connect/ca/configuration", { Provider: "consul", Config: {} });
    assert.equal(mended.status, 200, mended.text);
    assert.equal((await patient).state, "ACTIVE");
  });
});

/** Limits writes, and waits until Consul, which reads new limits once a second, applies them. */
async function limit(agent, write_rate) {
  await agent.reload(limits({ write_rate }));
  const isLimited = async () => {
    const { status } = await raw(agent, "POST", "/v1/peering/token", { PeerName: "-" });
    return status === 429 || status === 503;
  };
  while ((await isLimited()) !== (write_rate === NONE)) await sleep(50);
}
