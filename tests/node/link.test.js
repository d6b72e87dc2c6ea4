// plan, connect, rotate and disconnect on simulated clusters: each state of one side with each of the other, repaired
// or refused. Failures on the way are in link-faults.test.js.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { sleep } from "./virtual-time.js";
import { connect, disconnect, isPeeringError, plan, read, remove, rotate, wait } from "../../pkg/node.js";
import { assertLinked, failure } from "./ends.js";
import { world } from "./pair.js";
import { assertSilent } from "./recorder.js";
import { aclToken } from "./secrets.js";

/** A plan's steps as the letters of the table of decisions. */
function letters({ steps }) {
  const waits = { deleting: "d", not_active: "…", acceptor_gone: "w", acceptor_recreated: "w" };
  const text = steps.map(({ on, action, code }, index) => {
    if (action === "wait" && steps[index - 1]?.action === "delete") return "";
    if (action === "wait") return waits[code];
    if (action === "delete" && on === "acceptor") return "x";
    return { generate: "G", establish: "" }[action] ?? `${action} on ${on}`;
  });
  return text.join("").replace("……", "…") || "=";
}

describe("from nothing", { concurrency: true }, () => {
  test("links as requested, and reports each step", async (t) => {
    const pair = await world(t);
    const [acceptor, dialer] = pair.sides;
    const reported = [];
    const before = Date.now();
    const linked = await connect(
      { ...acceptor, meta: { side: "eu" } },
      { ...dialer, meta: { side: "us" } },
      { onProgress: (progress) => reported.push(progress) },
    );
    assertLinked(linked);
    assert.deepEqual([linked.changed, linked.reversed], [true, false]);
    assert.deepEqual([linked.acceptor.meta, linked.dialer.meta], [{ side: "eu" }, { side: "us" }]);
    assert.deepEqual(
      pair.writes.map(({ method, path }) => `${method} ${path}`),
      ["POST /v1/peering/token", "POST /v1/peering/establish"],
    );
    const of = (wanted) => {
      const index = reported.findIndex((event) => Object.entries(wanted).every(([key, value]) => event[key] === value));
      assert.ok(index >= 0, `${inspect(wanted)} is not in ${reported.map(({ code }) => code).join("; ")}`);
      return { index, ...reported[index] };
    };
    const codes = [{ code: "generating" }, { code: "establishing" }, { code: "token_accepted" }];
    assert.equal(reported.filter(({ code }) => code === "token_accepted").length, 1, "reported once");
    const steps = [...codes, { peer_name: "eu", state: "ACTIVE" }].map(of);
    assert.deepEqual(
      steps.map(({ index }) => index),
      steps.map(({ index }) => index).sort((a, b) => a - b),
    );
    assert.deepEqual(
      steps.map(({ cluster, peer_name }) => [cluster, peer_name]),
      [[pair.raw.eu.address, "us"], ...Array(3).fill([pair.raw.us.address, "eu"])],
    );
    assert.deepEqual(
      reported
        .filter(({ kind }) => kind === "state")
        .map(({ peer_name, state }) => `${peer_name} ${state}`)
        .sort(),
      ["eu ACTIVE", "eu ESTABLISHING", "us ACTIVE", "us PENDING"],
    );
    const elapsed = reported.map(({ elapsed }) => elapsed);
    assert.deepEqual(
      elapsed,
      [...elapsed].sort((a, b) => a - b),
      "measured from the start of the whole call",
    );
    assert.ok(elapsed.every((ms) => ms >= 0 && ms <= Date.now() - before));
    assert.ok(pair.secrets.length > 0);
    assertSilent([linked, reported], pair.secrets);
  });

  test("datacenters of one federation are two clusters; one cluster under two addresses is one", async (t) => {
    const pair = await world(t, {
      clusters: ["eu", "us", "ap"].map((name) => ({ name, trust_domain: "one.consul", other_datacenters: ["x"] })),
    });
    assertLinked(await connect(...pair.sides));
    const { cluster } = pair.sides[0];
    const itself = [pair.sides[0], { cluster: { ...cluster }, peer_name: "eu" }];
    const writes = pair.writes.length;
    for (const [call, operation] of [
      [connect, "connect"],
      [plan, "plan"],
      [rotate, "rotate"],
    ]) {
      await failure(call(...itself), "same_cluster", operation);
    }
    assert.equal(pair.writes.length, writes);
  });

  test("each side has its own datacenter and ACL token", async (t) => {
    const pair = await world(t, { clusters: ["eu", "us"].map((name) => ({ name, acl: true })) });
    const tokens = ["eu", "us"].map((name) => aclToken(pair.raw[name].token));
    const bare = pair.sides.map(({ cluster, ...side }) => ({ ...side, cluster: { ...cluster, token: undefined } }));
    const error = await failure(connect(...bare), "permission_denied");
    assert.equal(error.cluster, pair.raw.eu.address);
    const [acceptor, dialer] = bare.map((side, index) => ({ ...side, token: tokens[index] }));
    await failure(connect({ ...acceptor, datacenter: "us" }, dialer), "wrong_datacenter");
    assert.deepEqual(pair.writes, []);
    const reported = [];
    const onProgress = (progress) => reported.push(progress);
    assertLinked(await connect({ ...acceptor, datacenter: "eu" }, { ...dialer, datacenter: "us" }, { onProgress }));
    // Both tokens are used; for one without permission, the error names its cluster.
    assertSilent([reported, error], [...tokens, ...pair.secrets]);
    assert.deepEqual(
      Object.values(await disconnect(acceptor, dialer)).map((peering) => peering.peer_name),
      ["us", "eu"],
    );
  });

  test("two concurrent calls: both succeed, with one link", async (t) => {
    const pair = await world(t);
    const outcomes = await Promise.allSettled([connect(...pair.sides), connect(...pair.sides)]);
    for (const { reason } of outcomes.filter(({ status }) => status === "rejected")) {
      assert.ok(isPeeringError(reason), String(reason));
    }
    assertLinked(await connect(...pair.sides));
    assert.deepEqual(
      (await pair.peerings()).map((peerings) => peerings.length),
      [1, 1],
    );
  });
});

