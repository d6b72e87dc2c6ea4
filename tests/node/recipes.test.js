// The recipes in docs/recipes.md, run as they stand on simulated clusters that are in the condition each begins with.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, establish, generateToken, list, read, remove, wait } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import * as examples from "./examples.js";

const text = examples.read("docs/recipes.md");
const names = [];

/** Runs a recipe's JavaScript in a process of its own; gives what it printed and what stands afterwards. */
function recipe(heading, check) {
  names.push(heading);
  test(heading, async () => {
    const simulator = await startSimulator({ clusters: ["eu", "us", "us2"], speed: 100 });
    try {
      const { eu, us, us2 } = simulator.clusters;
      const run = () => {
        const given = Object.entries({ eu, us, us2 }).map(([name, { address }]) => `const ${name} = "${address}";\n`);
        return examples.execute(given.join("") + examples.example(text, heading));
      };
      await check(run, { eu, us, us2 });
    } finally {
      await simulator.stop();
    }
  });
}

const sides = ({ eu, us }) => [
  { cluster: eu, peer_name: "us" },
  { cluster: us, peer_name: "eu" },
];

recipe("Connect two clusters in a CI job", async (run, { us }) => {
  assert.equal(await run(), "linked\n");
  assert.equal(await run(), "was linked already\n");
  assert.deepEqual((await read(us, "eu")).meta, { team: "payments" });
});

recipe("Rotate every quarter", async (run, clusters) => {
  const [acceptor, dialer] = sides(clusters);
  const before = await connect(acceptor, { ...dialer, meta: { keep: "me" } });
  assert.equal(await run(), `${before.dialer.id}\n`);
  const now = await read(clusters.us, "eu");
  assert.deepEqual([now.meta, now.state], [{ keep: "me" }, "ACTIVE"]);
  assert.ok(now.modify_index > before.dialer.modify_index, "something was written");
});

recipe("Move a cluster", async (run, clusters) => {
  await connect(...sides(clusters));
  await run();
  assert.deepEqual(
    (await list(clusters.eu)).map(({ peer_name, state }) => [peer_name, state]),
    [["us2", "ACTIVE"]],
  );
  assert.deepEqual(await list(clusters.us), []);
});

recipe("Recover from TERMINATED", async (run, clusters) => {
  await connect(...sides(clusters));
  await remove(clusters.us, "eu");
  await wait(clusters.eu, "us", "TERMINATED");
  assert.match(await run(), /^delete on the acceptor: it is TERMINATED/);
  assert.equal((await read(clusters.us, "eu")).state, "ACTIVE");
});

recipe("Import what exists", async (run, clusters) => {
  await connect(...sides(clusters));
  assert.deepEqual(JSON.parse(await run()), [{ peer_name: "eu", role: "dialer", meta: {} }]);
});

recipe("Take over a peering that Terraform manages", async (run, { eu, us }) => {
  const peering_token = await generateToken(eu, { peer_name: "us" });
  const made = await establish(us, { peer_name: "eu", peering_token, meta: { team: "payments" } });
  assert.equal(await run(), `${made.id} true\n`);
  assert.deepEqual((await read(us, "eu")).meta, { team: "checkout" });
});

test("every recipe is run", () => {
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  assert.deepEqual(names, headings);
});
