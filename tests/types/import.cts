// CommonJS for Node 16's rules, which know no `require()` of an ES module: `import()` is there.
// Compiled by `tsc -p tests/types/node16.json`; never run.
import type { Peering } from "consul-peering" with { "resolution-mode": "import" };

async function all(): Promise<Peering[]> {
  const { list } = await import("consul-peering");
  return list("http://127.0.0.1:8500");
}
void all;

// @ts-expect-error these rules refuse it; `nodenext` takes it, as the Nodes do that this package supports
import peering = require("consul-peering");
void peering;
