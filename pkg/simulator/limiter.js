// A token bucket, as Consul's leader holds itself back with: so many at once, and then one after each interval.

export class Limiter {
  #fullAt = -Infinity;

  constructor(intervalMs, burst) {
    this.intervalMs = intervalMs;
    this.burst = burst;
  }

  /** Takes one, and says when it may be used. */
  reserve(now) {
    this.#fullAt = Math.max(this.#fullAt, now) + this.intervalMs;
    return Math.max(now, this.#fullAt - this.burst * this.intervalMs);
  }

  /** Somebody else has taken all there were. */
  drain(now) {
    this.#fullAt = Math.max(this.#fullAt, now + this.burst * this.intervalMs);
  }
}
