// The statuses of checks. Pure.

/**
 * @import { Check } from "consul-peering"
 *
 * @typedef {Check["status"]} Status
 */

/** The most urgent first. @type {Status[]} */
export const STATUSES = ["fail", "warning", "skipped", "pass"];

/**
 * @param {Check[]} checks
 * @param {Status} wanted
 */
export const withStatus = (checks, wanted) => checks.filter(({ status }) => status === wanted);
