// How to call a service of another cluster.

import { printable } from "./terminal.js";

/**
 * @import { Peering } from "../index.js"
 *
 * @typedef {{ name: string, dns: string[], upstream: string }} Callable
 */

/**
 * The names of a service, and the upstream for it.
 * @param {Callable} service
 */
export function callView({ name, dns, upstream }) {
  const lines = [...dns, ...upstream.split("\n")].map((line) => `  ${printable(line)}\n`);
  return `Call ${printable(name)} by one of these names, or with this upstream in the caller's sidecar proxy:\n${lines.join("")}`;
}

/**
 * The services that a peering imports.
 * @param {Peering} peering
 * @returns {Callable[]}
 */
export const importedServices = ({ peer_name, stream }) =>
  stream.imported_services.map((name) => ({
    name,
    dns: ["service", "virtual"].map((kind) => `${name}.${kind}.${peer_name}.peer.consul`),
    upstream: `upstreams {
  destination_name = "${name}"
  destination_peer = "${peer_name}"
  local_bind_port  = 9191
}`,
  }));
