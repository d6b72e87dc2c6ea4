// A call that is made of several: they share its signal and its time, tell their progress as its own, and fail as it.
import { PeeringError, isPeeringError } from "./error.js";

const TIMEOUT_MS = 60_000;
const ABSENT = { code: "invalid", cluster: "", retryable: false, findings: [], left_behind: [] };

export class Composite {
  #core;
  #operation;
  #started = Date.now();
  #timeout;
  #signal;
  #onProgress;
  #end = new AbortController(); // ends whatever is still under way when one part has failed
  #left = []; // lists of what stands, or was deleted, and no part of this call will say

  constructor(core, operation, options) {
    this.#core = core;
    this.#operation = operation;
    this.options = { ...options };
    const { signal, timeout, onProgress } = this.options;
    this.#signal = signal ?? undefined;
    this.#timeout = timeout ?? TIMEOUT_MS;
    this.#onProgress = onProgress ?? undefined;
  }

  /** Runs the work. Whatever it ends with, nothing of it goes on afterwards. */
  async run(work) {
    const stop = () => this.#end.abort(this.#signal.reason);
    try {
      this.refuse(this.#core.check({}, this.options).filter(({ field }) => field.startsWith("options")));
      if (this.#signal?.aborted) throw this.#signal.reason;
      this.#signal?.addEventListener("abort", stop);
      return await work(this);
    } catch (error) {
      throw this.#ended(error);
    } finally {
      this.#signal?.removeEventListener("abort", stop);
      this.#end.abort();
    }
  }

  /** A list of what would stay behind if the call ended now: `{ cluster, peer_name, what, fix }`. */
  leftovers() {
    const left = [];
    this.#left.push(left);
    return left;
  }

  /** Options for a part. */
  part(more) {
    const left = this.#timeout - (Date.now() - this.#started);
    return { signal: this.#end.signal, timeout: Math.max(left, 1), onProgress: (event) => this.#tell(event), ...more };
  }

  /** Tells of a step of this call's own. */
  step(side, text) {
    this.#tell({ kind: "step", cluster: side.address, peer_name: side.peer_name, text });
  }

  /** Says no where a check has found errors. */
  refuse(findings) {
    const errors = findings.filter(({ severity }) => severity === "error");
    if (errors.length === 0) return;
    throw this.failure("invalid", errors.map(({ message }) => message).join("; "), { findings });
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
      ...details,
    });
  }

  /** Waits, as far as the time goes. */
  async pause(ms) {
    const { signal, timeout } = this.part();
    signal.throwIfAborted();
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
    if (Date.now() - this.#started >= this.#timeout) throw this.failure("timeout", this.#overtime());
  }

  /** How an error looks that a part has ended with, when it is this call's. */
  own(error) {
    const { code, message, findings } = error;
    const reason = code === "timeout" ? this.#overtime() : message.slice(message.indexOf(": ") + 2);
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
      this.#onProgress?.({ ...event, elapsed: Date.now() - this.#started });
    } catch {
      // A listener that throws changes nothing.
    }
  }
}
