// Simulated clusters in their own process, so that their cost is not measured.
import { startProcess } from "./process.js";

/** @returns {Promise<{ clusters: Record<string, string>, stop(): void }>} their addresses, by name */
export async function startSimulated(count, speed) {
  const { message: clusters, stop } = await startProcess("simulated-clusters.js", count, speed);
  return { clusters, stop };
}
