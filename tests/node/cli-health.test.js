// `health` of one peering and of both sides, `--wait`, and `connect --until-healthy`: child processes on simulated
// clusters.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as peering from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { portOf, runHere, start, write } from "./command-line.js";

let serial = 0;

/** Simulated clusters for one test, with an alias each. */
async function world(t, { clusters = ["eu", "us", "ap"], speed = 20 } = {}) {
  const simulator = await startSimulator({ clusters, speed, listen: false });
  const ports = {};
  for (const [name, cluster] of Object.entries(simulator.clusters)) ports[name] = await portOf(cluster);
  t.after(() => {
    for (const { close } of Object.values(ports)) close();
    return simulator.stop();
  });
  const entries = Object.entries(ports).map(([name, { address }]) => [name, { address }]);
  const file = write(`health-${++serial}.json`, Object.fromEntries(entries));
  const command = (...words) => runHere([...words, "--clusters", file]);
  const json = async (...words) => {
    const { code, out, err } = await command(...words, "--json");
    assert.equal(err, "");
    return { code, found: JSON.parse(out) };
  };
  return { simulator, raw: simulator.clusters, ports, file, command, json };
}

const side = (cluster, peer_name) => ({ cluster, peer_name });
const link = ({ eu, us }) => peering.connect(side(eu, "us"), side(us, "eu"));
const hasHeartbeat = (found) => found?.stream.last_heartbeat != null;
const codes = ({ checks }) => checks.map(({ code }) => code);

describe("health --json", () => {
  test("has the fields by which a monitor distinguishes peerings", async (t) => {
    const { raw, json } = await world(t);
    const { acceptor } = await link(raw);
    const beating = await peering.wait(raw.eu, "us", hasHeartbeat);
    const { code, found } = await json("health", "us", "--cluster", "eu");
    assert.equal(code, 0);
    const { heartbeat, remote, ...rest } = found;
    assert.deepEqual(rest, {
      cluster: "eu",
      peer_name: "us",
      state: "ACTIVE",
      role: "acceptor",
      verdict: "healthy",
      reasons: [],
      checks: [],
    });
    assert.deepEqual(remote, acceptor.remote);
    assert.ok(Date.parse(heartbeat) >= Date.parse(beating.stream.last_heartbeat));
  });
});

describe("health --wait", () => {
  test("polls until the first heartbeat", async (t) => {
    const { raw, command } = await world(t, { speed: 5 });
    await link(raw);
    const without = await command("health", "--cluster", "eu");
    assert.equal(without.code, 3, without.out);
    const { code, out } = await command("health", "--cluster", "eu", "--wait", "60s");
    assert.equal(code, 0, out);
    assert.match(out, /^us +healthy/m);
  });

  test("times out: exit code 3 and the last reading, or 1 if the peering does not exist", async (t) => {
    const { raw, command, json } = await world(t);
    await peering.generateToken(raw.eu, { peer_name: "us" });
    const unused = await json("health", "us", "--cluster", "eu", "--wait", "300ms");
    assert.deepEqual([unused.code, codes(unused.found)], [3, ["token_unused"]]);
    const missing = await command("health", "ap", "--cluster", "eu", "--wait", "300ms");
    assert.deepEqual([missing.code, missing.out], [1, ""]);
    assert.match(missing.err, /There is no peering "ap" on eu/);
    assert.equal((await command("health", "us", "--cluster", "eu", "--wait", "5")).code, 2);
  });

  test("waits for a peering that is created meanwhile, and for every cluster of an overview", async (t) => {
    const { raw, command } = await world(t);
    const waiting = command("health", "us", "--cluster", "eu", "--wait", "60s");
    await link(raw);
    assert.equal((await waiting).code, 0);
    assert.equal((await command("health", "eu", "us", "--wait", "60s")).code, 0);
  });
});

