// Consul clusters in memory that peer with each other and answer like real ones: for tests of your own automation, and
// to try things out. What is simulated, and what is not: simulator.d.ts.

import { RealClock } from "./simulator/clock.js";
import { SimulatedCluster } from "./simulator/cluster.js";
import { Faults } from "./simulator/faults.js";
import { readOptions } from "./simulator/options.js";
import { createRandom } from "./simulator/random.js";
import { Agent } from "./simulator/server.js";
import { NEWEST } from "./simulator/version.js";
import { World } from "./simulator/world.js";

export { ManualClock } from "./simulator/clock.js";

export async function startSimulator(options = {}) {
  const { clusters: wanted, speed, seed, listen, clock = new RealClock() } = readOptions(options);
  const world = new World({ speed, random: createRandom(seed), clock });
  const faults = new Faults();
  const agents = new Map();
  const clusters = {};
  for (const each of wanted) {
    const cluster = new SimulatedCluster(world, each);
    const agent = new Agent(cluster, faults);
    world.add(cluster, agent);
    agents.set(each.name, agent);
    if (listen) await agent.listen();
    clusters[each.name] = { address: agent.address, fetch: agent.fetch, ...(each.token && { token: each.token }) };
  }
  const named = (name) => world.named(name);
  const stop = async () => {
    for (const agent of agents.values()) await agent.close();
    world.stop();
  };
  return {
    clusters,
    version: NEWEST,
    clock,
    seed,
    fault: (fault) => faults.order(fault),
    restart: (name, ms = 0) => named(name).restart(ms),
    loseLeader: (name, ms) => named(name).loseLeader(ms),
    exportServices: (name, services) => named(name).exportServices(services),
    stop,
  };
}
