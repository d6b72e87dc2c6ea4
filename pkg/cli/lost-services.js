// The services that disappear when a peering is deleted: what each side imports from the other.

import { printable } from "./terminal.js";

/**
 * @import { Peering } from "../index.js"
 *
 * @typedef {[where: string, names: string[]][]} Lost  "on east (http://…)", and the services that disappear there
 */

const NAMED = 10; // in a question; a dry run names all

/**
 * Services that disappear with one peering, on its own cluster and on the remote one.
 * @param {Peering | null} peering
 */
export function lostWith(peering) {
  return { here: peering?.stream.imported_services ?? [], there: peering?.stream.exported_services ?? [] };
}

/**
 * Services that disappear on each of two clusters. Either side may have more recent data, or be deleted already.
 * @param {Peering | null} a
 * @param {Peering | null} b
 */
export function lostBetween(a, b) {
  const [ofA, ofB] = [lostWith(a), lostWith(b)];
  /** @param {string[]} one @param {string[]} two */
  const union = (one, two) => [...new Set([...one, ...two])].sort();
  return { a: union(ofA.here, ofB.there), b: union(ofB.here, ofA.there) };
}

/**
 * A line for each cluster on which services disappear, or one that none do.
 * @param {Lost} lost
 * @param {{ all?: boolean }} [options] names all, however many they are
 */
export function lostText(lost, { all = false } = {}) {
  const lines = lost
    .filter(([, names]) => names.length)
    .map(([where, names]) => `Services that disappear ${where}: ${listed(names, all)}.`);
  return lines.length ? lines.join("\n") : "The peering imports and exports no services.";
}

/**
 * @param {string[]} names
 * @param {boolean} all
 */
function listed(names, all) {
  const shown = all ? names : names.slice(0, NAMED);
  const more = names.length - shown.length;
  return shown.map((name) => printable(name)).join(", ") + (more ? ` and ${more} more (--dry-run lists all)` : "");
}
