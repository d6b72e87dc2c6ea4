// Further cells of the table that connect decides by (tests/plan.rs), made for real on Consul servers: each is mended and
// stays so, or refused with nothing touched.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgents } from "../../pkg/cli/agent.js";
import { connect, disconnect, establish, generateToken, list, remove, wait } from "../../pkg/node.js";
import { assertLinked, failure } from "../node/pair.js";
import { peeringToken } from "../node/secrets.js";

const ROUND_MS = 5_000; // of a leader, however many wait for it

let stop, eu, us, ap, kept;
let serial = 0;

before(async () => {
  const started = await startAgents([{ name: "eu" }, { name: "us" }, { name: "ap" }, { name: "kept", data: true }]);
  stop = started.stop;
  ({ eu, us, ap, kept } = started.agents);
});
after(() => stop?.());

const pair = (acceptor, dialer, peer_name = `cell-${++serial}`) => [
  { cluster: acceptor.address, peer_name, server_external_addresses: [] },
  { cluster: dialer.address, peer_name },
];
const token = async (agent, peer_name) => peeringToken(await generateToken(agent.address, { peer_name }));

/** A request as anybody sends it, without this package. */
async function raw(agent, method, path, body) {
  const response = await fetch(agent.address + path, { method, body: body && JSON.stringify(body) });
  await response.text();
  return response.status;
}
const deleteRaw = (agent, name) => raw(agent, "DELETE", `/v1/peering/${name}`);
const establishRaw = (agent, PeerName, PeeringToken) =>
  raw(agent, "POST", "/v1/peering/establish", { PeerName, PeeringToken });

/** By what stands, acceptor × dialer: how it comes about. */
const MENDED = {
  "nothing × PENDING, its acceptor gone": async (name) => {
    const spent = await token(eu, name);
    await token(eu, name);
    assert.equal(await establishRaw(us, name, spent), 403);
    await remove(eu.address, name);
  },
  "PENDING, never dialled × nothing": (name) => token(eu, name),
  "PENDING, never dialled × TERMINATED": async (name, sides) => {
    await connect(...sides);
    await remove(eu.address, name);
    await wait(us.address, name, "TERMINATED");
    await token(eu, name);
  },
  "ACTIVE × PENDING: replaced with a spent token": async (name) => {
    const spent = await token(eu, name);
    await establish(us.address, { peer_name: name, peering_token: spent });
    await remove(us.address, name);
    assert.equal(await establishRaw(us, name, spent), 403);
  },
  "TERMINATED × PENDING: the same, and the goodbye has come": async (name) => {
    const spent = await token(eu, name);
    await establish(us.address, { peer_name: name, peering_token: spent });
    await remove(us.address, name);
    assert.equal(await establishRaw(us, name, spent), 403);
    await wait(eu.address, name, "TERMINATED");
  },
  "DELETING × DELETING: both deleted a moment ago": async (name, sides) => {
    await connect(...sides);
    await Promise.all([deleteRaw(eu, name), deleteRaw(us, name)]);
  },
  "DELETING × nothing": async (name, sides) => {
    await connect(...sides);
    await remove(us.address, name);
    await wait(eu.address, name, "TERMINATED");
    await deleteRaw(eu, name);
  },
  "nothing × DELETING": async (name, sides) => {
    await connect(...sides);
    await remove(eu.address, name);
    await wait(us.address, name, "TERMINATED");
    await deleteRaw(us, name);
  },
};

/** What is somebody else's: how it comes about, and what is said. */
const REFUSED = {
  "the acceptor's name dials": [
    "role_conflict",
    async (name) => {
      await establish(eu.address, { peer_name: name, peering_token: await token(ap, name) });
    },
  ],
  "the dialer's name accepts": ["role_conflict", (name) => token(us, name)],
  "the dialer is another cluster's": [
    "peer_mismatch",
    async (name) => {
      await establish(us.address, { peer_name: name, peering_token: await token(ap, name) });
    },
  ],
  "another cluster uses the acceptor": [
    "peer_mismatch",
    async (name) => {
      await establish(ap.address, { peer_name: name, peering_token: await token(eu, name) });
      await wait(eu.address, name, "ACTIVE");
    },
  ],
  "the dialer is linked with another acceptor there": [
    "peer_mismatch",
    async (name) => {
      await establish(us.address, { peer_name: name, peering_token: await token(eu, `${name}-other`) });
    },
  ],
  "another dialer there uses the acceptor": [
    "peer_mismatch",
    async (name) => {
      await establish(us.address, { peer_name: `${name}-other`, peering_token: await token(eu, name) });
    },
  ],
};

describe("mended", { concurrency: true }, () => {
  for (const [what, make] of Object.entries(MENDED)) {
    test(what, async () => {
      const sides = pair(eu, us);
      await make(sides[0].peer_name, sides);
      const linked = await connect(...sides);
      assertLinked(linked);
      assert.equal(linked.changed, true);
      await sleep(ROUND_MS + 500);
      assert.equal((await connect(...sides)).changed, false, "it stays");
      await disconnect(...sides);
    });
  }
});

describe("refused, and nothing is touched", { concurrency: true }, () => {
  for (const [what, [code, make]] of Object.entries(REFUSED)) {
    test(what, async () => {
      const sides = pair(eu, us);
      const name = sides[0].peer_name;
      await make(name);
      const mine = async () =>
        (await Promise.all([eu, us, ap].map(({ address }) => list(address))))
          .flat()
          .filter(({ peer_name }) => peer_name.startsWith(name))
          .map(({ id, peer_name, peer_id, modify_index }) => ({ id, peer_name, peer_id, modify_index }));
      const before = await mine();
      await failure(connect(...sides), code);
      assert.deepEqual(await mine(), before);
    });
  }
});

describe("a server that restarts keeps the link", { concurrency: false }, () => {
  for (const [what, sides] of [
    ["the dialer's", () => pair(eu, kept)],
    ["the acceptor's", () => pair(kept, us)],
  ]) {
    test(what, async () => {
      const [acceptor, dialer] = sides();
      const made = await connect(acceptor, dialer);
      await kept.restart();
      const linked = await connect(acceptor, dialer);
      assertLinked(linked);
      assert.deepEqual(
        [linked.changed, linked.acceptor.id, linked.dialer.id],
        [false, made.acceptor.id, made.dialer.id],
      );
      await disconnect(acceptor, dialer);
    });
  }
});
