// The verdicts on peerings, each kept as long as nothing that it depends on has changed. Pure: the judge is handed in.

/**
 * @import { Peering } from "consul-peering"
 * @import { Half, Identity } from "../clusters/links.js"
 * @import { Verdict } from "../elements/verdict.js"
 *
 * @typedef {{ verdict: Verdict, reasons: string[], codes: string[] }} Result
 * @typedef {{ peering: Peering, there?: Peering | null, identity?: Identity }} Case  what a verdict depends on
 * @typedef {Case & { at: number, result: Result }} Kept
 */

/** Verdicts depend on the time as well: a heartbeat grows old, a certificate expires. */
const KEPT_MS = 15_000;
/** So long may it take at once to judge again what was kept; the rest waits for the next time. */
const BUDGET_MS = 8;

export class Verdicts {
  #health;
  /** @type {Map<string, Kept>} by cluster, peering and what is known of its other side; the oldest first */
  #kept = new Map();

  /** @param {typeof import("consul-peering").health} health */
  constructor(health) {
    this.#health = health;
  }

  /**
   * @param {Half} side
   * @param {Omit<Half, "alias"> | null} [other]  the other side, where it is seen; null: it does not exist
   * @param {Identity} [identity]  of the cluster where it does not exist
   * @param {number} [now]
   * @returns {Result}
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
   * @param {number} [now]
   * @param {() => number} [clock]  ms
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

  /**
   * @param {string} id
   * @param {Case} known
   * @param {number} now
   * @returns {Result}
   */
  #judge(id, { peering, there, identity }, now) {
    const otherCluster = identity && { datacenter: null, trust_domain: null, ...identity };
    const { checks, ...judged } = this.#health(peering, { other: there, otherCluster, now: new Date(now) });
    const result = { ...judged, codes: checks.map(({ code }) => code) };
    this.#kept.delete(id); // the newest is last
    this.#kept.set(id, { peering, there, identity, at: now, result });
    return result;
  }
}

/**
 * Whether the verdict on one would be the verdict on the other.
 * @param {Peering | null | undefined} a
 * @param {Peering | null | undefined} b
 */
const isSame = (a, b) => a === b || Boolean(a && b && fingerprint(a) === fingerprint(b));

/** @type {WeakMap<Peering, string>} */
const fingerprints = new WeakMap();

/** @param {Peering} peering */
function fingerprint(peering) {
  const { id, state, role, modify_index, stream } = peering;
  const print = fingerprints.get(peering) ?? [id, state, role, modify_index, Object.values(stream)].join();
  fingerprints.set(peering, print);
  return print;
}
