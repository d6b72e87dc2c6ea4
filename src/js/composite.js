// A call that is made of several: they share its signal and its time, tell their progress as its own, and fail as it.
import { now } from "./clock.js";
import { isPeeringError, partsOf, peeringError } from "./error.js";

const TIMEOUT_MS = 60_000;
const ABSENT = { code: "invalid", cluster: "", retryable: false, findings: [], left_behind: [] };

/** What is wrong with a field, as a check tells it. */
export const wrong = (field, message, fix) => ({ field, rule: "type", message, fix, severity: "error" });

/** Options, read once. `own` are those of one call alone: whether a value will do, which would, and what else to do. */
export function readOptions(core, given, own = {}) {
  let options = {};
  try {
    options = { ...given };
  } catch {
    return { options, findings: [wrong("options", "options cannot be read", "Give plain data.")] };
  }
  const found = core.check({}, given === Object(given) ? options : given);
  const findings = found.filter(({ field }) => field.startsWith("options"));
  for (const [key, { fits, wanted, fix }] of Object.entries(own)) {
    const given = options[key] ?? undefined;
    if (given !== undefined && !fits(given)) {
      findings.push(wrong(`options.${key}`, `options.${key} must be ${wanted}`, fix));
    }
  }
  return { options, findings };
}

/** What fails with these is the cluster, not one peering on it. */
const OF_CLUSTER = [
  ...["network", "timeout", "not_ready", "rate_limited", "server_error", "server_misconfigured", "unexpected_answer"],
  ...["permission_denied", "acl_token_unknown", "peering_disabled", "connect_disabled", "wrong_datacenter"],
  ...["endpoint_blocked", "writes_restricted", "partition_unsupported", "unsupported"],
];

/** An option that is either on or, by default, off. */
export const FLAG = {
  fits: (value) => typeof value === "boolean",
  wanted: "true or false",
  fix: "Leave it out for false.",
};

/** What ends the parts: a signal of our own, because a platform's warns of many listeners, and parts may be many. */
class End {
  aborted = false;
  reason;
  #listeners = new Set();

  addEventListener(_, listener) {
    this.#listeners.add(listener);
  }

  removeEventListener(_, listener) {
    this.#listeners.delete(listener);
  }

