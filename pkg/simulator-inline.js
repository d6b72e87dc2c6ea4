// For Deno, which would ask for permission to read a file: the simulator's module is inside the script, as text.
import { load } from "./simulator/start.js";
import base64 from "./simulator_bg.wasm.js";

load(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
export { ManualClock } from "./simulator/clock.js";
export { startSimulator } from "./simulator/start.js";