/**
 * The states of both sides: how they are created, the plan (in the letters of the table of decisions), and the states
 * as read.
 *
 * `G` generate and establish · `x` delete the acceptor, wait until it is gone · `w` wait until the dialer is TERMINATED
 * · `d` wait until the deletion is complete · `…` linked, wait until ACTIVE · `=` linked, nothing to do · or the code
 * of a refusal, and the side of the conflict
 */
const CELLS = {
  "- × -": ["G", async () => {}],

  "PENDING × -": ["G", (pair) => pair.token()],
  "PENDING × PENDING, of this acceptor": ["G", async (pair) => pair.spoil(await pair.token())],
  "PENDING × PENDING, of one that is gone": [
    "G",
    async (pair) => {
      await pair.spoil(await pair.token());
      await remove(pair.raw.eu, "us");
      await pair.token();
    },
  ],
  "- × PENDING, of one that is gone": [
    "G",
    async (pair) => {
      await pair.spoil(await pair.token());
      await remove(pair.raw.eu, "us");
    },
  ],
  "PENDING × ESTABLISHING": [
    "…",
    async (pair) => {
      pair.servers.hold();
      await pair.dial(await pair.token(), "us", "eu", false);
    },
  ],
  "- × ESTABLISHING, of one that is gone": [
    "G",
    async (pair) => {
      await pair.holdReads();
      await pair.dial(await pair.token(), "us", "eu", false);
      await pair.removeHeld("eu", "us");
    },
  ],
  "PENDING × ESTABLISHING, of one that is gone": [
    "G",
    async (pair) => {
      await pair.holdReads();
      await pair.dial(await pair.token(), "us", "eu", false);
      await pair.removeHeld("eu", "us");
      await pair.token();
    },
  ],

  "ACTIVE × ACTIVE": ["=", (pair) => pair.link()],
  "- × ACTIVE, not notified yet": [
    "wG",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("eu", "us");
    },
  ],
  "PENDING × ACTIVE, not notified yet": [
    "wG",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("eu", "us");
      await pair.token();
    },
  ],
  "ACTIVE × -, not notified yet": [
    "xG",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("us", "eu");
    },
  ],
  "ACTIVE × PENDING, refused since": [
    "xG",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("us", "eu");
      await pair.spoil(await pair.token());
    },
  ],
  "PENDING × ACTIVE, over which a new token was used too early": [
    "…",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("eu", "us");
      await pair.establishRaw({ PeerName: "eu", PeeringToken: await pair.token() });
    },
  ],
  "ACTIVE × ESTABLISHING, recreated too early": [
    "…",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("us", "eu");
      await pair.dial(await pair.token(), "us", "eu", false);
    },
  ],

  "PENDING, in use × FAILING": [
    "…",
    async (pair) => {
      await pair.link();
      await pair.restart("eu");
    },
  ],
  "FAILING × ESTABLISHING": [
    "…",
    async (pair) => {
      await pair.link();
      await pair.restart("us");
    },
  ],
  "FAILING × -": [
    "xG",
    async (pair) => {
      await pair.link();
      await pair.restart("us");
      await pair.removeHeld("us", "eu");
    },
  ],
  "PENDING, in use × -": [
    "xG",
    async (pair) => {
      await pair.link();
      await pair.restart("eu");
      await pair.removeHeld("us", "eu");
    },
  ],
  "PENDING, in use × PENDING": [
    "xG",
    async (pair) => {
      await pair.link();
      await pair.restart("eu");
      await pair.removeHeld("us", "eu");
      await pair.spoil(await pair.token());
    },
  ],
  "- × FAILING, of one that is gone": [
    "G",
    async (pair) => {
      await pair.link();
      await pair.restart("eu");
      await pair.removeHeld("eu", "us");
    },
  ],
  "PENDING × FAILING, of one that is gone": [
    "G",
    async (pair) => {
      await pair.link();
      await pair.restart("eu");
      await pair.removeHeld("eu", "us");
      await pair.token();
    },
  ],

  "- × TERMINATED": [
    "G",
    async (pair) => {
      await pair.link();
      await remove(pair.raw.eu, "us");
      await pair.terminated("us", "eu");
    },
  ],
  "PENDING × TERMINATED, of one that is gone": [
    "G",
    async (pair) => {
      await pair.link();
      await remove(pair.raw.eu, "us");
      await pair.terminated("us", "eu");
      await pair.token();
    },
  ],
  "PENDING × TERMINATED, by a token that was used too early": [
    "G",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("eu", "us");
      await pair.establishRaw({ PeerName: "eu", PeeringToken: await pair.token() });
      pair.servers.release();
      await pair.terminated("us", "eu");
    },
  ],
  "TERMINATED × -": [
    "xG",
    async (pair) => {
      await pair.link();
      await remove(pair.raw.us, "eu");
      await pair.terminated("eu", "us");
    },
  ],
  "TERMINATED × PENDING, by a dead token": [
    "xG",
    async (pair) => {
      await pair.link();
      const { address, fetch } = pair.raw.eu;
      await remove(pair.raw.us, "eu");
      await pair.terminated("eu", "us");
      const made = await fetch(`${address}/v1/peering/token`, { method: "POST", body: '{"PeerName":"us"}' });
      await pair.spoil((await made.json()).PeeringToken);
    },
  ],
  "TERMINATED × FAILING, recreated too early": [
    "xG",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("us", "eu");
      await pair.dial(await pair.token(), "us", "eu", false);
      pair.servers.release();
      await pair.terminated("eu", "us");
      await wait(pair.raw.us, "eu", (dialer) => dialer.state === "FAILING");
      pair.servers.hold();
    },
  ],

  "DELETING × -": [
    "dG",
    async (pair) => {
      await pair.token();
      await pair.deleting("eu", "us");
    },
  ],
  "DELETING × PENDING": [
    "dG",
    async (pair) => {
      await pair.spoil(await pair.token());
      await pair.deleting("eu", "us");
    },
  ],
  "DELETING × ACTIVE": [
    "dwG",
    async (pair) => {
      await pair.link();
      await pair.deleting("eu", "us");
    },
  ],
  "DELETING × ESTABLISHING": [
    "dG",
    async (pair) => {
      pair.servers.hold();
      await pair.dial(await pair.token(), "us", "eu", false);
      await pair.deleting("eu", "us");
    },
  ],
  "DELETING × FAILING": [
    "dG",
    async (pair) => {
      await pair.link();
      await pair.restart("eu");
      await pair.deleting("eu", "us");
    },
  ],
  "- × DELETING": [
    "dG",
    async (pair) => {
      await pair.link();
      await remove(pair.raw.eu, "us");
      await pair.terminated("us", "eu");
      await pair.deleting("us", "eu");
    },
  ],
  "PENDING × DELETING": [
    "dG",
    async (pair) => {
      await pair.spoil(await pair.token());
      await pair.deleting("us", "eu");
    },
  ],
  "ACTIVE × DELETING": [
    "dxG",
    async (pair) => {
      await pair.link();
      await pair.deleting("us", "eu");
    },
  ],
  "TERMINATED × DELETING": [
    "dxG",
    async (pair) => {
      await pair.link();
      await remove(pair.raw.us, "eu");
      await pair.terminated("eu", "us");
      await pair.token("us", "eu");
      await pair.deleting("us", "eu");
    },
  ],
  "- × DELETING, of which its own server has lost sight": [
    "dG",
    async (pair) => {
      await pair.link();
      await pair.servers.quiet();
      await pair.deleting("us", "eu");
      await pair.deleting("eu", "us");
      pair.servers.pass(); // eu reads
      pair.servers.pass(); // and ends the stream before the removal
      pair.servers.release();
      await wait(pair.raw.eu, "us", "GONE");
    },
  ],
  "DELETING × DELETING": [
    "ddG",
    async (pair) => {
      await pair.link();
      await pair.deleting("eu", "us");
      await pair.deleting("us", "eu");
    },
  ],

  "dialer × acceptor: linked in the opposite direction": [
    "=",
    async (pair) => {
      await pair.dial(await pair.token("us", "eu"), "eu", "us");
      await wait(pair.raw.us, "eu", "ACTIVE");
    },
  ],
  "ESTABLISHING × PENDING: the opposite direction": [
    "…",
    async (pair) => {
      pair.servers.hold();
      await pair.dial(await pair.token("us", "eu"), "eu", "us", false);
    },
  ],
  "dialer of another cluster × -": [
    "role_conflict us",
    async (pair) => pair.dial(await pair.token("ap", "x"), "eu", "us"),
  ],
  "dialer, of this one's other name × -": [
    "role_conflict us",
    async (pair) => pair.dial(await pair.token("us", "other"), "eu", "us"),
  ],
  "- × acceptor": ["role_conflict eu", (pair) => pair.token("us", "eu")],
  "PENDING × acceptor": [
    "role_conflict eu",
    async (pair) => {
      await pair.token();
      await pair.token("us", "eu");
    },
  ],
  "ACTIVE × acceptor": [
    "role_conflict eu",
    async (pair) => {
      await pair.link();
      await pair.removeUnheard("us", "eu");
      await pair.token("us", "eu");
    },
  ],
  "- × ACTIVE, of another cluster": [
    "peer_mismatch eu",
    async (pair) => pair.dial(await pair.token("ap", "us"), "us", "eu"),
  ],
  "PENDING × ACTIVE, of another cluster": [
    "peer_mismatch eu",
    async (pair) => {
      await pair.token();
      await pair.dial(await pair.token("ap", "us"), "us", "eu");
    },
  ],
  "- × PENDING, of another cluster": ["peer_mismatch eu", async (pair) => pair.spoil(await pair.token("ap", "us"))],
  "- × TERMINATED, of another cluster": [
    "peer_mismatch eu",
    async (pair) => {
      await pair.dial(await pair.token("ap", "us"), "us", "eu");
      await remove(pair.raw.ap, "us");
      await pair.terminated("us", "eu");
    },
  ],
  "- × FAILING, of another cluster": [
    "peer_mismatch eu",
    async (pair) => {
      await pair.dial(await pair.token("ap", "us"), "us", "eu");
      await pair.restart("ap");
    },
  ],
  "TERMINATED × ACTIVE, of another cluster": [
    "peer_mismatch eu",
    async (pair) => {
      await pair.link();
      await remove(pair.raw.us, "eu");
      await pair.terminated("eu", "us");
      await pair.dial(await pair.token("ap", "us"), "us", "eu");
    },
  ],
  "ACTIVE, another cluster's × -": ["peer_mismatch us", (pair) => pair.link("us", "ap", "eu")],
  "ACTIVE, another cluster's × PENDING": [
    "peer_mismatch us",
    async (pair) => {
      await pair.link("us", "ap", "eu");
      await pair.spoil(await pair.token("eu", "us"));
    },
  ],
  "ACTIVE, another cluster's × TERMINATED": [
    "peer_mismatch us",
    async (pair) => {
      await pair.link();
      await remove(pair.raw.eu, "us");
      await pair.terminated("us", "eu");
      await pair.link("us", "ap", "eu");
    },
  ],
  "ACTIVE, another name's × -": ["peer_mismatch us", (pair) => pair.link("us", "us", "other")],
  "ACTIVE, another name's × PENDING": [
    "peer_mismatch us",
    async (pair) => {
      await pair.link("us", "us", "other");
      await pair.spoil(await pair.token());
    },
  ],
  "- × ACTIVE, of another name here": [
    "peer_mismatch eu",
    async (pair) => pair.dial(await pair.token("eu", "other"), "us", "eu"),
  ],
};

