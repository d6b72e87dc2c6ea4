// A mesh of real Consul servers, compared with the same links one after another.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startAgents } from "../consul/agent.js";
import { connect, disconnect, list, mesh } from "../../pkg/node.js";
import { assertLinked } from "./ends.js";
import { ROUND_MS } from "./real-pair.js";

const NAMES = ["af", "ap", "eu", "sa", "us"];
const PAIRS = NAMES.flatMap((a, index) => NAMES.slice(index + 1).map((b) => [a, b]));

let stop, clusters;

before(async () => {
  const started = await startAgents(NAMES.map((name) => ({ name })));
  stop = started.stop;
  clusters = Object.fromEntries(NAMES.map((name) => [name, started.agents[name].address]));
});
after(() => stop?.());

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

test("a mesh of five, compared with ten sequential connects", async (t) => {
  const sides = ([a, b]) => [
    { cluster: clusters[a], peer_name: b },
    { cluster: clusters[b], peer_name: a },
  ];
  const one = await timed(async () => {
    for (const each of PAIRS) assertLinked(await connect(...sides(each)));
  });
  await Promise.all(PAIRS.map((each) => disconnect(...sides(each))));
  const waiting = new Set();
  let most = 0;
  const onProgress = ({ cluster, peer_name, code, state }) => {
    const dialer = `${peer_name} at ${cluster}`;
    if (code === "token_accepted") waiting.add(dialer);
    if (state === "ACTIVE") waiting.delete(dialer);
    most = Math.max(most, waiting.size);
  };
  const all = await timed(async () => {
    const { pairs } = await mesh(clusters, { onProgress });
    assert.deepEqual([...new Set(pairs.map(({ status }) => status))], ["changed"]);
  });
  const lists = await Promise.all(Object.values(clusters).map((cluster) => list(cluster)));
  assert.deepEqual(
    lists.map((peerings) => peerings.map(({ state }) => state)),
    NAMES.map(() => Array(NAMES.length - 1).fill("ACTIVE")),
  );
  t.diagnostic(
    `ten peerings: ${(one / 1_000).toFixed(1)} s one after another, ${(all / 1_000).toFixed(1)} s as a mesh, ` +
      `which is ${(all / ROUND_MS).toFixed(1)} of Consul's own cycles; at most ${most} waited concurrently`,
  );
  assert.ok(most > PAIRS.length / 2, `${most} of ten have waited for Consul at once`);
  assert.ok(all < one, "the mesh takes less time");
});
