// connect, rotate, disconnect, mesh and watch against real Consul servers. Each test has names of its own, so that they
// share their clusters; what others do by hand stands beside what these do.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgents } from "../../pkg/cli/agent.js";
import {
  connect,
  disconnect,
  establish,
  generateToken,
  inspectToken,
  list,
  mesh,
  plan,
  read,
  remove,
  rotate,
  wait,
  watch,
} from "../../pkg/node.js";
import { assertLinked, failure } from "../node/pair.js";
import { record } from "../node/recorder.js";
import { peeringToken } from "../node/secrets.js";

const PACKAGE = new URL("../../pkg/node.js", import.meta.url).href;
/** A leader looks at its peerings at most this often, however many wait for it. */
const ROUND_MS = 5_000;

let stop, eu, us, ap, sa, af, nat, far;
let serial = 0;

before(async () => {
  const started = await startAgents([
    ...["eu", "us", "ap", "sa", "af"].map((name) => ({ name })),
    // Its servers say that they are at 127.0.0.1, and are to be reached at another address alone: so nobody else can
    // tell that they are ready.
    { name: "nat", config: { addresses: { grpc_tls: "127.0.0.2" } }, ready: false },
    { name: "far", data: true },
  ]);
  stop = started.stop;
  ({ eu, us, ap, sa, af, nat, far } = started.agents);
  while ((await raw(nat, "GET", "/v1/connect/ca/roots")).status !== 200) await sleep(50);
});
after(() => stop?.());

/** eu accepts, us dials, under a name of this test's own. */
function pair() {
  const peer_name = `link-${++serial}`;
  const acceptor = { cluster: eu.address, peer_name, server_external_addresses: [] };
  return { peer_name, sides: [acceptor, { cluster: us.address, peer_name }] };
}

