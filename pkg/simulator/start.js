// `startSimulator`: the module's clusters with sockets, timers and functions of JavaScript.

import { randomInt } from "node:crypto";
import { Agent } from "./agent.js";
import { RealClock } from "./clock.js";
import { Faults } from "./faults.js";
import { initSync, newest } from "./glue.js";
import { World } from "./world.js";

/** @type {WeakMap<import("../simulator.js").Simulator, World>} */
const worlds = new WeakMap();

/**
 * For tests of this package: the world of a simulator, whose servers can be held.
 * @param {import("../simulator.js").Simulator} simulator
 */
export const worldOf = (simulator) => /** @type {World} */ (worlds.get(simulator));

/** @param {Uint8Array} bytes  simulator_bg.wasm */
export const load = (bytes) => void initSync({ module: bytes });

/**
 * @type {typeof import("../simulator.js").startSimulator}
 */
export async function startSimulator(options = {}) {
  const { clock = new RealClock(), listen = true, seed = randomInt(2 ** 32) } = options ?? {};
  const isTime = isClock(clock);
  const given = isObject(options) ? { ...options, seed, clock: isTime } : options;
  /** @type {Map<string, Agent>} */
  const agents = new Map();
  const broken = (/** @type {string} */ name) => agents.get(name)?.breakConnections();
  const world = new World(given, clock, isTime ? clock.now() : 0, broken);
  const faults = new Faults(world);
  /** @type {Record<string, import("../simulator.js").SimulatedCluster>} */
  const clusters = {};
  for (const name of world.names) {
    const agent = new Agent(name, (request) => world.send(name, request, () => faults.meet(name, request)));
    agents.set(name, agent);
    if (listen) await agent.listen();
    const token = world.token(name);
    clusters[name] = { address: agent.address, fetch: agent.fetch, ...(token !== undefined && { token }) };
  }
  const named = (/** @type {string} */ name) => {
    if (agents.has(name)) return name;
    throw new TypeError(`there is no cluster "${name}"; there are ${[...agents.keys()].join(", ")}`);
  };
  /** @type {import("../simulator.js").Simulator} */
  const simulator = {
    clusters,
    version: newest(),
    clock,
    seed,
    fault: (fault) => faults.order(fault),
    restart: (name, ms = 0) => world.restart(named(name), ms),
    loseLeader: (name, ms) => world.loseLeader(named(name), ms),
    exportServices: (name, services) => world.exportServices(named(name), services),
    async stop() {
      world.stop();
      for (const agent of agents.values()) await agent.close();
    },
  };
  worlds.set(simulator, world);
  return simulator;
}

/** @param {unknown} value */
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** @param {any} value */
const isClock = (value) => typeof value?.now === "function" && typeof value.setTimeout === "function";
