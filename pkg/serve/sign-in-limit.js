// The limit of failed sign-ins: a number per period for each address, then none until the period is over.

const FAILURES_MAX = 10;
const WINDOW_MS = 15 * 60_000;
const ADDRESSES_MAX = 10_000;

export class SignInLimit {
  /** @type {Map<string, { count: number, until: number }>} by network, the earliest first */
  #failures = new Map();
  #now;

  /** @param {() => number} [now]  ms */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /**
   * The ms until the next attempt of an address is allowed.
   * @param {string} address
   */
  retryAfter(address) {
    const entry = this.#entry(address);
    return entry && entry.count >= FAILURES_MAX ? entry.until - this.#now() : 0;
  }

  /**
   * Counts an attempt before it is checked, so that concurrent ones count.
   * @param {string} address
   */
  count(address) {
    const entry = this.#entry(address) ?? { count: 0, until: this.#now() + WINDOW_MS };
    entry.count++;
    this.#failures.set(networkOf(address), entry);
    const [earliest] = this.#failures.keys();
    if (this.#failures.size > ADDRESSES_MAX) this.#failures.delete(earliest);
  }

  /** @param {string} address */
  reset(address) {
    this.#failures.delete(networkOf(address));
  }

  /** @param {string} address */
  #entry(address) {
    const network = networkOf(address);
    const entry = this.#failures.get(network);
    if (entry && entry.until > this.#now()) return entry;
    this.#failures.delete(network);
    return undefined;
  }
}

/**
 * The network that is limited as one. An IPv6 subscriber usually has a /64, so it counts as a whole.
 * @param {string} address
 */
export function networkOf(address) {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head, tail] = address.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = tail ? Array(8 - head.length - tail.length).fill("0") : [];
  return [...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(":");
}
