// How soon a change is seen on a real Consul, from when it is asked for: by a watch, and by a blocking query by hand, both
// at once, of the same changes.
import { setTimeout as sleep } from "node:timers/promises";
import { startAgents } from "../tests/consul/agent.js";
import { watch } from "../pkg/node.js";
import * as byHand from "./by-hand.js";
import { paired } from "./pair.js";

const CHANGES = 60;

export default async function () {
  const { agents, stop } = await startAgents([{ name: "eu" }]);
  const { address } = agents.eu;
  const controller = new AbortController();
  const { signal } = controller;
  const [ours, raw] = [lookout(watch(address, { signal })), lookout(byHand.watch(address, signal))];
  const blocks = [];
  try {
    for (let i = 0; i < CHANGES; i++) {
      await sleep(20); // both are waiting again
      const began = performance.now();
      const seen = [ours.sees(i + 1), raw.sees(i + 1)];
      await byHand.generateToken(address, `peer-${i}`);
      const [first, second] = await Promise.all(seen);
      blocks.push({ ours: first - began, raw: second - began });
    }
  } finally {
    controller.abort();
    await Promise.allSettled([ours.ended, raw.ended]);
    await stop();
  }
  return [{ name: "`watch`: from a change to its notification", ...paired(blocks) }];
}

/** When somebody who looks has seen so many peerings. */
function lookout(looks) {
  const awaited = new Map();
  const see = async () => {
    for await (const { length } of looks) awaited.get(length)?.(performance.now());
  };
  return { ended: see(), sees: (count) => new Promise((seen) => awaited.set(count, seen)) };
}
