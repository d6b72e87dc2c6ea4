// For workerd, where Cloudflare's workers run: it compiles a .wasm that is imported, and no bytes at run time.
import module from "./consul_peering_bg.wasm";
import { initSync } from "./consul_peering.js";

initSync(module);
export * from "./consul_peering.js";
