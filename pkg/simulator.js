// For Node and Bun: the simulator's module is compiled at import. What is simulated, and what is not: simulator.d.ts.
import { readFileSync } from "node:fs";
import { load } from "./simulator/start.js";

load(readFileSync(new URL("./simulator_bg.wasm", import.meta.url)));
export { ManualClock } from "./simulator/clock.js";
export { startSimulator } from "./simulator/start.js";
