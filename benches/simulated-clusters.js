// Starts clusters and sends their addresses to the parent: simulated-clusters.js COUNT SPEED.
import { startSimulator } from "../pkg/simulator.js";

const [count, speed] = process.argv.slice(2).map(Number);
const names = Array.from({ length: count }, (_, i) => `dc${i + 1}`);
const { clusters } = await startSimulator({ clusters: names, speed });
process.send(Object.fromEntries(Object.entries(clusters).map(([name, { address }]) => [name, address])));
process.on("disconnect", () => process.exit());
