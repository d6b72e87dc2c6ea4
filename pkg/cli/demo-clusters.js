// The two clusters of the demo: real ones where there is a Consul, otherwise simulated ones.

import { startAgents } from "./agent.js";
import { findConsul, NoConsul } from "./find-consul.js";

const NAMES = ["eu", "us"];

/**
 * Which kind it will be, why, and how to start them.
 * @typedef {{ version: string, addresses: { eu: string, us: string }, stop(): Promise<void> }} Clusters
 *
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal, simulated?: boolean }} options
 * @returns {Promise<{ kind: "real" | "simulated", why?: string, start(): Promise<Clusters> }>}
 */
export async function chooseClusters({ env, signal, simulated }) {
  if (simulated) return { kind: "simulated", why: "because of --simulated", start: simulate };
  try {
    await findConsul(env);
  } catch (error) {
    // With $CONSUL set, somebody wants that one and no other.
    if (env.CONSUL || !(error instanceof NoConsul)) throw error;
    return { kind: "simulated", why: `because ${error.reason}`, start: simulate };
  }
  const start = async () => {
    const { version, agents, stop } = await startAgents(NAMES, { signal, env });
    return { version, addresses: addressesOf(agents), stop };
  };
  return { kind: "real", start };
}

async function simulate() {
  const { startSimulator } = await import("../simulator.js"); // no other command needs it
  const { clusters, version, stop } = await startSimulator({ clusters: NAMES });
  return { version, addresses: addressesOf(clusters), stop };
}

/** @param {Record<string, { address: string }>} clusters */
const addressesOf = ({ eu, us }) => ({ eu: eu.address, us: us.address });
