// CommonJS: `require()` of this package works on Node from 20.19 and 22.12 on, and the types know it.
// Compiled by `tsc -p tests/types/nodenext.json`; never run.
import peering = require("consul-peering");

const gone: Promise<peering.Peering | null> = peering.delete("http://127.0.0.1:8500", "eu");
void gone;

// @ts-expect-error there is no default export
peering.default;
