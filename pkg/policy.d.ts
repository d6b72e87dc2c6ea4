/**
 * Only the checks of `consul-peering`: synchronous, without network. For hosts that decide before anything is applied,
 * such as an admission hook, a policy engine or a sandbox.
 *
 * In Node, Deno and Bun it is ready at import. Elsewhere {@link initSync} loads it from the bytes of
 * `consul-peering/consul_peering_bg.wasm`, or {@link init}. It needs WebAssembly, TextEncoder and TextDecoder, and no
 * fetch, Request, Headers or Response.
 *
 * @example
 * ```ts
 * import { checkTerraform, initSync } from "consul-peering/policy";
 *
 * initSync(bytes);
 * const allowed = checkTerraform(plan).every((finding) => finding.severity !== "error");
 * ```
 *
 * @module consul-peering/policy
 */
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
} from "./index.js";
export type {
  ClusterIdentity,
  Finding,
  Health,
  HealthCheck,
  HealthOptions,
  Locality,
  ModuleSource,
  Peering,
  State,
  TerraformCount,
  TokenAuthority,
  TokenInfo,
  ValidateOptions,
  Verdict,
} from "./index.js";
