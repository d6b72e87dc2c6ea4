// Ready at import, except in a page: the package, by its own name, is loaded in the way of the host.
import "consul-peering";
export * from "./policy.js";
