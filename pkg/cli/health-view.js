// The health of peerings, as people and as programs read it.

import { table } from "./output.js";
import { stateBadge } from "./peering-view.js";
import { printable } from "./terminal.js";

const VERDICT_COLOUR = { healthy: "green", starting: "yellow", degraded: "yellow", broken: "red", ending: "dim" };

export const isHealthy = ({ verdict }) => verdict === "healthy";

/**
 * A peering with its verdict, as --json has it.
 * @param {string} cluster  its alias, or its address
 */
export function judged({ health: judge }, cluster, found, given) {
  const { peer_name, state, role, remote, stream } = found;
  return { cluster, peer_name, state, role, remote, heartbeat: stream.last_heartbeat, ...judge(found, given) };
}

/** A line for each; with the cluster where it is not the same for all. */
export function healthTable(all, colour, { several = false } = {}) {
  const rows = all.map(({ cluster, peer_name, state, verdict, reasons }) => [
    ...(several ? [printable(cluster)] : []),
    printable(peer_name),
    (colour[VERDICT_COLOUR[verdict]] ?? String)(verdict),
    stateBadge(state, colour),
    printable(reasons.join("; ")),
  ]);
  return table([...(several ? ["CLUSTER"] : []), "PEER", "HEALTH", "STATE", "WHY"], rows, colour);
}
