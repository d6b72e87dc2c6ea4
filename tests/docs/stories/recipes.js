// Each recipe, in JavaScript and from the command line, on clusters in its initial state.

import assert from "node:assert/strict";
import { connect, list, read, remove, wait } from "../../../pkg/node.js";
import { openStage } from "../stage.js";

const sides = ({ east, west }) => [
  { cluster: east, peer_name: "west" },
  { cluster: west, peer_name: "east" },
];
const link = (clusters, meta) => {
  const [acceptor, dialer] = sides(clusters);
  return connect(acceptor, { ...dialer, meta });
};

/**
 * `begin`: creates the initial state, and returns it for the rest. `js`: checks the program's output, `again`: of a
 * second run. `how`: options for its commands, as for `lines` of the stage. `check`: checks the final state.
 */
const RECIPES = {
  "Connect two clusters in a CI job": {
    js: (printed) => assert.equal(printed, "linked\n"),
    again: (printed) => assert.equal(printed, "already linked\n"),
    check: async ({ west }) => assert.deepEqual((await read(west, "east")).meta, { team: "payments" }),
  },
  "Rotate every quarter": {
    begin: (clusters) => link(clusters, { keep: "me" }),
    js: (printed, { dialer }) => assert.equal(printed, `${dialer.id}\n`),
    check: async ({ west }, { dialer }) => {
      const now = await read(west, "east");
      assert.deepEqual([now.id, now.meta, now.state], [dialer.id, { keep: "me" }, "ACTIVE"]);
      assert.ok(now.modify_index > dialer.modify_index, "something was written");
    },
  },
  "Move a cluster": {
    begin: (clusters) => link(clusters),
    check: async ({ east, west }) => {
      const states = (await list(east)).map(({ peer_name, state }) => [peer_name, state]);
      assert.deepEqual(states, [["west2", "ACTIVE"]]);
      assert.deepEqual(await list(west), []);
    },
  },
  "Recover from TERMINATED": {
    begin: async (clusters) => {
      await link(clusters);
      await remove(clusters.west, "east");
      await wait(clusters.east, "west", "TERMINATED");
    },
    js: (printed) => assert.match(printed, /^delete on the acceptor: it is TERMINATED/),
    how: [{ exit: 3 }, {}],
    check: async ({ west }) => assert.equal((await read(west, "east")).state, "ACTIVE"),
  },
  "Recover from a rebuilt cluster": {
    // Another cluster of the same datacenter takes the place of the one that was rebuilt.
    clusters: [{ name: "east" }, { name: "west" }, { name: "former", datacenter: "east" }],
    begin: ({ former, west }) => connect({ cluster: former, peer_name: "west" }, { cluster: west, peer_name: "east" }),
    js: (printed) => assert.match(printed, /the cluster was rebuilt, or it is another one/),
    how: [{ exit: 1 }],
    check: async ({ east, west }) => {
      const [acceptor, dialer] = await Promise.all([read(east, "west"), read(west, "east")]);
      assert.deepEqual([dialer.state, dialer.peer_id], ["ACTIVE", acceptor.id]);
    },
  },
  "Import what exists": {
    begin: (clusters) => link(clusters),
    js: (printed) => assert.deepEqual(JSON.parse(printed), [{ peer_name: "east", role: "dialer", meta: {} }]),
    sh: ([printed]) => assert.deepEqual([JSON.parse(printed)[0].peer_name, JSON.parse(printed).length], ["east", 1]),
  },
  "Take over a peering that Terraform manages": {
    terraform: true,
    begin: (clusters) => link(clusters, { team: "payments" }),
    js: (printed, { dialer }) => assert.equal(printed, `${dialer.id} true\n`),
    check: async ({ west }, { dialer }) => {
      const { id, meta } = await read(west, "east");
      assert.deepEqual([id, meta], [dialer.id, { team: "checkout" }]);
    },
  },
};

/** The recorded state has Terraform's own example, whose resources have other names. */
const asRecorded = (code) => code.replaceAll("east-west", "eu-us");

export default async function story(t, take) {
  for (const [heading, { clusters, terraform, begin, js, again, how, sh, check }] of Object.entries(RECIPES)) {
    const runs = {
      "in JavaScript": async (stage, initial) => {
        const code = take(heading, "js");
        const printed = await stage.js(code, stage.constants);
        js?.(printed, initial);
        again?.(await stage.js(code, stage.constants));
      },
      "from the command line": async (stage) => {
        const printed = await stage.lines(take(heading, "sh"), how);
        sh?.(printed);
      },
    };
    if (terraform)
      await t.test(`${heading}, in Terraform`, () =>
        onStage((stage) => stage.sh(asRecorded(take(heading, "sh"))), clusters),
      );
    for (const [way, run] of Object.entries(runs)) {
      await t.test(`${heading}, ${way}`, () =>
        onStage(async (stage) => {
          const initial = await begin?.(stage.clusters);
          await run(stage, initial);
          await check?.(stage.clusters, initial);
        }, clusters),
      );
    }
  }
}

async function onStage(run, clusters = ["east", "west", "west2"]) {
  const stage = await openStage(clusters);
  try {
    await run(stage);
  } finally {
    await stage.stop();
  }
}
