// The checks alone, which take no right at all: ready at import.
import { validatePeerName } from "consul-peering/policy";

console.log(validatePeerName("EU")[0].rule);
