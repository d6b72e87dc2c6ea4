// A call that is made of several: they share its signal and its time, tell their progress as its own, and fail as it.
import { now } from "./clock.js";
import { PeeringError, isPeeringError } from "./error.js";

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

  /** A list of what would stay behind if the call ended now: `{ cluster, peer_name, what, fix }`. */
  leftovers() {
    const left = [];
    this.#left.push(left);
    return left;
  }

  /** Options for a part. None begins after the deadline, as it may have passed while the process was stopped. */
  part(more) {
    const timeout = this.#timeout - (now() - this.#started);
    if (timeout <= 0) throw this.failure("timeout", this.#overtime());
    return { signal: this.#end, timeout, onProgress: (event) => this.#tell(event), ...more };
  }

  /** Reports a step of this call's own, or with another `kind`, what `more` says with it. */
  step(side, text, kind = "step", more) {
    this.#tell({ kind, cluster: side.address, peer_name: side.peer_name, text, ...more });
  }

  /** Tells of the state that a side is seen in, where it is another than before. */
  saw(side) {
    const { address, peer_name, standing, seen } = side;
    side.seen = standing?.state;
    if (side.seen === undefined || side.seen === seen) return;
    const text = `${peer_name} is ${side.seen}`;
    this.#tell({ kind: "state", cluster: address, peer_name, text, state: side.seen });
  }

  /** Says no where a check has found errors. */
  refuse(findings) {
    const errors = findings.filter(({ severity }) => severity === "error");
    if (errors.length === 0) return;
    throw this.failure("invalid", errors.map(({ message }) => message).join(" "), { findings });
  }

  /** An error of this call's own; `side` is where, when it is one of two. */
  failure(code, message, { side, ...details } = {}) {
    const place = side ? ` ${side.peer_name} at ${side.address}` : "";
    const where = side && { cluster: side.address, peer_name: side.peer_name };
    return new PeeringError(`${this.#operation}${place}: ${message}`, {
      ...ABSENT,
      ...where,
      code,
      operation: this.#operation,
      hint: this.#core.hint(code),
      retryable: code === "timeout",
      ...details,
    });
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
    if (now() - this.#started >= this.#timeout) throw this.failure("timeout", this.#overtime());
  }

  /** How an error looks that a part has ended with, when it is this call's. */
  own(error) {
    const { code, message, findings } = error;
    const late = code === "timeout" && Number.isFinite(this.#timeout);
    const reason = late ? this.#overtime() : message.slice(message.indexOf(": ") + 2);
    const place = error.cluster ? `${error.peer_name ? ` ${error.peer_name}` : ""} at ${error.cluster}` : "";
    const details = { ...error, findings, operation: this.#operation };
    return new PeeringError(`${this.#operation}${place}: ${reason}`, details, error.cause);
  }

  #overtime() {
    return `not done after ${Math.floor(this.#timeout)} ms`;
  }

  #ended(error) {
    if (this.#signal?.aborted) {
      for (const { cluster, peer_name, what, fix } of this.#left.flat()) {
        this.#tell({ kind: "left_behind", cluster, peer_name, text: `${what}. ${fix}` });
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
