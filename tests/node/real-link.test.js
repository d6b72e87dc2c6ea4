// connect, rotate, disconnect and watch on real Consul servers. Each test has its own names, so that they share
// clusters. Raw requests of other clients are compared with these calls. More combinations of the table of decisions
// are in `../long/cells.test.js`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startAgents } from "../consul/agent.js";
import {
  connect as connectWithin,
  disconnect,
  establish,
  generateToken,
  inspectToken,
  list,
  read,
  remove,
  rotate,
  wait,
  watch,
} from "../../pkg/node.js";
import { raw, token } from "../long/incidents.js";
import { assertLinked, failure } from "./ends.js";
import { assertStays, establishRaw, pair, recorded, ROUND_MS } from "./real-pair.js";
import { LONG, MENDED, REFUSED } from "./initial-states.js";
import { record } from "./recorder.js";
import { peeringToken } from "./secrets.js";

const connect = (acceptor, dialer, options) => connectWithin(acceptor, dialer, { ...LONG, ...options });

let stop, agents, eu, us, nat, far;

before(async () => {
  const started = await startAgents([
    ...["eu", "us", "ap"].map((name) => ({ name })),
    // Its servers announce 127.0.0.1, and are reachable only at another address.
    { name: "nat", config: { addresses: { grpc_tls: "127.0.0.2" } } },
    { name: "far", data: true },
  ]);
  stop = started.stop;
  ({ agents } = started);
  ({ eu, us, nat, far } = agents);
});
after(() => stop?.());