async function raw(agent, method, path, body) {
  const response = await fetch(agent.address + path, { method, body: body && JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

const token = async (agent, peer_name) => peeringToken(await generateToken(agent.address, { peer_name }));

/** Establishes as anybody would, as soon as what stood before is gone. */
async function establishRaw(agent, PeerName, PeeringToken) {
  for (;;) {
    const answer = await raw(agent, "POST", "/v1/peering/establish", { PeerName, PeeringToken });
    if (!/marked for deletion/.test(answer.text)) return answer;
    await sleep(20);
  }
}

/** It is linked, stays so for longer than a round, and nothing is left to do. */
async function assertStays({ sides }, linked) {
  assertLinked(linked);
  await sleep(ROUND_MS + 500);
  const again = await connect(...sides);
  assertLinked(again);
  assert.equal(again.changed, false);
  assert.deepEqual([again.acceptor.id, again.dialer.id], [linked.acceptor.id, linked.dialer.id]);
  assert.deepEqual((await plan(...sides)).steps, []);
  await disconnect(...sides);
  assert.deepEqual(await Promise.all([read(eu.address, sides[0].peer_name), read(us.address, sides[1].peer_name)]), [
    null,
    null,
  ]);
}

describe("one pair", { concurrency: true }, () => {
  test("from nothing, and again, and apart", async () => {
    const { sides } = pair();
    const [acceptor, dialer] = [record({ address: eu.address }), record({ address: us.address })];
    const recorded = [
      { ...sides[0], cluster: acceptor.cluster, meta: { side: "eu" } },
      { ...sides[1], cluster: dialer.cluster, meta: { side: "us" } },
    ];
    const linked = await connect(...recorded);
    assert.equal(linked.changed, true);
    assert.deepEqual([linked.acceptor.meta, linked.dialer.meta], [{ side: "eu" }, { side: "us" }]);
    await connect(...recorded);
    assert.deepEqual([acceptor.writes().length, dialer.writes().length], [1, 1], "a token, and its use");
    await assertStays({ sides }, linked);
  });

  /** What stands before, by its name and both sides; what the ids tell of the way it was mended. */
  const CELLS = {
    "its acceptor deleted": async (name, sides) => {
      const { dialer } = await connect(...sides);
      await remove(eu.address, name);
      await wait(us.address, name, "TERMINATED");
      return { dialer };
    },
    "its acceptor deleted a moment ago": async (name, sides) => {
      const { dialer } = await connect(...sides);
      await remove(eu.address, name);
      return { dialer };
    },
    "its acceptor made anew a moment ago": async (name, sides) => {
      const { dialer } = await connect(...sides);
      await remove(eu.address, name);
      await token(eu, name);
      return { dialer };
    },
    "its dialer deleted": async (name, sides) => {
      await connect(...sides);
      await remove(us.address, name);
      await wait(eu.address, name, "TERMINATED");
    },
    "its dialer deleted a moment ago": async (name, sides) => {
      await connect(...sides);
      await remove(us.address, name);
    },
    "its dialer deleted, and made anew too early": async (name, sides) => {
      await connect(...sides);
      await raw(us, "DELETE", `/v1/peering/${name}`);
      assert.equal((await establishRaw(us, name, await token(eu, name))).status, 200);
      await wait(eu.address, name, "TERMINATED");
      await wait(us.address, name, (dialer) => dialer.state !== "ACTIVE");
    },
    "a spent token": async (name) => {
      const spent = await token(eu, name);
      await token(eu, name); // the end of the one before
      assert.equal((await establishRaw(us, name, spent)).status, 403);
      assert.equal((await read(us.address, name)).state, "PENDING");
    },
  };
  for (const [what, make] of Object.entries(CELLS)) {
    test(`mended: ${what}`, async () => {
      const { peer_name, sides } = pair();
      const before = await make(peer_name, sides);
      const linked = await connect(...sides);
      assert.equal(linked.changed, true);
      if (before) assert.equal(linked.dialer.id, before.dialer.id, "a dialer is kept");
      await assertStays({ sides }, linked);
    });
  }

  test("linked the other way round: kept", async () => {
    const { peer_name, sides } = pair();
    const made = await establish(eu.address, { peer_name, peering_token: await token(us, peer_name) });
    const linked = await connect(...sides);
    assert.deepEqual([linked.changed, linked.reversed, linked.acceptor.id], [false, true, made.id]);
    await assertStays({ sides }, linked);
  });

  test("another meta: same ids, and an exported service is seen all the time", async () => {
    const { peer_name, sides } = pair();
    const [acceptor, dialer] = sides;
    const first = await connect(acceptor, { ...dialer, meta: { v: "1" } });
    await raw(us, "PUT", "/v1/agent/service/register", { Name: "billing" });
    const Services = [{ Name: "billing", Consumers: [{ Peer: peer_name }] }];
    await raw(us, "PUT", "/v1/config", { Kind: "exported-services", Name: "default", Services });
    const seen = async () => JSON.parse((await raw(eu, "GET", `/v1/health/service/billing?peer=${peer_name}`)).text);
    while ((await seen()).length === 0) await sleep(50);
    let watching = true;
    const looks = (async () => {
      const found = [];
      for (; watching; await sleep(10)) {
        const [services, ...states] = await Promise.all([
          seen(),
          read(eu.address, peer_name),
          read(us.address, peer_name),
        ]);
        found.push([services.length, ...states.map(({ id, state }) => `${id} ${state}`)].join());
      }
      return found;
    })();
    const changed = await connect(acceptor, { ...dialer, meta: { v: "2" } });
    const rotated = await rotate(acceptor, dialer);
    assert.deepEqual([changed.dialer.meta, rotated.dialer.meta], [{ v: "2" }, { v: "2" }]);
    await sleep(ROUND_MS + 1_000);
    watching = false;
    const found = await looks;
    assert.deepEqual([...new Set(found)], [`1,${first.acceptor.id} ACTIVE,${first.dialer.id} ACTIVE`]);
    console.log(`a changed meta and a rotation: the service and ACTIVE were seen in each of ${found.length} looks`);
    await disconnect(...sides);
  });

  test("the same change as Terraform makes it, beside ours", async () => {
    const [theirs, ours] = [pair(), pair()];
    const first = await token(eu, theirs.peer_name);
    await establish(us.address, { peer_name: theirs.peer_name, peering_token: first, meta: { v: "1" } });
    await connect(ours.sides[0], { ...ours.sides[1], meta: { v: "1" } });
    await Promise.all([
      connect(ours.sides[0], { ...ours.sides[1], meta: { v: "2" } }).then(({ dialer }) => {
        assert.deepEqual([dialer.state, dialer.meta], ["ACTIVE", { v: "2" }]);
      }),
      (async () => {
        await raw(us, "DELETE", `/v1/peering/${theirs.peer_name}`);
        assert.equal((await establishRaw(us, theirs.peer_name, first)).status, 403);
        await wait(eu.address, theirs.peer_name, "TERMINATED");
        assert.equal((await read(us.address, theirs.peer_name)).state, "PENDING", "theirs is down for good");
      })(),
    ]);
    await assertStays(ours, await connect(...ours.sides));
    await disconnect(...theirs.sides);
  });

  test("deleted on both sides at once: what a goodbye has kept from its removal is taken away all the same", async () => {
    const names = ["apart", "anew"];
    const sides = (peer_name) => [sa, af].map(({ address }) => ({ cluster: address, peer_name }));
    await Promise.all(names.map((name) => connect(...sides(name))));
    await sleep(2 * ROUND_MS); // sa may look again at once
    // So many go before them on af that sa's goodbye comes first.
    const others = Array.from({ length: 80 }, (_, n) => `other-${n}`);
    await Promise.all(others.map((name) => token(af, name)));
    await Promise.all(others.map((name) => raw(af, "DELETE", `/v1/peering/${name}`)));
    await sleep(500); // it is at it
    for (const agent of [af, sa]) await Promise.all(names.map((name) => raw(agent, "DELETE", `/v1/peering/${name}`)));
    for (const name of names) {
      for (const late = Date.now() + ROUND_MS; ; await sleep(20)) {
        const { text } = await raw(af, "GET", `/v1/peering/${name}`);
        if (/"State": *"TERMINATED"/.test(text) && text.includes('"DeletedAt"')) break;
        assert.ok(Date.now() < late, `its own server has lost sight of it: ${text}`);
      }
    }
    const { a, b } = await disconnect(...sides("apart"));
    assert.deepEqual([a, b.state], [null, "DELETING"]);
    assertLinked(await connect(...sides("anew")));
    await disconnect(...sides("anew"));
    const left = () => Promise.all([sa, af].map(({ address }) => list(address)));
    while ((await left())[1].some(({ peer_name }) => peer_name.startsWith("other"))) await sleep(100);
    assert.deepEqual(await left(), [[], []]);
  });

  test("killed at any request, and run again: ACTIVE, and nothing left over", async () => {
    /** Connects in a process of its own, which kills itself at the n-th request, before it is sent or after its answer. */
    const killed = async (sides, n, moment) => {
      const script = `
        import { connect } from ${JSON.stringify(PACKAGE)};
        let sent = 0;
        const end = () => process.kill(process.pid, "SIGKILL");
        const dying = async (url, init) => {
          const last = ++sent === ${n};
          if (last && ${moment === "before"}) end();
          const response = await fetch(url, init);
          if (last) end();
          return response;
        };
        const sides = ${JSON.stringify(sides)};
        await connect(...sides.map((side) => ({ ...side, cluster: { address: side.cluster, fetch: dying } })));`;
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      const [, signal] = await once(child, "exit");
      assert.equal(signal, "SIGKILL", `it was alive at request ${n}`);
    };
    // Six to look, two before the token, four before it is used, and some to see it ACTIVE.
    const moments = Array.from({ length: 18 }, (_, n) => ["before", "after"].map((moment) => [n + 1, moment])).flat();
    const pairs = [];
    const work = [...moments];
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        for (let next = work.shift(); next; next = work.shift()) {
          const made = pair();
          pairs.push(made);
          await killed(made.sides, ...next);
        }
      }),
    );
    const linked = await Promise.all(pairs.map(({ sides }) => connect(...sides)));
    linked.forEach(assertLinked);
    for (const agent of [eu, us]) {
      const names = (await list(agent.address)).map(({ peer_name }) => peer_name);
      for (const { peer_name } of pairs) assert.equal(names.filter((name) => name === peer_name).length, 1);
    }
    await Promise.all(pairs.map(({ sides }) => disconnect(...sides)));
    console.log(`killed at ${moments.length} moments: ACTIVE after the next run, each time`);
  });

  test("behind an external address: linked, rotated, and back after a restart; a watch sees it all", async () => {
    const bare = await generateToken(nat.address, { peer_name: "port" });
    await remove(nat.address, "port");
    const [port] = inspectToken(peeringToken(bare)).server_addresses[0].split(":").slice(-1);
    const dialer = { cluster: far.address, peer_name: "nat" };
    const acceptor = { cluster: nat.address, peer_name: "far" };
    const named = { ...acceptor, server_external_addresses: [`127.0.0.2:${port}`] };
    const error = await failure(connect(acceptor, dialer), "unreachable");
    assert.deepEqual(error.left_behind, []);
    assert.deepEqual([await list(nat.address), await list(far.address)], [[], []]);

    const seen = [];
    const recorder = record({ address: far.address });
    const looking = (async () => {
      for await (const peering of watch(recorder.cluster, "nat", { interval: 500 })) {
        seen.push(peering?.state ?? null);
        if (peering?.meta.end) break;
      }
    })();
    const first = await connect(named, dialer);
    const [reader, writer] = [record({ address: nat.address }), record({ address: far.address })];
    const silent = [
      { ...acceptor, cluster: reader.cluster },
      { ...dialer, cluster: writer.cluster },
    ];
    await failure(rotate(...silent), "external_addresses_unknown", "rotate");
    await failure(connect(silent[0], { ...silent[1], meta: { v: "2" } }), "external_addresses_unknown");
    assert.deepEqual([reader.writes(), writer.writes()], [[], []], "nothing was sent");

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
    assert.equal(seen[0], null, "absent at first");
    assert.ok(seen.filter((state) => state === "ACTIVE").length > 1, seen.join());
    const sent = recorder.requests.length;
    assert.ok(
      recorder.requests.every(({ open }) => !open),
      "nothing is open after break",
    );
    await disconnect(named, dialer);
    await sleep(600);
    assert.equal(recorder.requests.length, sent, "and nothing is sent");
  });

  test("watch: ACTIVE within the interval, what is stored at once", async () => {
    const { peer_name, sides } = pair();
    const interval = 1_000;
    const seen = [];
    const open = [];
    const recorder = record({ address: us.address }, () => {
      open.push(recorder.requests.filter((request) => request.open).length);
    });
    const watching = watch(recorder.cluster, { interval });
    const looking = (async () => {
      for await (const peerings of watching) {
        seen.push([peerings.find((each) => each.peer_name === peer_name)?.state ?? null, performance.now()]);
      }
    })();
    const at = (state, from) => seen.find(([each, when]) => each === state && when >= from)?.[1];
    await connect(...sides);
    const active = performance.now(); // or a little before
    while (at("ACTIVE", 0) === undefined) await sleep(10);
    const late = performance.now() - active;
    assert.ok(late < interval + interval / 16 + 500, `ACTIVE was seen after ${Math.round(late)} ms`);

    const patient = watch(us.address, peer_name, { interval: 60_000 });
    assert.equal((await patient.next()).value.state, "ACTIVE");
    const waiting = patient.next();
    await remove(us.address, peer_name);
    const { value } = await waiting;
    assert.ok(value === null || value.state === "DELETING", "of an interval of a minute, nothing was waited for");
    await patient.return();
    while (at(null, active) === undefined) await sleep(10);
    await watching.return();
    await looking;
    assert.equal(Math.max(...open), 1, "one request at a time");
    assert.ok(recorder.requests.every((request) => !request.open));
    await disconnect(...sides);
  });
});

