// Watching peerings: what stands, and again each time that something is another. Stored changes come at once, by a
// blocking query; what Consul only computes (ACTIVE, FAILING, heartbeats) raises no index and comes within the interval.
import { Composite } from "./composite.js";
import { isPeeringError } from "./error.js";

const INTERVAL_MS = 2_000;
const ANSWER_MS = 15_000; // beyond the time that Consul was asked to wait
const PAUSE_FIRST_MS = 250;
const PAUSE_MAX_MS = 5_000;
/** What may pass by itself: a server that restarts, a leader that is being elected, a network that is down. */
const PASSING = ["network", "timeout", "not_ready", "rate_limited", "server_error", "unexpected_answer", "unreachable"];

export function watch(core, cluster, ref, options) {
  if (options === undefined && isOptions(ref)) [ref, options] = [undefined, ref];
  const { signal, interval = INTERVAL_MS, onProgress } = { ...options };
  const end = new AbortController();
  const call = new Composite(core, "watch", { signal: end.signal, timeout: Infinity, onProgress });
  const findings = [];
  if (!(interval > 0 && interval <= 600_000)) {
    const message = "options.interval must be a number of ms above 0, at most 600000";
    findings.push({
      field: "options.interval",
      rule: "type",
      message,
      fix: "Leave it out for 2000.",
      severity: "error",
    });
  }
  const stop = () => end.abort(signal.reason);
  signal?.addEventListener?.("abort", stop);
  if (signal?.aborted) stop();
  const seen = look(core, call, cluster, ref ?? undefined, interval, findings);
  const close = () => {
    signal?.removeEventListener?.("abort", stop);
    end.abort();
  };
  return {
    async next() {
      try {
        const step = await seen.next();
        if (step.done) close();
        return step;
      } catch (error) {
        const stopped = end.signal.aborted && !signal?.aborted;
        close();
        if (stopped) return { done: true, value: undefined };
        throw signal?.aborted
          ? signal.reason
          : isPeeringError(error) && error.operation !== "watch"
            ? call.own(error)
            : error;
      }
    },
    async return(value) {
      close();
      await seen.return().catch(() => {});
      return { done: true, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* look(core, call, cluster, ref, interval, findings) {
  call.refuse(findings);
  let last;
  let index = 0;
  let failed = 0;
  for (;;) {
    const began = Date.now();
    try {
      const seen = await core.peek(cluster, ref, index, interval, call.part({ timeout: interval + ANSWER_MS }));
      failed = 0;
      const text = JSON.stringify(seen.value);
      if (text !== last) yield seen.value;
      last = text;
      // An index that went backwards is another server's, or one that was set up anew: begin again.
      index = seen.index === null || seen.index < index ? 0 : seen.index;
    } catch (error) {
      // Before the first value, a caller wants to hear what is wrong.
      if (last === undefined || !isPeeringError(error) || !PASSING.includes(error.code)) throw error;
      index = 0;
      await call.pause(Math.min(PAUSE_FIRST_MS * 2 ** failed++, PAUSE_MAX_MS));
      continue;
    }
    if (index === 0) await call.pause(Math.max(0, interval - (Date.now() - began)));
  }
}

const isOptions = (value) =>
  value !== null &&
  typeof value === "object" &&
  value.peer_name === undefined &&
  ["signal", "interval", "onProgress"].some((key) => key in value);
