// What the command line and the page have in common about the checks of troubleshoot: the commands of a fix with the names
// that people use, and what belongs together.

import { command, nameOptions } from "./command.js";

/**
 * @import { Check, Repair } from "./index.js"
 * @import { Option } from "./command.js"
 *
 * @typedef {object} Naming  the clusters as the reader of a fix calls them
 * @property {(cluster: string) => string} nameOf  an alias, or the address
 * @property {(name: string) => Record<string, Option>} selecting  the options that select a cluster
 * @property {Record<string, Option>} [options]  of a command on two clusters
 * @property {(name: string) => boolean} hasAddresses  whether the command knows the cluster's external addresses
 *
 * @typedef {{ cluster: string, needs: string | null, message: string, ids: string[] }} Skipped  the checks that were skipped
 *   for one reason
 */

const ADDRESSES =
  "# Add --external-address HOST:PORT for each address of the acceptor's load balancer, or --no-external-addresses.";

/**
 * The fix of a check. Aliases in its commands use the ACL token and the other settings of clusters.json.
 * @param {Pick<Check, "fix" | "repair" | "cluster" | "peer_name">} check
 * @param {Naming} naming
 */
export function fixText({ fix, repair, cluster, peer_name }, { nameOf, selecting, options = {}, hasAddresses }) {
  if (!repair) return fix;
  /** @param {Repair["acceptor"]} side */
  const named = (side) => ({ alias: nameOf(side.cluster), peer_name: side.peer_name });
  const [a, b] = [named(repair.acceptor), named(repair.dialer)];
  return [
    ...(repair.delete_first ? [command("delete", [peer_name], { ...selecting(nameOf(cluster)), yes: true })] : []),
    ...(hasAddresses(a.alias) ? [] : [ADDRESSES]),
    command(repair.command, [a.alias, b.alias], { ...nameOptions(a, b), ...options }),
  ].join("\n");
}

/**
 * The checks that the fix of a check fixes: one config entry may fix several.
 * @param {Check} check
 * @param {Check[]} shown
 */
export const sharedFix = (check, shown) =>
  shown.filter(
    (other) => other === check || (check.fix !== null && other.fix === check.fix && other.cluster === check.cluster),
  );

/**
 * The skipped checks by cluster and reason. Both sides may have skipped the same check.
 * @param {Check[]} checks
 * @returns {Skipped[]}
 */
export function skippedGroups(checks) {
  /** @type {Map<string, Skipped>} */
  const groups = new Map();
  for (const { id, status, cluster, needs, message } of checks) {
    if (status !== "skipped") continue;
    const key = JSON.stringify([cluster, needs ?? message]);
    const group = groups.get(key) ?? { cluster, needs, message, ids: [] };
    groups.set(key, group);
    if (!group.ids.includes(id)) group.ids.push(id);
  }
  return [...groups.values()];
}
