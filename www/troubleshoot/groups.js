// What was found, in the order in which it is read: failed checks first. Pure.

/**
 * @import { Check } from "consul-peering"
 *
 * @typedef {Check["status"]} Status
 * @typedef {{ cluster: string, needs: string | null, message: string, ids: string[] }} Skipped  checks that are skipped for
 *   the same reason
 */

/** The one that needs attention first comes first. @type {Status[]} */
export const STATUSES = ["fail", "warning", "skipped", "pass"];

/**
 * @param {Check[]} checks
 * @param {Status} wanted
 */
export const withStatus = (checks, wanted) => checks.filter(({ status }) => status === wanted);

/**
 * @param {Check[]} checks
 * @returns {Skipped[]}
 */
export function skippedGroups(checks) {
  /** @type {Map<string, Skipped>} */
  const groups = new Map();
  for (const { id, cluster, needs, message } of withStatus(checks, "skipped")) {
    const key = JSON.stringify([cluster, needs ?? message]);
    const group = groups.get(key) ?? { cluster, needs, message, ids: [] };
    groups.set(key, group);
    group.ids.push(id);
  }
  return [...groups.values()];
}
