// Watching peerings: what stands, and again each time that something is another. Stored changes come at once, by a
// blocking query; what Consul only computes (ACTIVE, FAILING, heartbeats) raises no index and comes within the interval.
import { now } from "./clock.js";
import { Composite, readOptions } from "./composite.js";
import { isPeeringError } from "./error.js";

const OPTIONS = ["signal", "interval", "onProgress"];
const INTERVAL_MS = 2_000;
const ANSWER_MS = 15_000; // beyond the time that Consul was asked to wait
/** Between the beginnings of two reads, however often something changes and whatever a server answers. */
const LEAST_MS = 250;
const PAUSE_FIRST_MS = 250;
const PAUSE_MAX_MS = 5_000;
/** What may pass by itself: a server that restarts, a leader that is being elected, a network that is down. */
const PASSING = [
  "network",
  "timeout",
  "not_ready",
  "leader_unreachable",
  "rate_limited",
  "server_error",
  "unexpected_answer",
  "unreachable",
];

const OWN = {
  interval: {
    fits: (value) => value > 0 && value <= 600_000,
    wanted: "a number of ms above 0, at most 600000",
    fix: `Leave it out for ${INTERVAL_MS}.`,
  },
};

export function watch(core, cluster, ref, given) {
  if (given === undefined && isOptions(ref)) [ref, given] = [undefined, ref];
  const { options, findings } = readOptions(core, given, OWN);
  const { onProgress } = options;
  const signal = findings.length === 0 ? options.signal : undefined;
  const interval = options.interval ?? INTERVAL_MS;
  const call = new Composite(core, "watch", { timeout: Infinity, onProgress });
  const seen = look(core, call, cluster, ref ?? undefined, interval, findings);
  let closed = false;
  const stop = () => call.end(signal.reason);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  const close = () => {
    closed = true;
    signal?.removeEventListener("abort", stop);
    call.end();
  };
  return {
    async next() {
      try {
        const step = await seen.next();
        if (step.done) close();
        return step;
      } catch (error) {
        const stopped = closed;
        close();
        if (signal?.aborted) throw signal.reason;
        if (stopped) return { done: true, value: undefined };
        throw isPeeringError(error) && error.operation !== "watch" ? call.own(error) : error;
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
  let lost; // the cluster, while a retry or a silence was the last that was reported of it
  let began = -Infinity;
  for (;;) {
    await call.pause(Math.max(0, Math.min(interval, LEAST_MS) - (now() - began)));
    began = now();
    try {
      const options = call.part({ timeout: interval + ANSWER_MS });
      const { onProgress } = options;
      options.onProgress = (event) => {
        lost = event.kind === "recovered" ? undefined : { address: event.cluster, peer_name: event.peer_name };
        onProgress(event);
      };
      const seen = await core.peek(cluster, ref, index, interval, options);
      failed = 0;
      if (lost) call.step(lost, "recovered", "the cluster responds again", "recovered");
      lost = undefined;
      // A peering that is removed while Consul waits is answered as it stood before, with a newer index than its own.
      if (index > 0 && seen.value?.modify_index < seen.index) {
        index = 0;
        continue;
      }
      const text = JSON.stringify(seen.value);
      if (text !== last) yield seen.value;
      last = text;
      // An index that went backwards is another server's, or one that was set up anew: begin again.
      index = seen.index === null || seen.index < index ? 0 : seen.index;
    } catch (error) {
      // Before the first value, a caller wants to hear what is wrong.
      if (last === undefined || !isPeeringError(error) || !PASSING.includes(error.code)) throw error;
      index = 0;
      const pause = Math.min(PAUSE_FIRST_MS * 2 ** failed++, PAUSE_MAX_MS);
      lost = { address: error.cluster, peer_name: error.peer_name };
      const text = `${call.own(error).message.replace(/\.$/, "")}: looking again in ${pause} ms`;
      call.step(lost, error.code, text, "retry");
      await call.pause(pause);
      continue;
    }
    if (index === 0) await call.pause(Math.max(0, interval - (now() - began)));
  }
}

/** An object that names no peering, and nothing else that a reference could have. */
function isOptions(value) {
  try {
    return value === Object(value) && Object.keys(value).every((key) => OPTIONS.includes(key));
  } catch {
    return false;
  }
}
