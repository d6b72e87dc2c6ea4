// The verdicts on peerings, each kept as long as nothing that it depends on has changed. Pure: the judge is handed in.

/** Verdicts depend on the time as well: a heartbeat grows old, a certificate expires. */
const KEPT_MS = 15_000;
/** So long may it take at once to judge again what was kept; the rest waits for the next time. */
const BUDGET_MS = 8;

export class Verdicts {
  #health;
  #kept = new Map(); // by cluster, peering and what is known of its other side; the oldest first

  /** @param {typeof import("consul-peering").health} health */
  constructor(health) {
    this.#health = health;
  }

  /**
   * @param {{ alias: string, peering: Peering, staleSince?: number }} side
   * @param {{ peering: Peering, staleSince?: number } | null} [other]  the other side, where it is seen; null: it does not
   *   exist
   * @param {{ datacenter?: string, trust_domain?: string }} [identity]  of the cluster where it does not exist
   * @returns {{ verdict: string, reasons: string[], codes: string[] }}
   */
  of({ alias, peering, staleSince }, other, identity, now = Date.now()) {
    if (staleSince !== undefined) return { verdict: "unknown", reasons: [], codes: [] };
    const there = other && (other.staleSince === undefined ? other.peering : undefined);
    const id = `${alias}/${peering.id}/${there === null}`;
    const last = this.#kept.get(id);
    if (last && isSame(last.peering, peering) && isSame(last.there, there) && last.identity === identity) {
      return Object.assign(last, { peering, there }).result;
    }
    return this.#judge(id, { peering, there, identity }, now);
  }

  /**
   * Judges again what was judged some time ago.
   * @param {Set<Peering>} present  those that are still there
   * @returns {boolean} whether anything has become another
   */
  renew(present, now = Date.now(), clock = () => performance.now()) {
    const end = clock() + BUDGET_MS;
    let isOther = false;
    for (const [id, entry] of this.#kept) {
      if (now - entry.at < KEPT_MS || clock() > end) break;
      if (!present.has(entry.peering)) {
        this.#kept.delete(id);
        continue;
      }
      const { verdict, reasons } = this.#judge(id, entry, now);
      isOther ||= verdict !== entry.result.verdict || reasons.join() !== entry.result.reasons.join();
    }
    return isOther;
  }

  #judge(id, { peering, there, identity }, now) {
    const { checks, ...judged } = this.#health(peering, { other: there, otherCluster: identity, now: new Date(now) });
    const result = { ...judged, codes: checks.map(({ code }) => code) };
    this.#kept.delete(id); // the newest is last
    this.#kept.set(id, { peering, there, identity, at: now, result });
    return result;
  }
}

/** Whether the verdict on one would be the verdict on the other. */
const isSame = (a, b) => a === b || Boolean(a && b && fingerprint(a) === fingerprint(b));

const fingerprints = new WeakMap();

function fingerprint(peering) {
  if (!fingerprints.has(peering)) {
    const { id, state, role, modify_index, stream } = peering;
    fingerprints.set(peering, [id, state, role, modify_index, Object.values(stream)].join());
  }
  return fingerprints.get(peering);
}
