// The time from the request of a change on a real Consul to its notification: by a watch and by a hand-written blocking
// query, both at once, for the same changes.
import { setTimeout as sleep } from "node:timers/promises";
import { startAgents } from "../tests/consul/agent.js";
import { watch } from "../pkg/node.js";
import * as handWritten from "./hand-written.js";
import { paired } from "./pair.js";

const CHANGES = 60;

export default async function () {
  const { agents, stop } = await startAgents([{ name: "eu" }]);
  const { address } = agents.eu;
  const controller = new AbortController();
  const { signal } = controller;
  const [ours, raw] = [observe(watch(address, { signal })), observe(handWritten.watch(address, signal))];
  const blocks = [];
  try {
    for (let i = 0; i < CHANGES; i++) {
      await sleep(20); // both are waiting again
      const began = performance.now();
      const notified = [ours.whenListed(i + 1), raw.whenListed(i + 1)];
      await handWritten.generateToken(address, `peer-${i}`);
      const [first, second] = await Promise.all(notified);
      blocks.push({ ours: first - began, raw: second - began });
    }
  } finally {
    controller.abort();
    await Promise.allSettled([ours.ended, raw.ended]);
    await stop();
  }
  return [{ name: "`watch`: from a change to its notification", ...paired(blocks) }];
}

/** Reads an iterator of lists. `whenListed` resolves with the time at which a list has so many peerings. */
function observe(lists) {
  const awaited = new Map();
  const readAll = async () => {
    for await (const { length } of lists) awaited.get(length)?.(performance.now());
  };
  return { ended: readAll(), whenListed: (count) => new Promise((resolve) => awaited.set(count, resolve)) };
}
