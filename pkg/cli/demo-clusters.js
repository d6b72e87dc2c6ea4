// The two clusters of the demo: real ones if Consul is installed, otherwise simulated ones.

import { startAgents } from "./agent.js";
import { findConsul, NoConsul } from "./find-consul.js";

const NAMES = ["east", "west"];

/**
 * Which kind it will be, why, and how to start them.
 * @typedef {"real" | "simulated"} Kind
 * @typedef {{ version: string, addresses: { east: string, west: string }, stop(): Promise<void> }} Clusters
 * @typedef {{ kind: Kind, why?: string, start(): Promise<Clusters> }} Choice
 *
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal, simulated?: boolean }} options
 * @returns {Promise<Choice>}
 */
export async function chooseClusters({ env, signal, simulated }) {
  if (simulated) return { kind: "simulated", why: "because of --simulated", start: simulate };
  try {
    await findConsul(env);
  } catch (error) {
    // With $CONSUL set, no other one is used.
    if (env.CONSUL || !(error instanceof NoConsul)) throw error;
    return { kind: "simulated", why: `because ${error.reason}`, start: simulate };
  }
  const start = async () => {
    const { version, agents, stop } = await startAgents(NAMES, { signal, env });
    return { version, addresses: addressesOf(agents), stop };
  };
  return { kind: "real", start };
}

/**
 * Why the clusters are simulated; undefined for real ones.
 * @param {Choice} choice
 */
export const reasonOf = ({ why }) => why && `The clusters are simulated in memory, ${why}.`;

/**
 * Which Consul responds, and where.
 * @param {Choice} choice
 * @param {Clusters} clusters
 */
export const placesOf = ({ kind }, { version, addresses: { east, west } }) =>
  `${kind === "real" ? "" : "responding like "}Consul ${version}: east at ${east}, west at ${west}`;

async function simulate() {
  const { startSimulator } = await import("../simulator.js"); // only this command needs it
  const { clusters, version, stop } = await startSimulator({ clusters: NAMES });
  return { version, addresses: addressesOf(clusters), stop };
}

/** @param {Record<string, { address: string }>} clusters */
const addressesOf = ({ east, west }) => ({ east: east.address, west: west.address });
