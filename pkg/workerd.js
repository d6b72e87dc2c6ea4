// For workerd, which Cloudflare's workers use: it compiles an imported .wasm, and no bytes at run time.
import module from "./consul_peering_bg.wasm";
import { initSync } from "./consul_peering.js";

initSync(module);
export * from "./consul_peering.js";
