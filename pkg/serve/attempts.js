// The limit of failed sign-ins: a number per period for each address, then none until the period is over.

const MOST_WRONG = 10;
const WHILE_MS = 15 * 60_000;
const MOST_ADDRESSES = 10_000;

export class Attempts {
  /** @type {Map<string, { count: number, until: number }>} by network, the earliest first */
  #wrong = new Map();
  #now;

  /** @param {() => number} [now]  ms */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /**
   * How many ms an address has to wait before its next attempt.
   * @param {string} address
   */
  wait(address) {
    const entry = this.#of(address);
    return entry && entry.count >= MOST_WRONG ? entry.until - this.#now() : 0;
  }

  /**
   * Counts an attempt before it is checked, so that concurrent ones count.
   * @param {string} address
   */
  count(address) {
    const entry = this.#of(address) ?? { count: 0, until: this.#now() + WHILE_MS };
    entry.count++;
    this.#wrong.set(networkOf(address), entry);
    const [earliest] = this.#wrong.keys();
    if (this.#wrong.size > MOST_ADDRESSES) this.#wrong.delete(earliest);
  }

  /** @param {string} address */
  forgive(address) {
    this.#wrong.delete(networkOf(address));
  }

  /** @param {string} address */
  #of(address) {
    const network = networkOf(address);
    const entry = this.#wrong.get(network);
    if (entry && entry.until > this.#now()) return entry;
    this.#wrong.delete(network);
    return undefined;
  }
}

/**
 * An IPv6 customer has a whole /64.
 * @param {string} address
 */
export function networkOf(address) {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head, tail] = address.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = tail ? Array(8 - head.length - tail.length).fill("0") : [];
  return [...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(":");
}
