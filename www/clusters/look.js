// What is known of one cluster.
import { freshnessOf } from "./freshness.js";

/**
 * @import { Peering, PeeringError } from "consul-peering"
 * @import { Cluster } from "./clusters.js"
 * @import { Failure } from "./failure.js"
 */

/** How soon a watched cluster reports what Consul only computes. */
export const INTERVAL_MS = 2_000;
/** An answer that takes so much longer than it should is slow. */
const SLOW_MS = 1_500;

export class Look {
  /** @type {Peering[] | undefined} as they were seen last; undefined: not yet */
  peerings;
  /** @type {number | undefined} when Consul last confirmed it, in ms */
  sureAt;
  /** @type {number | undefined} since when it is asked */
  beganAt;
  /** @type {number | undefined} when it will be asked again, where it is not asked now */
  againAt;
  /** @type {number | undefined} since when requests fail, in ms */
  failedAt;
  /** @type {PeeringError | undefined} why there is no answer */
  error;
  /** @type {string | undefined} why there is none yet: the code of the failure after which it retries by itself */
  trouble;
  /** @type {string | undefined} why the server of this page had no response to pass on, where that is the failure */
  cause;
  /** @type {string | undefined} the same of the last request that failed so */
  lastCause;

  /** @param {Cluster} cluster */
  constructor(cluster) {
    this.cluster = cluster;
  }

  get freshness() {
    return freshnessOf(this);
  }

  /** @returns {Failure | undefined} */
  get failure() {
    const code = this.error?.code ?? this.trouble;
    return code === undefined ? undefined : { code, cause: this.cause };
  }

  /**
   * Since when nothing was heard, in ms.
   * @param {number} [now]
   */
  silent(now = Date.now()) {
    return Math.abs(now - Math.max(this.beganAt ?? now, this.sureAt ?? 0));
  }

  /**
   * - "first": the first answer is awaited
   * - "sure": as it stands
   * - "slow": an answer is awaited longer than it should take
   * - "lost": it has answered, and does not now
   * - "failed": it has not answered yet, or says no
   * @param {number} [now]
   * @returns {"first" | "sure" | "slow" | "lost" | "failed"}
   */
  status(now = Date.now()) {
    if (this.error || this.trouble) return this.peerings ? "lost" : "failed";
    // Where nothing changes, a watched cluster is silent for an interval.
    if (this.silent(now) > SLOW_MS + (this.peerings ? INTERVAL_MS : 0)) return "slow";
    return this.peerings ? "sure" : "first";
  }
}