// Slow enough that events within milliseconds on a real server stay in order here.
const CELL_SPEED = 3;

describe("every combination of states is repaired, or refused without a write", { concurrency: true }, () => {
  for (const [title, [expected, make]] of Object.entries(CELLS)) {
    test(`${title}: ${expected}`, async (t) => {
      const pair = await world(t, { speed: CELL_SPEED });
      await make(pair);
      const states = (await pair.peerings()).map(
        (peerings, side) => peerings.find(({ peer_name }) => peer_name === ["us", "eu"][side])?.state ?? "-",
      );
      const said = title.match(/\b[A-Z]{6,}\b|^-|-$|- /g) ?? [];
      if (said.length === 2)
        assert.deepEqual(
          states,
          said.map((state) => state.trim()),
          "the states are those of the title",
        );
      const writes = pair.writes.length;

      const [code, name] = expected.split(" ");
      if (name) {
        for (const [call, operation] of [
          [plan, "plan"],
          [connect, "connect"],
        ]) {
          const error = await failure(call(...pair.sides), code, operation);
          assert.deepEqual([error.peer_name, error.cluster], [name, pair.raw[name === "us" ? "eu" : "us"].address]);
          assert.deepEqual(error.left_behind, []);
          assert.equal(error.peering.peer_name, name);
        }
        assert.equal(pair.writes.length, writes, "nothing was written");
        return;
      }

      const planned = await plan(...pair.sides);
      assert.equal(letters(planned), expected);
      assert.equal(planned.linked, "=…".includes(expected));
      assert.equal(pair.writes.length, writes, "a plan changes nothing");

      const reported = [];
      const onProgress = (progress) => {
        reported.push(progress);
        if (progress.kind === "step") pair.servers.release();
      };
      const linked = await connect(...pair.sides, { onProgress });
      assertLinked(linked);
      assert.equal(linked.changed, pair.writes.length > writes);
      assertSilent([linked, reported], pair.secrets);
      const codes = reported.map(({ code }) => code);
      for (const code of { d: ["waiting"], w: ["waiting"], x: ["deleting", "deleted"] }[expected[0]] ?? []) {
        assert.ok(codes.includes(code), `${code} is not reported: ${codes.join("; ")}`);
      }
      await sleep((2 * 5_000) / CELL_SPEED); // two rounds later
      pair.servers.release();
      const again = await connect(...pair.sides);
      assertLinked(again);
      assert.deepEqual(
        [again.changed, again.acceptor.id, again.dialer.id],
        [false, linked.acceptor.id, linked.dialer.id],
        "and it stays so",
      );
    });
  }
});

