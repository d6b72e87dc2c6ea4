// Waiting until peerings are healthy.

import { setTimeout as sleep } from "node:timers/promises";
import { isHealthy } from "./health-view.js";

const POLL_MS = 1_000;
/** Services may be on their way for five seconds after something was sent. */
const SERVICES_MS = 6_000;
const SERVICES_PENDING = ["import_pending", "export_pending"];

/**
 * @template {{ all: object[], error?: Error, missing?: boolean }} T
 * @param {(first?: T) => Promise<T>} read  reads and judges; `first` is what it read first. `error`: a part of it failed,
 *   `missing`: there is nothing to judge yet
 * @param {{ wait?: number, signal: AbortSignal, output: object }} options  `wait`: for how many ms at most; by default not
 *   at all
 * @returns {Promise<T>} what was read last
 */
export async function untilHealthy(read, { wait = 0, signal, output }) {
  const end = performance.now() + wait;
  let first;
  for (;;) {
    let failure;
    let found;
    try {
      found = await read(first);
      first ??= found;
    } catch (error) {
      if (!error.retryable) throw error;
      failure = error;
    }
    if (found && !found.error && !found.missing && found.all.every(isHealthy)) return found;
    const left = end - performance.now();
    if (left > 0) {
      output.progress.show(`waiting until healthy: ${summary(found, failure)}`);
      await sleep(Math.min(left, POLL_MS), undefined, { signal });
      continue;
    }
    if (failure) throw failure;
    if (!hasPendingServices(found)) return found;
    // A last reading tells whether the difference lasts.
    await sleep(SERVICES_MS, undefined, { signal });
    return read(first);
  }
}

function summary(found, failure) {
  if (failure ?? found.error) return (failure ?? found.error).message;
  const unhealthy = found.all.filter((each) => !isHealthy(each));
  return unhealthy.map(({ peer_name, verdict }) => `${peer_name} ${verdict}`).join(", ") || "it does not exist yet";
}

const hasPendingServices = ({ all }) =>
  all.some(({ checks }) => checks.some(({ code }) => SERVICES_PENDING.includes(code)));
