// The checks alone in a worker without network access.
import { validatePeerName } from "consul-peering/policy";

for (const name of ["fetch", "Request", "Headers"]) delete globalThis[name];
const { rule } = validatePeerName("EU")[0];

export default { fetch: () => new Response(`${rule}\n`) };
