// Matches requests with faults, up to a count. The module applies the fault.

import { isHeader } from "./agent.js";

/**
 * @typedef {import("../simulator.js").Fault} Fault
 * @typedef {NonNullable<Fault["match"]>} Match
 * @typedef {{ number: number, match: Match, left: number, hits: number }} Ordered
 */

/** The members of a match, and their valid values. */
const MEMBERS = {
  cluster: (/** @type {unknown} */ value) => typeof value === "string",
  method: (/** @type {unknown} */ value) => typeof value === "string" && /^[A-Z]+$/.test(value),
  path: (/** @type {unknown} */ value) => typeof value === "string" || value instanceof RegExp,
};

export class Faults {
  /** @type {Ordered[]} */
  #ordered = [];
  #world;

  /** @param {import("./world.js").World} world */
  constructor(world) {
    this.#world = world;
  }

  /**
   * @param {Fault} fault
   * @returns {import("../simulator.js").OrderedFault}
   */
  order({ match = {}, times = 1, ...how }) {
    if (!(times > 0)) throw new TypeError("times must be a number above 0");
    this.#check(match);
    if ("location" in how && typeof how.location === "string" && !isHeader("location", how.location)) {
      throw new TypeError("location has characters that a header cannot have");
    }
    const number = this.#world.addFault(how);
    const fault = { number, match, left: times, hits: 0 };
    this.#ordered.push(fault);
    return {
      get hits() {
        return fault.hits;
      },
      remove: () => void (this.#ordered = this.#ordered.filter((other) => other !== fault)),
    };
  }

  /** @param {Match} match */
  #check(match) {
    if (typeof match === "function") return;
    for (const [key, value] of Object.entries(match)) {
      const fits = /** @type {Record<string, undefined | ((value: unknown) => boolean)>} */ (MEMBERS)[key];
      if (!fits) throw new TypeError(`match.${key} is unknown: use ${Object.keys(MEMBERS).join(", ")}`);
      if (value !== undefined && !fits(value)) throw new TypeError(`match.${key} has an invalid value`);
    }
    const { cluster } = match;
    if (cluster !== undefined && !this.#world.names.includes(cluster)) {
      throw new TypeError(`match.cluster: there is no cluster "${cluster}"`);
    }
  }

  /**
   * The numbers of the faults that match a request.
   * @param {string} cluster
   * @param {import("./world.js").Request} request
   */
  meet(cluster, { method, target, headers }) {
    const [path] = target.split("?");
    const request = { cluster, method, path, headers };
    const met = this.#ordered.filter(({ left, match }) => left > 0 && matches(match, request));
    for (const fault of met) {
      fault.left--;
      fault.hits++;
    }
    return met.map(({ number }) => number);
  }
}

/**
 * @param {Match} match
 * @param {{ cluster: string, method: string, path: string, headers: Record<string, string> }} request
 */
function matches(match, request) {
  if (typeof match === "function") return match(request);
  const { cluster, method, path } = match;
  return (
    (cluster === undefined || cluster === request.cluster) &&
    (method === undefined || method === request.method) &&
    (path === undefined || (path instanceof RegExp ? path.test(request.path) : path === request.path))
  );
}
