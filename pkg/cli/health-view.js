// The health of peerings, for people and programs.

import { table } from "./output.js";
import { stateBadge } from "./peering-view.js";
import { printable } from "./terminal.js";

/**
 * @import { Health, HealthOptions, Peering, Verdict } from "../index.js"
 * @import { Library } from "./commands/index.js"
 * @import { Colours, Style } from "./terminal.js"
 *
 * @typedef {Health & Pick<Peering, "peer_name" | "state" | "role" | "remote"> & { cluster: string, heartbeat: string | null }}
 *   PeeringHealth  a peering with its verdict, as --json has it; `cluster` is its alias, or its address
 */

/** @type {Record<Verdict, Style>} */
const VERDICT_COLOUR = { healthy: "green", starting: "yellow", degraded: "yellow", broken: "red", ending: "dim" };

/** @param {{ verdict: Verdict }} withHealth */
export const isHealthy = ({ verdict }) => verdict === "healthy";

/**
 * @param {Library} library
 * @param {string} cluster
 * @param {Peering} found
 * @param {HealthOptions} [given]
 * @returns {PeeringHealth}
 */
export function withHealth({ health: check }, cluster, found, given) {
  const { peer_name, state, role, remote, stream } = found;
  return { cluster, peer_name, state, role, remote, heartbeat: stream.last_heartbeat, ...check(found, given) };
}

/**
 * A line for each; with the cluster if it is not the same for all.
 * @param {PeeringHealth[]} all
 * @param {Colours} colour
 * @param {{ several?: boolean }} [options]
 */
export function healthTable(all, colour, { several = false } = {}) {
  const rows = all.map(({ cluster, peer_name, state, verdict, reasons }) => [
    ...(several ? [printable(cluster)] : []),
    printable(peer_name),
    colour[VERDICT_COLOUR[verdict]](verdict),
    stateBadge(state, colour),
    printable(reasons.join("; ")),
  ]);
  return table([...(several ? ["CLUSTER"] : []), "PEER", "HEALTH", "STATE", "WHY"], rows, colour);
}
