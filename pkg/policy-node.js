// Ready at import, but in a page: the package, by its own name, is loaded as suits the host.
import "consul-peering";
export * from "./policy.js";