describe("a link is changed in place", { concurrency: true }, () => {
  /** Polls one side until stopped; returns its distinct states. */
  function observe(cluster, peer_name) {
    const observed = new Set();
    let on = true;
    const looking = (async () => {
      while (on) {
        const peering = await read(cluster, peer_name);
        observed.add(`${peering?.id} ${peering?.state}`);
        await sleep(1);
      }
      return [...observed];
    })();
    return () => ((on = false), looking);
  }

  for (const [what, turned] of [
    ["", false],
    [", linked in the opposite direction", true],
  ]) {
    test(`meta and rotate keep the ids, and ACTIVE throughout${what}`, async (t) => {
      const pair = await world(t);
      const [a, b] = turned ? [...pair.sides].reverse() : pair.sides;
      await connect(a, b);
      const named = (side, meta) => ({ ...side, meta, server_external_addresses: [] });
      const [eu, us] = pair.sides; // as they were passed first, in either direction
      const first = await connect(eu, us);
      assert.deepEqual([first.changed, first.reversed], [false, turned]);
      const stop = [observe(pair.raw.eu, "us"), observe(pair.raw.us, "eu")];
      const requested = { team: "net" };
      const changed = await connect(
        ...(turned ? [named(eu, requested), named(us)] : [named(eu), named(us, requested)]),
      );
      assert.equal(changed.changed, true);
      assert.deepEqual(changed[turned ? "acceptor" : "dialer"].meta, requested);
      const rotated = await rotate(named(eu), named(us));
      assert.deepEqual([rotated.changed, rotated.reversed], [true, turned]);
      assert.deepEqual(rotated[turned ? "acceptor" : "dialer"].meta, requested, "carried over");
      const another = { team: "web" };
      const both = await rotate(...(turned ? [named(eu, another), named(us)] : [named(eu), named(us, another)]));
      assert.deepEqual(both[turned ? "acceptor" : "dialer"].meta, another);
      const cleared = await connect(...(turned ? [named(eu, {}), named(us)] : [named(eu), named(us, {})]));
      assert.deepEqual(cleared[turned ? "acceptor" : "dialer"].meta, {});
      const observed = await Promise.all(stop.map((stop) => stop()));
      assert.deepEqual(observed, [[`${first.acceptor.id} ACTIVE`], [`${first.dialer.id} ACTIVE`]]);
      assert.equal(pair.writes.filter(({ path }) => path === "/v1/peering/token").length, 5);
    });
  }

  test("the acceptor keeps its meta, with a note", async (t) => {
    const pair = await world(t);
    const [acceptor, dialer] = pair.sides;
    await connect({ ...acceptor, meta: { a: "1" } }, dialer);
    const writes = pair.writes.length;
    const requested = { ...acceptor, meta: { a: "2" } };
    const { notes, steps } = await plan(requested, dialer);
    assert.deepEqual(
      notes.map(({ code }) => code),
      ["acceptor_meta_kept"],
    );
    assert.deepEqual(steps, []);
    assert.deepEqual((await connect(requested, dialer)).acceptor.meta, { a: "1" });
    assert.equal(pair.writes.length, writes);
  });

  test("external addresses have to be passed again, or nothing is sent", async (t) => {
    const pair = await world(t, {
      clusters: [{ name: "eu", external_addresses: ["lb.eu:443"], reachable: ["lb.eu:443"] }, "us", "ap"],
    });
    const [acceptor, dialer] = pair.sides;
    const named = { ...acceptor, server_external_addresses: ["lb.eu:443"] };
    const silent = { ...acceptor, server_external_addresses: undefined };
    await connect(named, dialer);
    const writes = pair.writes.length;
    for (const [call, operation, ...sides] of [
      [rotate, "rotate", silent, dialer],
      [connect, "connect", silent, { ...dialer, meta: { a: "1" } }],
      [plan, "plan", { ...silent, server_external_addresses: null }, { ...dialer, meta: { a: "1" } }],
    ]) {
      const error = await failure(call(...sides), "external_addresses_unknown", operation);
      assert.deepEqual([error.cluster, error.peer_name], [pair.raw.eu.address, "us"]);
      assert.match(error.hint, /server_external_addresses/);
    }
    assert.equal(pair.writes.length, writes, "nothing was sent");
    assert.equal((await connect(silent, dialer)).changed, false, "not required if no token is needed");
    assertLinked(await rotate(named, { ...dialer, meta: { a: "1" } }));
    // With them, it recovers after a restart of the dialing side.
    pair.simulator.restart("us");
    await sleep(20);
    assertLinked(await connect(silent, dialer));
  });

  test("rotate: refused unless linked", async (t) => {
    const pair = await world(t);
    for (const make of [
      () => {},
      () => pair.token(),
      async () => {
        await pair.link();
        await remove(pair.raw.us, "eu");
        await pair.terminated("eu", "us");
      },
    ]) {
      await make();
      const writes = pair.writes.length;
      const error = await failure(rotate(...pair.sides), "not_active", "rotate");
      assert.match(error.hint, /connect/);
      assert.equal(pair.writes.length, writes);
    }
  });

  test("rotate and disconnect with dryRun: return the plan and send nothing", async (t) => {
    const pair = await world(t);
    await pair.link();
    const writes = pair.writes.length;
    const [acceptor, dialer] = pair.sides;
    const silent = { ...acceptor, server_external_addresses: undefined };
    const { steps, linked } = await rotate(acceptor, dialer, { dryRun: true });
    assert.equal(linked, true);
    assert.deepEqual(
      steps.map(({ on, action, code }) => [on, action, code]),
      [
        ["acceptor", "generate", "requested"],
        ["dialer", "establish", "new_token"],
      ],
    );
    await failure(rotate(silent, dialer, { dryRun: true }), "external_addresses_unknown", "rotate");
    const { a, b } = await disconnect(...pair.sides, { dryRun: true });
    assert.deepEqual([a.peer_name, a.state, b.peer_name, b.state], ["us", "ACTIVE", "eu", "ACTIVE"]);
    const wrong = await failure(disconnect(...pair.sides, { dryRun: "yes" }), "invalid", "disconnect");
    assert.deepEqual(
      wrong.findings.map(({ field }) => field),
      ["options.dryRun"],
    );
    assert.equal(pair.writes.length, writes);
    await assertLinkedStill(pair);
  });
});

