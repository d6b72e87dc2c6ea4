// The checks alone in a worker that can reach nothing: it has a Response to answer with, and nothing to ask by.
import { validatePeerName } from "consul-peering/policy";

for (const name of ["fetch", "Request", "Headers"]) delete globalThis[name];
const { rule } = validatePeerName("EU")[0];

export default { fetch: () => new Response(`${rule}\n`) };
