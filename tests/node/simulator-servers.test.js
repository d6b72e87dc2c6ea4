// The simulator's servers as JavaScript sees them: how connections end when one goes down, orders by name, and `stop`.
// `tests/simulator/servers.rs` shows what restarts and lost leaders do to peerings.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSimulator } from "../../pkg/simulator.js";
import { brokenBy, simulate, startFor } from "./manual-simulator.js";

/** What is exported has arrived on the other side after this. */
const EXPORTED_MS = 100;

describe("orders", () => {
  test("restart: connections break, and are refused until the server is back", async () => {
    const { restart, send, clock, ask } = await simulate();
    const waiting = send("eu", "GET", "/v1/peerings?index=99&wait=10m");
    await clock.advance(0);
    restart("eu", 1_000);
    await assert.rejects(waiting, brokenBy("ECONNRESET"));
    await assert.rejects(send("eu", "GET", "/v1/peerings"), brokenBy("ECONNREFUSED"));
    await clock.advance(1_000);
    assert.equal((await ask("eu", "GET", "/v1/peerings")).status, 200);
  });

  test("restart: a server that never returns", async () => {
    const { peer, restart, read, clock } = await simulate();
    await peer();
    restart("us", Infinity);
    await clock.advance(600_000);
    assert.equal((await read("eu", "us")).State, "FAILING");
  });

  test("loseLeader: requests wait until one is elected", async () => {
    const { loseLeader, clock, ask } = await simulate();
    loseLeader("us", 3_000);
    assert.equal((await ask("us", "GET", "/v1/status/leader")).text, '""');
    const began = clock.now();
    assert.equal((await ask("us", "GET", "/v1/peerings")).status, 200);
    assert.equal(clock.now() - began, 3_000);
  });

  test("restart: for longer than a timer of JavaScript can run", async (t) => {
    const { restart, send, clock, ask } = await simulate();
    const timer = t.mock.method(clock, "setTimeout");
    restart("us", 2 ** 33);
    await clock.advance(2 ** 33 - 1);
    await assert.rejects(send("us", "GET", "/v1/peerings"), brokenBy("ECONNREFUSED"));
    await clock.advance(1);
    assert.equal((await ask("us", "GET", "/v1/peerings")).status, 200);
    assert.equal(Math.max(...timer.mock.calls.map(({ arguments: [, ms] }) => ms)), 2 ** 31 - 1);
  });

  test("exportServices: on both sides", async () => {
    const { peer, exportServices, read, clock } = await simulate();
    await peer();
    exportServices("us", { web: ["eu"] });
    await clock.advance(EXPORTED_MS);
    assert.deepEqual((await read("us", "eu")).StreamStatus.ExportedServices, ["web"]);
    assert.deepEqual((await read("eu", "us")).StreamStatus.ImportedServices, ["web"]);
  });

  test("an unknown cluster is refused", async () => {
    const simulator = await simulate();
    for (const order of ["restart", "loseLeader", "exportServices"]) {
      assert.throws(() => simulator[order]("ap", 1), {
        name: "TypeError",
        message: /no cluster "ap"; there are eu, us/,
      });
    }
  });

  test("services that are no lists of peers are refused", async () => {
    const { exportServices } = await simulate();
    const wrong = { name: "TypeError", message: "services must be an object of arrays of strings" };
    for (const services of [undefined, null, { web: "us" }]) {
      assert.throws(() => exportServices("eu", services), wrong);
    }
  });
});

test("a response that cannot be sent closes its connection, and the process continues", async (t) => {
  const warned = t.mock.method(process, "emitWarning", () => {});
  // Node sends this header with chunked bodies only.
  const { clusters } = await startFor({ clusters: [{ name: "eu", response_headers: { trailer: "x" } }] });
  await assert.rejects(fetch(`${clusters.eu.address}/v1/peerings`), { name: "TypeError" });
  assert.equal(warned.mock.callCount(), 1);
});

test("a server that restarts breaks its idle connections", async () => {
  const simulator = await startFor({ clusters: ["eu", "us"] });
  const connect = async ({ address }) => {
    const { hostname, port } = new URL(address);
    const socket = createConnection(Number(port), hostname);
    await once(socket, "connect");
    return socket;
  };
  const [eu, us] = await Promise.all(Object.values(simulator.clusters).map(connect));
  const closed = once(eu.resume(), "close");
  simulator.fault({ kind: "restart", ms: 1, match: { cluster: "eu" } });
  await assert.rejects(fetch(`${simulator.clusters.eu.address}/v1/peerings`), { name: "TypeError" });
  await closed;
  assert.equal(us.readyState, "open");
  us.destroy();
});

describe("stop", () => {
  /** Runs a script with the simulator; resolves to its exit code, undefined if it does not end by itself. */
  async function exitOf(script) {
    const url = new URL("../../pkg/simulator.js", import.meta.url);
    const source = `import { startSimulator } from ${JSON.stringify(url)};\n${script}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      stdio: ["ignore", "ignore", "inherit"],
    });
    const watchdog = setTimeout(() => child.kill("SIGKILL"), 20_000);
    const [code] = await once(child, "exit");
    clearTimeout(watchdog);
    return code ?? undefined;
  }

  const PEER = `
    const simulator = await startSimulator({ speed: 10 });
    const { eu, us } = simulator.clusters;
    const post = async ({ address }, path, body) =>
      (await fetch(address + path, { method: "POST", body: JSON.stringify(body) })).json();
    const { PeeringToken } = await post(us, "/v1/peering/token", { PeerName: "eu" });
    await post(eu, "/v1/peering/establish", { PeerName: "us", PeeringToken });
    const waiting = fetch(eu.address + "/v1/peerings?index=99&wait=10m").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    simulator.restart("us", 60_000);`;

  test("keeps no process alive", async () => {
    assert.equal(await exitOf(`${PEER} await simulator.stop(); await waiting;`), 0);
  });

  test("before stop, its sockets keep the process alive", async () => {
    // Ended from within; otherwise it would run until the watchdog.
    assert.equal(await exitOf(`${PEER} setTimeout(() => process.exit(7), 300).unref();`), 7);
  });

  test("closes open connections and accepts no more", async () => {
    const simulator = await startSimulator({ clusters: ["eu"] });
    const { eu } = simulator.clusters;
    const path = "/v1/peerings?index=99&wait=10m";
    const waiting = [eu.fetch(eu.address + path), fetch(eu.address + path)].map((asked) =>
      asked.catch((error) => error),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    await simulator.stop();
    for (const error of await Promise.all(waiting)) assert.ok(error instanceof TypeError);
    await assert.rejects(fetch(eu.address + path), { name: "TypeError" });
    await simulator.stop();
  });
});