async function assertLinkedStill({ raw }) {
  assert.deepEqual([(await read(raw.eu, "us")).state, (await read(raw.us, "eu")).state], ["ACTIVE", "ACTIVE"]);
}

describe("disconnect", { concurrency: true }, () => {
  const disconnected = ({ a, b }) => [a?.peer_name ?? null, b?.peer_name ?? null];

  test("both sides, in either order and direction; and again", async (t) => {
    for (const [link, unlink] of [
      [0, 0],
      [0, 1],
      [1, 0],
    ]) {
      const pair = await world(t);
      const sides = (turned) => (turned ? [...pair.sides].reverse() : pair.sides);
      await connect(...sides(link));
      const reported = [];
      const done = await disconnect(...sides(unlink), { onProgress: (progress) => reported.push(progress) });
      assert.deepEqual(disconnected(done), unlink ? ["eu", "us"] : ["us", "eu"]);
      assert.deepEqual([done.a.state, done.b.state], ["ACTIVE", "ACTIVE"], "as they were");
      for (const [cluster, name] of [
        [pair.raw.eu, "us"],
        [pair.raw.us, "eu"],
      ]) {
        const here = reported.filter((each) => each.cluster === cluster.address && each.peer_name === name);
        const codes = here.map(({ code }) => code);
        assert.ok(codes.includes("deleting") && codes.includes("deleted"), codes.join());
      }
      assert.deepEqual(await pair.peerings(), [[], []]);
      assert.deepEqual(disconnected(await disconnect(...sides(unlink))), [null, null]);
    }
  });

  test("a pair with one side", async (t) => {
    for (const make of [
      (pair) => pair.token(),
      async (pair) => pair.spoil(await pair.token()),
      async (pair) => {
        await pair.link();
        await remove(pair.raw.us, "eu");
        await pair.terminated("eu", "us");
      },
      async (pair) => {
        await pair.link();
        await remove(pair.raw.eu, "us");
        await pair.terminated("us", "eu");
      },
      async (pair) => {
        await pair.link();
        await pair.deleting("us", "eu");
        setTimeout(() => pair.servers.release(), 50);
      },
    ]) {
      const pair = await world(t);
      await make(pair);
      await disconnect(...pair.sides);
      assert.deepEqual(await pair.peerings(), [[], []]);
    }
  });

  test("keeps peerings of other pairs, unless forced", async (t) => {
    for (const [make, name] of [
      [(pair) => pair.link("us", "ap", "eu"), "us"],
      [async (pair) => pair.dial(await pair.token("ap", "us"), "us", "eu"), "eu"],
      [(pair) => pair.link("us", "us", "other"), "us"],
      [async (pair) => pair.dial(await pair.token("eu", "other"), "us", "eu"), "eu"],
    ]) {
      const pair = await world(t);
      await make(pair);
      const before = await pair.peerings();
      const { length } = pair.writes;
      const error = await failure(disconnect(...pair.sides), "peer_mismatch", "disconnect");
      assert.equal(error.peer_name, name);
      assert.deepEqual(error.left_behind, []);
      assert.equal(pair.writes.length, length, "nothing was sent");
      const ids = (sides) => sides.map((peerings) => peerings.map(({ id }) => id));
      assert.deepEqual(ids(await pair.peerings()), ids(before));
      const done = disconnected(await disconnect(...pair.sides, { force: true }));
      assert.ok(done.includes(name), done.join());
      assert.equal(await read(pair.raw[name === "us" ? "eu" : "us"], name), null);
    }
  });
});

