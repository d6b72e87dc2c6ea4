// More cells of the table that connect decides by (tests/plan.rs), on real Consul servers: each is repaired and stays
// so. The most frequent ones are in `../node/real-link.test.js`.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgents } from "../consul/agent.js";
import { connect, disconnect, establish, list, remove, wait } from "../../pkg/node.js";
import { assertLinked } from "../node/ends.js";
import { assertStays, establishRaw, isNotified, pair, ROUND_MS } from "../node/real-pair.js";
import { raw, peeringOn, token } from "./incidents.js";

let stop, eu, us, sa, af, kept;

before(async () => {
  const names = ["eu", "us", "sa", "af"];
  const started = await startAgents([...names.map((name) => ({ name })), { name: "kept", data: true }]);
  stop = started.stop;
  ({ eu, us, sa, af, kept } = started.agents);
});
after(() => stop?.());

const deleteRaw = (agent, name) => raw(agent, "DELETE", `/v1/peering/${name}`);

/** A dialer that is recreated with its former token. */
async function replaced(name, sides) {
  await disconnect(...sides, { force: true });
  const spent = await token(eu, name);
  await establish(us.address, { peer_name: name, peering_token: spent });
  await remove(us.address, name);
  assert.equal(await establishRaw(us, name, spent), 403);
}

/** A dialer that was notified of its acceptor's deletion. */
async function withoutAcceptor(name, sides) {
  do {
    await connect(...sides);
    await remove(eu.address, name);
  } while (!(await isNotified(us, name)));
}

/** By the existing peerings, acceptor × dialer: how they are created. */
const MENDED = {
  "nothing × PENDING, its acceptor gone": async (name) => {
    const spent = await token(eu, name);
    await token(eu, name);
    assert.equal(await establishRaw(us, name, spent), 403);
    await remove(eu.address, name);
  },
  "PENDING, never dialed × nothing": (name) => token(eu, name),
  "PENDING, never dialed × TERMINATED": async (name, sides) => {
    await withoutAcceptor(name, sides);
    await token(eu, name);
  },
  "ACTIVE × PENDING: replaced with a spent token": replaced,
  "TERMINATED × PENDING: the same, and the stream has ended": async (name, sides) => {
    do await replaced(name, sides);
    while (!(await isNotified(eu, name)));
  },
  "DELETING × DELETING: both deleted a moment ago": async (name, sides) => {
    await connect(...sides);
    await Promise.all([deleteRaw(eu, name), deleteRaw(us, name)]);
  },
  "DELETING × nothing": async (name, sides) => {
    do {
      await connect(...sides);
      await remove(us.address, name);
    } while (!(await isNotified(eu, name)));
    await deleteRaw(eu, name);
  },
  "nothing × DELETING": async (name, sides) => {
    await withoutAcceptor(name, sides);
    await deleteRaw(us, name);
  },
};

describe("repaired", { concurrency: true, timeout: 600_000 }, () => {
  for (const [what, make] of Object.entries(MENDED)) {
    test(what, async () => {
      const { peer_name, sides } = pair(eu, us);
      await make(peer_name, sides);
      const linked = await connect(...sides);
      assert.equal(linked.changed, true);
      await assertStays(sides, linked);
    });
  }

  test("nothing × DELETING, whose server does not continue the removal", async (t) => {
    /** The other side's end of the stream has prevented its removal. */
    const isLost = async ({ peer_name }) => {
      const [acceptor, dialer] = await Promise.all([peeringOn(sa, peer_name), peeringOn(af, peer_name)]);
      return acceptor === null && dialer?.State === "TERMINATED" && dialer.DeletedAt !== undefined;
    };
    const made = [];
    let lost = [];
    // The end of sa's stream must come before the removal on af, and before af's own: so it is repeated until it does.
    while (lost.length < 2) {
      const pairs = [pair(sa, af), pair(sa, af), pair(sa, af)];
      made.push(...pairs);
      await Promise.all(pairs.map(({ sides }) => connect(...sides)));
      await sleep(2 * ROUND_MS); // sa may read again at once
      const before = Array.from({ length: 80 }, () => pair(sa, af)); // they keep af's removals busy
      await Promise.all(before.map(({ peer_name }) => token(af, peer_name)));
      await Promise.all(before.map(({ peer_name }) => deleteRaw(af, peer_name)));
      await sleep(500);
      for (const agent of [af, sa]) await Promise.all(pairs.map(({ peer_name }) => deleteRaw(agent, peer_name)));
      for (const late = Date.now() + ROUND_MS; lost.length < 2 && Date.now() < late; await sleep(20)) {
        const found = await Promise.all(made.map(isLost));
        lost = made.filter((_, index) => found[index]);
      }
    }
    t.diagnostic(`${lost.length} of ${made.length} were lost`);
    const { a, b } = await disconnect(...lost[0].sides);
    assert.deepEqual([a, b.state], [null, "DELETING"]);
    assertLinked(await connect(...lost[1].sides));
    await Promise.all(made.map(({ sides }) => disconnect(...sides)));
    while ((await list(af.address)).length > 0) await sleep(100);
    assert.deepEqual(await list(sa.address), []);
  });
});

describe("a server that restarts keeps the link", { concurrency: false }, () => {
  for (const [what, make] of [
    ["the dialer's", () => pair(eu, kept)],
    ["the acceptor's", () => pair(kept, us)],
  ]) {
    test(what, async () => {
      const { peer_name, sides } = make();
      const made = await connect(...sides);
      await kept.restart();
      // The delay before it dials again depends on how long the server was down.
      await wait(sides[1].cluster, peer_name, "ACTIVE");
      const linked = await connect(...sides);
      assertLinked(linked);
      assert.equal(linked.changed, false);
      assert.deepEqual([linked.acceptor.id, linked.dialer.id], [made.acceptor.id, made.dialer.id]);
      await disconnect(...sides);
    });
  }
});
