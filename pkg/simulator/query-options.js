// What a read's query asks for beside its result: whether to be kept waiting for a change, and how fresh it must be.

import { refuse } from "./answers.js";
import { parseDuration } from "./go.js";

const WAIT_DEFAULT_MS = 300_000;
const WAIT_MAX_MS = 600_000;
/** Consul waits up to a sixteenth longer, so that not all who wait come back at once. */
const WAIT_JITTER = 16;

/**
 * @param {URLSearchParams} query
 * @returns {{ index: number, wait: number, jitter: number } | { wrong: string }} ms, and at most so many ms more
 */
export function readQueryOptions(query) {
  const staleness = query.get("max_stale") ?? "";
  if (staleness !== "" && parseDuration(staleness) === undefined) {
    return { wrong: `Invalid max_stale value ${JSON.stringify(staleness)}` };
  }
  const stale = query.has("stale") || (staleness !== "" && parseDuration(staleness) > 0);
  if (stale && query.has("consistent")) {
    return { wrong: "Cannot specify ?stale with ?consistent, conflicting semantics." };
  }
  const asked = query.get("wait") ? parseDuration(query.get("wait")) : 0;
  if (asked === undefined) return { wrong: "Invalid wait time" };
  // As a µ it goes from the agent to its servers, and they do not take that.
  if (asked >= 0.001 && asked < 1) {
    throw refuse(500, 'header key "max-query-time" contains value with non-printable ASCII characters');
  }
  const index = query.get("index") || "0";
  if (!/^[0-9]+$/.test(index)) return { wrong: "Invalid index" };
  const wait = asked > 0 ? Math.min(asked, WAIT_MAX_MS) : WAIT_DEFAULT_MS;
  return { index: Number(index), wait, jitter: wait / WAIT_JITTER };
}
