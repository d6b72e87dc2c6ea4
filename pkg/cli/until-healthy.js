// Waits until peerings are healthy.

import { setTimeout as sleep } from "node:timers/promises";
import { isHealthy } from "./health-view.js";
import { systemError } from "./system-error.js";

/**
 * @import { Failure } from "./failure.js"
 * @import { PeeringHealth } from "./health-view.js"
 * @import { Output } from "./output.js"
 *
 * @typedef {{ all: PeeringHealth[], error?: unknown, missing?: boolean }} Found  `error`: a part of it failed; `missing`: there
 *   is nothing to check yet
 */

const POLL_MS = 1_000;
/** Services may need five seconds to arrive after something was sent. */
const SERVICES_MS = 6_000;
const SERVICES_PENDING = ["import_pending", "export_pending"];

/**
 * @template {Found} T
 * @param {(first?: T) => Promise<T>} read  reads and checks; `first` is its first result
 * @param {{ wait?: number, signal: AbortSignal, output: Output }} options  `wait`: for how many ms at most; by default not
 *   at all
 * @returns {Promise<T>} what was read last
 */
export async function untilHealthy(read, { wait = 0, signal, output }) {
  const end = performance.now() + wait;
  /** @type {T | undefined} */
  let first;
  for (;;) {
    const { found, failure } = await attempt(read, first);
    first ??= found;
    if (found && !found.error && !found.missing && found.all.every(isHealthy)) return found;
    const left = end - performance.now();
    if (left > 0) {
      output.progress.show(`waiting until healthy: ${summary(found, failure)}`);
      await sleep(Math.min(left, POLL_MS), undefined, { signal });
      continue;
    }
    if (!found) throw failure;
    if (!hasPendingServices(found)) return found;
    // A last reading shows whether the difference lasts.
    await sleep(SERVICES_MS, undefined, { signal });
    return read(first);
  }
}

/**
 * @template {Found} T
 * @param {(first?: T) => Promise<T>} read
 * @param {T} [first]
 * @returns {Promise<{ found?: T, failure?: unknown }>} `failure`: one that may pass
 */
async function attempt(read, first) {
  try {
    return { found: await read(first) };
  } catch (failure) {
    /** @type {Failure} */
    const { retryable } = failure ?? {};
    if (!retryable) throw failure;
    return { failure };
  }
}

/**
 * @param {Found | undefined} found
 * @param {unknown} failure
 */
function summary(found, failure) {
  const error = failure ?? found?.error;
  if (error || !found) return systemError(error).message;
  const unhealthy = found.all.filter((each) => !isHealthy(each));
  return unhealthy.map(({ peer_name, verdict }) => `${peer_name} ${verdict}`).join(", ") || "it does not exist yet";
}

/** @param {Found} found */
const hasPendingServices = ({ all }) =>
  all.some(({ checks }) => checks.some(({ code }) => SERVICES_PENDING.includes(code)));