test("a mesh of five beside ten connects one after another", async () => {
  const agents = { eu, us, ap, sa, af };
  const names = Object.keys(agents);
  const clusters = Object.fromEntries(names.map((name) => [name, agents[name].address]));
  const pairs = names.flatMap((a, index) => names.slice(index + 1).map((b) => [a, b]));
  const sides = ([a, b]) => [
    { cluster: clusters[a], peer_name: b },
    { cluster: clusters[b], peer_name: a },
  ];
  const timed = async (work) => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  for (const name of names) assert.deepEqual(await list(clusters[name]), [], `what stands on ${name} would be linked`);

  const one = await timed(async () => {
    for (const each of pairs) assertLinked(await connect(...sides(each)));
  });
  await Promise.all(pairs.map((each) => disconnect(...sides(each))));
  const all = await timed(async () => {
    const done = await mesh(clusters);
    assert.deepEqual(
      done.pairs.map(({ status }) => status),
      pairs.map(() => "changed"),
    );
  });
  for (const name of names)
    assert.deepEqual([...new Set((await list(clusters[name])).map(({ state }) => state))], ["ACTIVE"]);
  console.log(
    `ten peerings: ${(one / 1_000).toFixed(1)} s one after another, ${(all / 1_000).toFixed(1)} s as a mesh, ` +
      `which is ${(all / ROUND_MS).toFixed(1)} of Consul's own rounds`,
  );
  assert.ok(all * 2 < one, "as a mesh it takes less than half");
});
