// For Node and Bun: the module is compiled at import, synchronously, so that `require()` works too (a top-level await
// would make it throw ERR_REQUIRE_ASYNC_MODULE) and no call has to wait for `init`.
import { readFileSync } from "node:fs";
import { initSync } from "./consul_peering.js";
import { missing } from "./missing.js";

try {
  initSync(readFileSync(new URL("./consul_peering_bg.wasm", import.meta.url)));
} catch (cause) {
  throw missing(cause);
}
export * from "./consul_peering.js";
