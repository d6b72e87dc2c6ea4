// Ready at import, except in a page: the package, by its own name, is loaded by the host's loader.
import "consul-peering";
export * from "./policy.js";
