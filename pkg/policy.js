// Only the checks, for hosts that decide before anything is applied: nothing here, nor in its dependencies, sends
// anything or needs a fetch. `initSync(bytes)` loads it wherever there are WebAssembly, TextEncoder and TextDecoder.
export {
  checkTerraform,
  countTerraform,
  health,
  init,
  initSync,
  inspectToken,
  isPeeringError,
  PeeringError,
  validatePeering,
  validatePeerName,
  validateToken,
} from "./consul_peering.js";