describe("invalid sides", { concurrency: true }, () => {
  const nothing = {
    cluster: { address: "http://unused.test", fetch: () => assert.fail("it was called") },
    peer_name: "x",
  };
  const hostile = new Proxy(
    {},
    {
      ...Object.fromEntries(
        ["get", "ownKeys", "getOwnPropertyDescriptor", "has"].map((trap) => [
          trap,
          () => assert.fail("not to be read"),
        ]),
      ),
    },
  );
  const fields = ({ findings }) => findings.filter(({ severity }) => severity === "error").map(({ field }) => field);

  test("reports all errors of both sides, and sends nothing", async () => {
    const acceptor = {
      cluster: { ...nothing.cluster, adress: "x" },
      peer_name: "No",
      server_external_addresses: ["lb"],
      token: "a b",
    };
    const dialer = { cluster: "ftp://x", peerName: "eu", meta: { "consul-x": 7 } };
    for (const [call, operation, a, b] of [
      [plan, "plan", "acceptor", "dialer"],
      [connect, "connect", "acceptor", "dialer"],
      [rotate, "rotate", "acceptor", "dialer"],
      [disconnect, "disconnect", "a", "b"],
    ]) {
      const error = await failure(call(acceptor, dialer, { timeout: -1, onProgress: 7 }), "invalid", operation);
      const reported = fields(error);
      for (const field of [
        "options.timeout",
        "options.onProgress",
        `${a}.cluster.adress`,
        `${a}.peer_name`,
        `${a}.server_external_addresses[0]`,
        `${a}.token`,
        `${b}.cluster.address`,
        `${b}.peerName`,
        `${b}.peer_name`,
      ]) {
        assert.ok(reported.includes(field), `${field} is not in ${reported.join(", ")}`);
      }
      assert.ok(reported.some((field) => field.startsWith(`${b}.meta`)));
      const fix = (field) => error.findings.find((finding) => finding.field === field).fix;
      assert.equal(fix(`${b}.peerName`), "Write peer_name.");
      assert.match(fix(`${a}.cluster.adress`), /^Known are address, token/);
      assert.equal(JSON.stringify(error).includes("a b"), false, "not the token itself");
    }
  });

  test("arbitrary values for a side, for options, or for their members", async () => {
    const wrong = [undefined, null, 7, "eu", [], () => {}, hostile, new Map(), Symbol("x"), 1n];
    for (const side of [
      ...wrong,
      {},
      { peer_name: "x" },
      { ...nothing, cluster: null },
      { ...nothing, cluster: hostile },
    ]) {
      for (const [call, operation] of [
        [plan, "plan"],
        [connect, "connect"],
        [rotate, "rotate"],
        [disconnect, "disconnect"],
      ]) {
        const error = await failure(call(side, nothing), "invalid", operation);
        assert.ok(
          fields(error).every((field) => /^(acceptor|a)(\.|$)/.test(field)),
          fields(error).join(),
        );
        const other = await failure(call(nothing, side), "invalid", operation);
        assert.ok(
          fields(other).every((field) => /^(dialer|b)(\.|$)/.test(field)),
          fields(other).join(),
        );
      }
    }
    for (const options of ["5s", 7, true, { timeout: "5s" }, { signal: {} }, { onProgress: {} }]) {
      const error = await failure(connect(nothing, nothing, options), "invalid");
      assert.ok(
        fields(error).every((field) => field.startsWith("options")),
        fields(error).join(),
      );
    }
    assert.deepEqual(fields(await failure(disconnect(nothing, nothing, { force: "no" }), "invalid", "disconnect")), [
      "options.force",
    ]);
    const getter = Object.defineProperty({ ...nothing }, "meta", {
      enumerable: true,
      get: () => assert.fail("thrown"),
    });
    await failure(connect(getter, nothing), "invalid");
  });

  test("the input is read once: later changes have no effect", async (t) => {
    const pair = await world(t);
    let reads = 0;
    const meta = { team: "net" };
    const cluster = { ...pair.sides[1].cluster, headers: { "X-A": "1" } };
    const dialer = Object.defineProperty({ cluster, meta }, "peer_name", {
      enumerable: true,
      get: () => (reads++, "eu"),
    });
    const acceptor = { ...pair.sides[0], cluster: { ...pair.sides[0].cluster } };
    const options = {};
    const linking = connect(acceptor, dialer, options);
    meta.team = "changed";
    cluster.address = "http://changed.test";
    cluster.headers["X-A"] = "\n";
    acceptor.cluster.fetch = () => assert.fail("not this one");
    acceptor.server_external_addresses.push("changed");
    options.timeout = -1;
    const linked = await linking;
    assertLinked(linked);
    assert.deepEqual(linked.dialer.meta, { team: "net" });
    assert.equal(reads, 1);
  });
});