describe("links between real clusters", { concurrency: true, timeout: 240_000 }, () => {
  test("connect, connect again, disconnect", async () => {
    const { sides } = pair(eu, us);
    const { sides: withRecorder, written } = recorded(sides);
    const asked = [
      { ...withRecorder[0], meta: { side: "eu" } },
      { ...withRecorder[1], meta: { side: "us" } },
    ];
    const linked = await connect(...asked);
    assert.equal(linked.changed, true);
    assert.deepEqual([linked.acceptor.meta, linked.dialer.meta], [{ side: "eu" }, { side: "us" }]);
    await connect(...asked);
    assert.deepEqual(written(), [1, 1], "a token, and its use");
    await assertStays(sides, linked);
  });

  for (const [what, make] of Object.entries(MENDED)) {
    test(`repaired: ${what}`, async () => {
      const { peer_name, sides } = pair(eu, us);
      const kept = await make(agents, peer_name, sides);
      const linked = await connect(...sides);
      assert.equal(linked.changed, true);
      if (kept) assert.equal(linked.dialer.id, kept.id);
      await assertStays(sides, linked);
    });
  }

  for (const [what, [code, make]] of Object.entries(REFUSED)) {
    test(`refused and unchanged: ${what}`, async () => {
      const { peer_name, sides } = pair(eu, us);
      await make(agents, peer_name);
      const { sides: withRecorder, written } = recorded(sides);
      const error = await failure(connect(...withRecorder), code);
      assert.deepEqual(error.left_behind, []);
      assert.deepEqual(written(), [0, 0]);
    });
  }

  test("linked in the opposite direction: kept", async () => {
    const { peer_name, sides } = pair(eu, us);
    const made = await establish(eu.address, { peer_name, peering_token: await token(us, peer_name) });
    const linked = await connect(...sides);
    assert.deepEqual([linked.changed, linked.reversed, linked.acceptor.id], [false, true, made.id]);
    await assertStays(sides, linked);
  });

  test("two concurrent calls in opposite directions: both end with the same link", async () => {
    for (let round = 0; round < 4; round++) {
      const { sides } = pair(eu, us);
      const [there, back] = [sides, [...sides].reverse()].map((each) =>
        each.map((side) => ({ ...side, server_external_addresses: [] })),
      );
      const [one, other] = await Promise.all([connect(...there), connect(...back)]);
      assertLinked(one);
      assertLinked(other);
      assert.deepEqual([one.acceptor.id, one.dialer.id], [other.dialer.id, other.acceptor.id]);
      assert.notEqual(one.reversed, other.reversed);
    }
  });

  test("a new meta: same ids, and an exported service remains visible", async (t) => {
    const { peer_name, sides } = pair(eu, us);
    const [acceptor, dialer] = sides;
    const first = await connect(acceptor, { ...dialer, meta: { v: "1" } });
    await raw(us, "PUT", "/v1/agent/service/register", { Name: "billing" });
    const Services = [{ Name: "billing", Consumers: [{ Peer: peer_name }] }];
    await raw(us, "PUT", "/v1/config", { Kind: "exported-services", Name: "default", Services });
    const services = async () =>
      JSON.parse((await raw(eu, "GET", `/v1/health/service/billing?peer=${peer_name}`)).text);
    while ((await services()).length === 0) await sleep(50);
    let over = false;
    const looking = (async () => {
      const found = [];
      for (; !over && !t.signal.aborted; await sleep(10)) {
        const [{ length }, ...both] = await Promise.all([
          services(),
          ...sides.map((it) => read(it.cluster, peer_name)),
        ]);
        found.push([length, ...both.map(({ id, state }) => `${id} ${state}`)].join());
      }
      return found;
    })();
    const changed = await connect(acceptor, { ...dialer, meta: { v: "2" } });
    const rotated = await rotate(acceptor, dialer);
    assert.deepEqual([changed.dialer.meta, rotated.dialer.meta], [{ v: "2" }, { v: "2" }]);
    await sleep(ROUND_MS + 1_000);
    over = true;
    const found = await looking;
    assert.deepEqual([...new Set(found)], [`1,${first.acceptor.id} ACTIVE,${first.dialer.id} ACTIVE`]);
    t.diagnostic(`a changed meta and a rotation: the service and ACTIVE in each of ${found.length} reads`);
    await disconnect(...sides);
  });

  test("the same change by Terraform's requests, for comparison", async () => {
    const [terraform, own] = [pair(eu, us), pair(eu, us)];
    const { peer_name } = terraform;
    const first = await token(eu, peer_name);
    await establish(us.address, { peer_name, peering_token: first, meta: { v: "1" } });
    const [acceptor, dialer] = own.sides;
    await connect(acceptor, { ...dialer, meta: { v: "1" } });
    const [changed] = await Promise.all([
      connect(acceptor, { ...dialer, meta: { v: "2" } }),
      (async () => {
        await raw(us, "DELETE", `/v1/peering/${peer_name}`);
        assert.equal(await establishRaw(us, peer_name, first), 403);
        await wait(eu.address, peer_name, ({ state }) => state !== "ACTIVE");
        assert.equal((await read(us.address, peer_name)).state, "PENDING", "Terraform's does not recover");
      })(),
    ]);
    assert.deepEqual([changed.dialer.state, changed.dialer.meta], ["ACTIVE", { v: "2" }]);
    await assertStays(own.sides, changed);
    await disconnect(...terraform.sides);
  });

  test("connect: resumes after SIGKILL at any request, without leftovers", async (t) => {
    const script = fileURLToPath(new URL("killed-connect.js", import.meta.url));
    // Six reads, two requests for the token, four for its use, one for the result, two more reads: the 8th and the 12th
    // write. The state after a response is that before the next request.
    const moments = Array.from({ length: 15 }, (_, n) => [n + 1, "before"]);
    moments.push([8, "during"], [12, "during"]);
    const pairs = moments.map(() => pair(eu, us));
    const work = [...moments.entries()];
    const kill = async () => {
      for (let next = work.shift(); next; next = work.shift()) {
        const [index, [n, moment]] = next;
        const child = spawn(process.execPath, [script, n, moment, JSON.stringify(pairs[index].sides)], {
          stdio: ["ignore", "ignore", "inherit"],
        });
        const [, signal] = await once(child, "exit");
        assert.equal(signal, "SIGKILL", `it was done at request ${n}`);
      }
    };
    await Promise.all([kill(), kill(), kill()]); // more than the number of processors would be no faster
    const linked = await Promise.all(pairs.map(({ sides }) => connect(...sides)));
    linked.forEach(assertLinked);
    for (const agent of [eu, us]) {
      const names = (await list(agent.address)).map(({ peer_name }) => peer_name);
      for (const { peer_name } of pairs) assert.equal(names.filter((name) => name === peer_name).length, 1);
    }
    await Promise.all(pairs.map(({ sides }) => disconnect(...sides)));
    t.diagnostic(`killed at ${moments.length} moments: ACTIVE after the next run, each time`);
  });

  test("external addresses: connect, rotate, and recovery after a restart, all observed by watch", async (t) => {
    const bare = await generateToken(nat.address, { peer_name: "port" });
    await remove(nat.address, "port");
    const [port] = inspectToken(peeringToken(bare)).server_addresses[0].split(":").slice(-1);
    const dialer = { cluster: far.address, peer_name: "nat" };
    const acceptor = { cluster: nat.address, peer_name: "far" };
    const named = { ...acceptor, server_external_addresses: [`127.0.0.2:${port}`] };
    const error = await failure(connect(acceptor, dialer), "unreachable");
    assert.deepEqual(error.left_behind, []);
    assert.deepEqual([await list(nat.address), await list(far.address)], [[], []]);

    const interval = 500;
    const observed = [];
    const { cluster, requests } = record({ address: far.address });
    const looking = (async () => {
      for await (const peering of watch(cluster, "nat", { interval, signal: t.signal })) {
        observed.push(peering?.state ?? null);
        if (peering?.meta.end) break;
      }
    })();
    const first = await connect(named, dialer);
    while (!observed.includes("ACTIVE")) await sleep(10); // or the restart might come before the next read
    const { sides: silent, written } = recorded([acceptor, dialer]);
    await failure(rotate(...silent), "external_addresses_unknown", "rotate");
    await failure(connect(silent[0], { ...silent[1], meta: { v: "2" } }), "external_addresses_unknown");
    assert.deepEqual(written(), [0, 0], "nothing was sent");

    const changed = await connect(named, { ...dialer, meta: { v: "2" } });
    const rotated = await rotate(named, dialer);
    await far.restart();
    await wait(far.address, "nat", (peering) => peering.state === "ACTIVE");
    const back = await connect(acceptor, dialer);
    assertLinked(back);
    assert.equal(back.changed, false, "the address was not lost");
    for (const { acceptor, dialer } of [changed, rotated, back]) {
      assert.deepEqual([acceptor.id, dialer.id], [first.acceptor.id, first.dialer.id]);
    }
    await rotate(named, { ...dialer, meta: { end: "1" } });
    await looking;
    assert.equal(observed[0], null, "absent at first");
    assert.ok(observed.filter((state) => state === "ACTIVE").length > 1, observed.join());
    const sent = requests.length;
    assert.ok(!requests.some(({ open }) => open), "nothing is open after break");
    await sleep(interval + 100);
    assert.equal(requests.length, sent, "and nothing is sent");

    // Of ten minutes, nothing is waited for.
    const patient = watch(far.address, { interval: 600_000, signal: t.signal });
    assert.equal((await patient.next()).value.length, 1);
    const seesEnd = async () => {
      for await (const peerings of patient) if (peerings.every(({ state }) => state === "DELETING")) return;
    };
    await Promise.all([seesEnd(), disconnect(named, dialer)]);
  });

  test("watch: ACTIVE within the interval, one request at a time, none after its end", async (t) => {
    const { peer_name, sides } = pair(eu, us);
    const isRead = ({ path }) => path.startsWith(`/v1/peering/${peer_name}`);
    const open = () => requests.filter((request) => request.open && isRead(request));
    const most = [];
    const { cluster, requests } = record({ address: eu.address }, () => void most.push(open().length));
    const interval = 1_000;
    await token(eu, peer_name); // so that a peering exists, and Consul has a change to wait for
    const looking = (async () => {
      for await (const { state } of watch(cluster, peer_name, { interval, signal: t.signal })) {
        if (state === "ACTIVE") return performance.now();
      }
    })();
    await connect(...sides);
    const active = performance.now(); // or a little before
    const observed = await looking;
    const [first, ...next] = requests.filter(isRead);
    assert.doesNotMatch(first.path, /wait/);
    for (const { path } of next) assert.match(path, new RegExp(`index=\\d+&wait=${interval}ms$`));
    // The open one may have been answered a moment before; the next must show it.
    assert.ok(next.filter(({ at }) => at > active).length <= 1, "ACTIVE was not in the next read");
    t.diagnostic(
      `of an interval of ${interval} ms, ACTIVE was observed after ${Math.max(0, Math.round(observed - active))} ms`,
    );

    const patient = watch(cluster, peer_name, { interval: 600_000, signal: t.signal });
    assert.equal((await patient.next()).value.state, "ACTIVE");
    const never = patient.next();
    while (open().length === 0) await sleep(10);
    const [asked] = open();
    await patient.return();
    assert.equal((await never).done, true);
    assert.ok(asked.aborted);
    while (open().length > 0) await sleep(10);
    assert.equal(Math.max(...most), 1, "one request at a time");
    await disconnect(...sides);
  });
});