describe("health --other", () => {
  test("finds the other side by its ids, under any name", async (t) => {
    const { raw, json } = await world(t);
    await peering.connect(side(raw.eu, "us"), side(raw.us, "europe"));
    await peering.wait(raw.us, "europe", hasHeartbeat);
    const { code, found } = await json("health", "us", "--cluster", "eu", "--other", "us", "--wait", "60s");
    assert.deepEqual([code, found.verdict], [0, "healthy"], JSON.stringify(found));
  });

  test("the wrong cluster: reports that it is peered with another one", async (t) => {
    const { raw, json } = await world(t);
    await link(raw);
    // Until the acceptor has the CA of its dialer.
    await peering.wait(raw.eu, "us", (found) => found.peer_ca_pems.length > 0);
    await peering.connect(side(raw.eu, "ap"), side(raw.ap, "eu"));
    for (const words of [
      ["eu", "--cluster", "us", "--other", "ap"], // the dialer; ap has a peering of that name
      ["us", "--cluster", "eu", "--other", "ap", "--other-name", "nothing"], // the acceptor
    ]) {
      const { code, found } = await json("health", ...words);
      assert.equal(code, 3);
      assert.equal(codes(found).at(-1), "wrong_cluster", JSON.stringify(found));
      assert.doesNotMatch(found.reasons.join(), /does not exist|another peering/);
    }
  });

  test("the right cluster, on which it does not exist or was recreated", async (t) => {
    const { raw, json } = await world(t);
    const { dialer } = await link(raw);
    await peering.remove(raw.us, "eu");
    const health = async () => {
      const { code, found } = await json("health", "us", "--cluster", "eu", "--other", "us");
      assert.equal(code, 3);
      return codes(found);
    };
    assert.ok((await health()).includes("one_sided"));
    await peering.generateToken(raw.us, { peer_name: "eu" });
    assert.notEqual((await peering.read(raw.us, "eu")).id, dialer.id);
    assert.ok((await health()).includes("other_peering"));
  });

  test("without a name: exactly the peerings between the two clusters, from both sides", async (t) => {
    const { raw, command, json } = await world(t);
    const none = await command("health", "--cluster", "eu", "--other", "us");
    assert.deepEqual([none.code, none.out], [1, ""]);
    assert.match(none.err, /no peerings between eu .* and us /);
    await link(raw);
    await peering.connect(side(raw.us, "eu-2"), side(raw.eu, "us-2"));
    await peering.connect(side(raw.eu, "ap"), side(raw.ap, "eu"));
    const { code, found } = await json("health", "--cluster", "eu", "--other", "us", "--wait", "60s");
    assert.deepEqual(
      found.map(({ cluster, peer_name, role, verdict }) => [cluster, peer_name, role, verdict]),
      [
        ["eu", "us", "acceptor", "healthy"],
        ["eu", "us-2", "dialer", "healthy"],
        ["us", "eu", "dialer", "healthy"],
        ["us", "eu-2", "acceptor", "healthy"],
      ],
    );
    assert.equal(code, 0);
    await peering.remove(raw.us, "eu");
    const broken = await command("health", "--cluster", "eu", "--other", "us");
    assert.equal(broken.code, 3);
    assert.match(broken.out, /^CLUSTER +PEER +HEALTH/);
    assert.match(broken.out, /^eu +us +broken .*does not exist on the other cluster/m);
    assert.match(broken.out, /^us +eu-2 +healthy/m);
  });
});

describe("connect --until-healthy", () => {
  test("returns once both sides have heartbeats", async (t) => {
    const { raw, json } = await world(t, { speed: 5 });
    const { code, found } = await json("connect", "eu", "us", "--until-healthy");
    assert.equal(code, 0);
    assert.deepEqual(
      found.health.map(({ cluster, verdict }) => [cluster, verdict]),
      [
        ["eu", "healthy"],
        ["us", "healthy"],
      ],
    );
    assert.ok(hasHeartbeat(await peering.read(raw.us, "eu")));
    assert.ok(hasHeartbeat(found.acceptor) && hasHeartbeat(found.dialer), "both sides are of the last reading");
  });

  test("times out: exit code 3, with the reason", async (t) => {
    const { command } = await world(t, { speed: 1 });
    const { code, out } = await command("connect", "eu", "us", "--until-healthy", "--timeout", "6s", "--quiet");
    assert.equal(code, 3, out);
    assert.match(out, /^Connected: /);
    assert.match(out, /^eu +us +starting .*first heartbeat/m);
  });
});

test("an interrupt ends a wait", async (t) => {
  const { raw, ports, file } = await world(t);
  await peering.generateToken(raw.eu, { peer_name: "us" });
  const child = start(["health", "--cluster", "eu", "--wait", "10m", "--clusters", file]);
  const ended = new Promise((resolve) => child.once("close", resolve));
  while (ports.eu.sent.length === 0) await sleep(10);
  child.kill("SIGINT");
  assert.equal(await ended, 130);
});
