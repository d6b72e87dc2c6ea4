// Groups checks by status and skipped checks by reason. Pure.

/**
 * @import { Check } from "consul-peering"
 *
 * @typedef {Check["status"]} Status
 * @typedef {{ cluster: string, needs: string | null, message: string, ids: string[] }} Skipped  the checks that were skipped
 *   for one reason
 */

/** The most urgent first. @type {Status[]} */
export const STATUSES = ["fail", "warning", "skipped", "pass"];

/**
 * @param {Check[]} checks
 * @param {Status} wanted
 */
export const withStatus = (checks, wanted) => checks.filter(({ status }) => status === wanted);

/**
 * The checks that the fix of a check fixes: one config entry may fix several.
 * @param {Check} check
 * @param {Check[]} shown
 */
export const sharedFix = ({ cluster, fix }, shown) =>
  shown.filter((other) => other.fix === fix && other.cluster === cluster);

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
