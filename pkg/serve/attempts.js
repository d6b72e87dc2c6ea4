// How often somebody may be wrong: so often in a while for each address, then not at all until that while is over.

const MOST_WRONG = 10;
const WHILE_MS = 15 * 60_000;
const MOST_ADDRESSES = 10_000;

export class Attempts {
  #wrong = new Map(); // address → { count, until }, the earliest first
  #now;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** How many ms an address has to wait before it may try again. */
  wait(address) {
    const { count = 0, until } = this.#of(address) ?? {};
    return count < MOST_WRONG ? 0 : until - this.#now();
  }

  /** Counts a try before it is looked at, so that many at once are many. */
  count(address) {
    const entry = this.#of(address) ?? { count: 0, until: this.#now() + WHILE_MS };
    entry.count++;
    this.#wrong.set(networkOf(address), entry);
    if (this.#wrong.size > MOST_ADDRESSES) this.#wrong.delete(this.#wrong.keys().next().value);
  }

  forgive(address) {
    this.#wrong.delete(networkOf(address));
  }

  #of(address) {
    const entry = this.#wrong.get(networkOf(address));
    return entry && entry.until > this.#now() ? entry : void this.#wrong.delete(networkOf(address));
  }
}

/** Of IPv6, one customer has a whole /64. */
export function networkOf(address) {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head, tail] = address.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = tail ? Array(8 - head.length - tail.length).fill("0") : [];
  return [...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(":");
}
