// The checks of troubleshoot that need a broken connection, another clock, a rebuilt or a federated cluster, on real servers.
// The others are in `../node/real-troubleshoot.test.js`.
import assert from "node:assert/strict";
import { connect as dial, createServer } from "node:net";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, generateToken, inspectToken, remove, rotate, troubleshoot } from "../../pkg/node.js";
import { freePorts } from "../../pkg/cli/free-ports.js";
import { startAgents } from "../consul/agent.js";
import { checkRows } from "../node/check-table.js";
import { peeringToken } from "../node/secrets.js";

const WITHIN_MS = 120_000;
const DAY_MS = 86_400_000;

/** A connection to `port` that can be held, as by a network that loses packets, and cut. */
async function startProxy(port) {
  const sockets = new Set();
  let held;
  const server = createServer((near) => {
    const far = dial(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.on("data", (data) => (held ? held.push(() => to.write(data)) : to.write(data)));
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${server.address().port}`,
    hold: () => (held = []),
    release() {
      const waiting = held;
      held = undefined;
      waiting.forEach((write) => write());
    },
    cut() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}

describe("troubleshoot on real clusters that lose each other", () => {
  let clusters, east, west, south, moved, sides, moving, proxy;
  const rows = {};

  const ask = async (agent, method, path, body) => {
    const answer = await fetch(agent.address + path, { method, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.json().catch(() => null);
  };
  const exported = (...names) =>
    ask(east, "PUT", "/v1/config", {
      Kind: "exported-services",
      Name: "default",
      Services: names.map((Name) => ({ Name, Consumers: [{ Peer: "west" }] })),
    });
  const establishRaw = async (token) => {
    const body = JSON.stringify({ PeerName: "moved", PeeringToken: peeringToken(token) });
    return (await fetch(`${west.address}/v1/peering/establish`, { method: "POST", body })).status;
  };
  const freePort = async () => (await freePorts(1))[0];
  const at = (...server_external_addresses) => [{ ...sides[0], server_external_addresses }, sides[1]];

  /** Until the check of a cluster has this status; `later`: by a clock that is that many ms ahead. */
  async function becomes(agent, id, status, later = 0, pair = sides) {
    const end = performance.now() + WITHIN_MS;
    const { now } = Date;
    for (;;) {
      Date.now = () => now() + later;
      const { checks } = await troubleshoot(...pair).finally(() => (Date.now = now));
      const found = checks.find((each) => each.id === id && each.cluster === agent.address);
      if (found?.status === status) return found;
      assert.ok(performance.now() < end, `${id} of ${agent.name} is ${JSON.stringify(found)}, not ${status}`);
      await sleep(100);
    }
  }
  const breaks = async (agent, id, status, later, pair) => {
    rows[id] = { fails: (await becomes(agent, id, status, later, pair)).status };
  };
  const mends = async (agent, id, pair) => {
    rows[id].passes = (await becomes(agent, id, "pass", 0, pair)).status;
  };

  before(async () => {
    clusters = await startAgents([
      ...["east", "west", "south"].map((name) => ({ name })),
      { name: "moved", data: true },
    ]);
    ({ east, west, south, moved } = clusters.agents);
    sides = [
      { cluster: east.address, peer_name: "west", server_external_addresses: [] },
      { cluster: west.address, peer_name: "east" },
    ];
    moving = [
      { cluster: moved.address, peer_name: "west", server_external_addresses: [] },
      { cluster: west.address, peer_name: "moved" },
    ];
    const token = peeringToken(await generateToken(east.address, { peer_name: "other" }));
    const port = Number(inspectToken(token).server_addresses[0].split(":")[1]);
    await remove(east.address, "other");
    proxy = await startProxy(port);
  });
  after(async () => {
    proxy?.cut();
    await clusters?.stop();
  });

  test("peering.state: no peering exists", async () => {
    await breaks(east, "peering.state", "fail");
    await connect(...at(proxy.address));
    await mends(east, "peering.state");
  });

  test("peering.heartbeat: none has come in time", async () => {
    await breaks(east, "peering.heartbeat", "fail", 40_000);
    await mends(east, "peering.heartbeat");
  });

  test("peering.certificates: the other cluster's CA has expired", async () => {
    await breaks(west, "peering.certificates", "fail", 11 * 365 * DAY_MS);
    await mends(west, "peering.certificates");
  });

  test("exports.arrived: what is exported does not get through", async () => {
    await exported("web");
    await becomes(east, "exports.arrived", "pass");
    proxy.hold();
    await exported("web", "late");
    await breaks(east, "exports.arrived", "fail");
    proxy.release();
    await mends(east, "exports.arrived");
  });

  test("mode.addresses: the dialer does not know the gateways", async () => {
    const generate = () => ask(moved, "POST", "/v1/peering/token", { PeerName: "west" });
    const { PeeringToken } = await generate();
    peeringToken((await generate()).PeeringToken);
    // The second token has replaced the first; the refused call leaves the dialer with the addresses of the servers.
    assert.equal(await establishRaw(PeeringToken), 403);
    const gateway = { Kind: "mesh-gateway", Name: "gateway", Port: 8443, Address: "10.0.0.7" };
    await ask(moved, "PUT", "/v1/agent/service/register", gateway);
    await ask(moved, "PUT", "/v1/config", { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } });
    await breaks(moved, "mode.addresses", "fail", 0, moving);
    await ask(moved, "DELETE", "/v1/config/mesh/mesh");
    await mends(moved, "mode.addresses", moving);
    await ask(moved, "PUT", "/v1/agent/service/deregister/gateway");
    await remove(west.address, "moved");
  });

  test("peering.addresses: several host names", async () => {
    const ServerExternalAddresses = ["servers.invalid:8503", "others.invalid:8503"];
    const { PeeringToken } = await ask(moved, "POST", "/v1/peering/token", {
      PeerName: "west",
      ServerExternalAddresses,
    });
    assert.equal(await establishRaw(PeeringToken), 503);
    await breaks(west, "peering.addresses", "warning", 0, moving);
    await connect(...moving);
    await mends(west, "peering.addresses", moving);
  });

  test("peering.address_drift: the servers have moved while the dialer was not connected", async () => {
    // It listens on another port than `restart` knows.
    await moved.restart({ config: { ports: { grpc_tls: await freePort() } }, ready: false });
    await breaks(west, "peering.address_drift", "fail", 0, moving);
    await rotate(...moving);
    await mends(west, "peering.address_drift", moving);
  });

  test("datacenters.primary: another datacenter joins", async () => {
    const { DebugConfig } = await ask(east, "GET", "/v1/agent/self");
    await ask(south, "PUT", `/v1/agent/join/127.0.0.1:${DebugConfig.SerfPortWAN}?wan=true`);
    await breaks(east, "datacenters.primary", "warning");
    await ask(south, "PUT", "/v1/agent/leave");
    await mends(east, "datacenters.primary");
  });

  test("peering.rebuilt: the other cluster comes back empty", async () => {
    await east.restart();
    await breaks(west, "peering.rebuilt", "fail");
    await remove(west.address, "east");
    await connect(...at());
    await mends(west, "peering.rebuilt");
  });

  test("the table has what was observed", () => checkRows("make long", rows));
});
