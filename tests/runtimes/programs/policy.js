// The checks alone, which need no permission: ready at import.
import { validatePeerName } from "consul-peering/policy";

console.log(validatePeerName("EU")[0].rule);