  abort(reason) {
    if (this.aborted) return;
    Object.assign(this, { aborted: true, reason });
    for (const listener of [...this.#listeners]) listener();
  }
}

export class Composite {
  #core;
  #operation;
  #started = now();
  #timeout;
  #signal;
  #onProgress;
  #findings;
  #end = new End(); // of whatever is still under way when one part has failed
  #sides = new WeakMap(); // where the error of a part comes from
  #last = ""; // why a part failed that was tried again
  #left = []; // lists of what stands, or was deleted, and no part of this call will say

  constructor(core, operation, given, own) {
    this.#core = core;
    this.#operation = operation;
    const { options, findings } = readOptions(core, given, own);
    this.options = options;
    this.#findings = findings;
    const { signal, timeout, onProgress } = options;
    this.#signal = signal ?? undefined;
    this.#timeout = timeout ?? TIMEOUT_MS;
    this.#onProgress = onProgress ?? undefined;
  }

  /** Runs the work, unless `findings` or the options are in the way. Nothing of it goes on afterwards. */
  async run(findings, work) {
    const stop = () => this.#end.abort(this.#signal.reason);
    try {
      this.refuse([...this.#findings, ...findings]);
      if (this.#signal?.aborted) throw this.#signal.reason;
      this.#signal?.addEventListener("abort", stop);
      return await work(this);
    } catch (error) {
      throw this.#ended(error);
    } finally {
      this.#signal?.removeEventListener?.("abort", stop);
      this.end();
    }
  }

  /** Ends whatever is under way. */
  end(reason) {
    this.#end.abort(reason);
  }

  /** A list of what would stay behind if the call ended now: `{ cluster, peer_name, code, what, fix, state? }`. */
  leftovers() {
    const left = [];
    this.#left.push(left);
    return left;
  }

  /** Options for a part. None begins after the deadline, as it may have passed while the process was stopped. */
  part(more) {
    const timeout = this.#timeout - (now() - this.#started);
    if (timeout <= 0) throw this.#timedOut();
    return { signal: this.#end, timeout, onProgress: (event) => this.#tell(event), ...more };
  }

  /** Reports a step of this call's own, or an event of another kind. */
  step(side, code, text, kind = "step") {
    this.#tell({ kind, code, cluster: side.address, peer_name: side.peer_name, text });
  }

  /** Tells of the state that a side is seen in, where it is another than before. */
  saw(side) {
    const { address, peer_name, standing, seen } = side;
    side.seen = standing?.state;
    if (side.seen === undefined || side.seen === seen) return;
    const text = `${peer_name} is ${side.seen}`;
    this.#tell({ kind: "state", code: "state", cluster: address, peer_name, text, state: side.seen });
  }

  /** Says no where a check has found errors. */
  refuse(findings) {
    const errors = findings.filter(({ severity }) => severity === "error");
    if (errors.length === 0) return;
    throw this.failure("invalid", errors.map(({ message }) => message).join(" "), { findings });
  }

  /** An error of this call's own; `side` is where, when it is one of two. */
  failure(code, message, { side, ...details } = {}) {
    return this.#make(code, { reason: message }, side, details);
  }

  #timedOut() {
    return this.#make("timeout", { reason: this.#last, timeout: this.#timeout });
  }

  #make(code, parts, side, details) {
    const place = side && { cluster: side.address, peer_name: side.peer_name };
    const known = {
      ...{ ...ABSENT, ...place, code, operation: this.#operation },
      ...{ hint: this.#core.hint(code), retryable: code === "timeout", ...details },
    };
    return peeringError(this.#where(side, known), parts, known);
  }

  /**
   * The operation and the cluster. A side is named as the other one calls it, so that no peer name is beside the
   * address of the cluster that it does not belong to.
   */
  #where(side, { code, cluster, peer_name }) {
    if (side) {
      const peering = OF_CLUSTER.includes(code) ? "" : `peering "${peer_name}" on `;
      return `${this.#operation}: ${peering}${side.name}${cluster ? ` (${cluster})` : ""}`;
    }
    return `${this.#operation}${cluster ? `${peer_name ? ` ${peer_name}` : ""} at ${cluster}` : ""}`;
  }

  /** What comes of a part that is done on one side; where it fails, it is known which side has failed. */
  async on(side, part) {
    try {
      return await part;
    } catch (error) {
      if (isPeeringError(error)) {
        this.#sides.set(error, side);
        this.#last = partsOf(error).reason;
      }
      throw error;
    }
  }

  /** Waits, as far as the time goes. */
  async pause(ms) {
    const { signal, timeout } = this.part();
    if (signal.aborted) throw signal.reason;
    await new Promise((resolve, reject) => {
      const aborted = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const done = () => {
        signal.removeEventListener("abort", aborted);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, timeout));
      signal.addEventListener("abort", aborted);
    });
    if (now() - this.#started >= this.#timeout) throw this.#timedOut();
  }

  /** How an error looks that a part has ended with, when it is this call's; `sides` are those of the pair it ended. */
  own(error, sides = []) {
    const failed = this.#sides.get(error);
    const side = failed && (sides.find(({ name }) => name === failed.name) ?? failed);
    const details = { ...error, operation: this.#operation, ...(side && { peer_name: side.peer_name }) };
    const { reason, timeout } = partsOf(error);
    // Of the part's time, what was left of this call's.
    const limit = timeout !== undefined && Number.isFinite(this.#timeout) ? this.#timeout : timeout;
    return peeringError(this.#where(side, details), { reason, timeout: limit }, details, error.cause);
  }

  #ended(error) {
    if (this.#signal?.aborted) {
      for (const { cluster, peer_name, code, what, fix, state } of this.#left.flat()) {
        const known = state === undefined ? {} : { state };
        this.#tell({ kind: "left_behind", code, cluster, peer_name, text: `${what}. ${fix}`, ...known });
      }
      return this.#signal.reason;
    }
    if (!isPeeringError(error)) return error;
    const own = error.operation === this.#operation ? error : this.own(error);
    own.left_behind = [...own.left_behind, ...this.#left.flat()];
    return own;
  }

  #tell(event) {
    try {
      this.#onProgress?.({ ...event, elapsed: Math.floor(now() - this.#started) });
    } catch {
      // A listener that throws changes nothing.
    }
  }
}
