// The latest data of one cluster, and the state of its requests. Times are in ms since 1970.
import { SLOW_MS } from "../elements/elapsed.js";
import { freshnessOf } from "./freshness.js";

/**
 * @import { Peering, PeeringError } from "consul-peering"
 * @import { Cluster } from "./clusters.js"
 * @import { Failure } from "./failure.js"
 */

/** The interval of a watch, which is also the longest time without a response if nothing changes. */
export const INTERVAL_MS = 2_000;

export class Snapshot {
  /** @type {Peering[] | undefined} the last response; undefined before the first one */
  peerings;
  /** @type {number | undefined} when Consul last confirmed it */
  checkedAt;
  /** @type {number | undefined} when reading started */
  startedAt;
  /** @type {number | undefined} when it will be retried; undefined while a request is pending */
  retryAt;
  /** @type {number | undefined} since when requests fail */
  failedAt;
  /** @type {PeeringError | undefined} the error that ended the last call */
  error;
  /** @type {string | undefined} the code of the failure that the current watch retries */
  retryCode;
  /** @type {string | undefined} the code of the page's server, if it had no response of the cluster to forward */
  cause;
  /** @type {string | undefined} the last such code */
  lastCause;

  /** Whether the last response has a successful status; its body may still be invalid. */
  hasResponse = false;

  /** @param {Cluster} cluster */
  constructor(cluster) {
    this.cluster = cluster;
  }

  get freshness() {
    return freshnessOf(this);
  }

  /** @returns {Failure | undefined} */
  get failure() {
    const code = this.error?.code ?? this.retryCode;
    return code === undefined ? undefined : { code, cause: this.cause };
  }

  /**
   * The time since the last response, in ms.
   * @param {number} [now]
   */
  silentFor(now = Date.now()) {
    return Math.abs(now - Math.max(this.startedAt ?? now, this.checkedAt ?? 0));
  }

  /**
   * - "reading": waiting for the first response
   * - "current": confirmed by the last response
   * - "slow": a response is overdue
   * - "lost": requests fail after earlier ones succeeded
   * - "failed": all requests have failed so far
   * @param {number} [now]
   * @returns {"reading" | "current" | "slow" | "lost" | "failed"}
   */
  status(now = Date.now()) {
    if (this.error || this.retryCode) return this.peerings ? "lost" : "failed";
    // A blocking query without a change takes an interval.
    if (this.silentFor(now) > SLOW_MS + (this.peerings ? INTERVAL_MS : 0)) return "slow";
    return this.peerings ? "current" : "reading";
  }
}
