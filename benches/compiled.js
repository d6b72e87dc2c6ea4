// An imported file that only compiles the module.
import { readFileSync } from "node:fs";

export const compiled = await WebAssembly.compile(
  readFileSync(new URL("../pkg/consul_peering_bg.wasm", import.meta.url)),
);
