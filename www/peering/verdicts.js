// Caches the verdicts on peerings until the data that they depend on changes. Pure: `health` is an argument.

/**
 * @import { Peering } from "consul-peering"
 * @import { Identity, PeeringSide } from "../clusters/links.js"
 * @import { Verdict } from "../elements/verdict.js"
 *
 * @typedef {{ verdict: Verdict, reasons: string[], codes: string[] }} Result
 * @typedef {{ peering: Peering, other?: Peering | null, identity?: Identity }} Input  the data that a verdict depends on
 * @typedef {Input & { at: number, result: Result }} Entry
 */

/** Verdicts also depend on the time: heartbeats become too old, and certificates expire. */
const MAX_AGE_MS = 15_000;
/** The time for renewing verdicts in one call of `renew`; the rest is renewed by the next call. */
const BUDGET_MS = 8;

export class Verdicts {
  #health;
  /** @type {Map<string, Entry>} by cluster, peering, and whether the other side is missing; the oldest first */
  #entries = new Map();

  /** @param {typeof import("consul-peering").health} health */
  constructor(health) {
    this.#health = health;
  }

  /**
   * @param {PeeringSide} side
   * @param {Omit<PeeringSide, "alias"> | null} [otherSide]  the other side if it was read; null if it does not exist
   * @param {Identity} [identity]  of the cluster on which it does not exist
   * @param {number} [now]
   * @returns {Result}
   */
  of({ alias, peering, staleSince }, otherSide, identity, now = Date.now()) {
    if (staleSince !== undefined) return { verdict: "unknown", reasons: [], codes: [] };
    const other = otherSide && (otherSide.staleSince === undefined ? otherSide.peering : undefined);
    const id = `${alias}/${peering.id}/${other === null}`;
    const last = this.#entries.get(id);
    if (last && isSame(last.peering, peering) && isSame(last.other, other) && last.identity === identity) {
      return Object.assign(last, { peering, other }).result;
    }
    return this.#evaluate(id, { peering, other, identity }, now);
  }

  /**
   * Renews verdicts that are too old.
   * @param {Set<Peering>} existing  entries of other peerings are removed
   * @param {number} [now]
   * @param {() => number} [clock]  monotonic, in ms
   * @returns {boolean} whether a verdict has changed
   */
  renew(existing, now = Date.now(), clock = () => performance.now()) {
    const end = clock() + BUDGET_MS;
    let isChanged = false;
    for (const [id, entry] of this.#entries) {
      if (now - entry.at < MAX_AGE_MS || clock() > end) break;
      if (!existing.has(entry.peering)) {
        this.#entries.delete(id);
        continue;
      }
      const { verdict, reasons } = this.#evaluate(id, entry, now);
      isChanged ||= verdict !== entry.result.verdict || reasons.join() !== entry.result.reasons.join();
    }
    return isChanged;
  }

  /**
   * @param {string} id
   * @param {Input} input
   * @param {number} now
   * @returns {Result}
   */
  #evaluate(id, { peering, other, identity }, now) {
    const otherCluster = identity && { datacenter: null, trust_domain: null, ...identity };
    const { checks, ...evaluation } = this.#health(peering, { other, otherCluster, now: new Date(now) });
    const result = { ...evaluation, codes: checks.map(({ code }) => code) };
    this.#entries.delete(id); // the newest is last
    this.#entries.set(id, { peering, other, identity, at: now, result });
    return result;
  }
}

/**
 * Whether both have the same verdict.
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
