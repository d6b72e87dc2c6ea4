// Simulated clusters in a process of their own, so that what they cost is not counted.
import { startProcess } from "./process.js";

/** @returns {Promise<{ clusters: Record<string, string>, stop(): void }>} their addresses, by name */
export async function startSimulated(count, speed) {
  const { said: clusters, stop } = await startProcess("simulated-clusters.js", count, speed);
  return { clusters, stop };
}
