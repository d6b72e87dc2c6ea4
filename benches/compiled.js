// What a file that is imported costs which compiles the module, and does nothing else.
import { readFileSync } from "node:fs";

export const compiled = await WebAssembly.compile(
  readFileSync(new URL("../pkg/consul_peering_bg.wasm", import.meta.url)),
);
