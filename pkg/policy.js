// The checks alone, for hosts that decide before anything is applied: nothing here, nor in what it needs to be loaded,
// sends anything or asks for a fetch. `initSync(bytes)` makes it ready wherever there are WebAssembly, TextEncoder and
// TextDecoder.
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
