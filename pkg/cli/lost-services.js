// The services that disappear when a peering is deleted: what each side imports from the other.

import { printable } from "./terminal.js";

const NAMED = 10; // in a question; a dry run names all

/** Services that disappear with one peering, on its own cluster and on the remote one. */
export function lostWith(peering) {
  return { here: peering?.stream.imported_services ?? [], there: peering?.stream.exported_services ?? [] };
}

/** Services that disappear on each of two clusters. Either side may know more than the other, or be gone already. */
export function lostBetween(a, b) {
  const [ofA, ofB] = [lostWith(a), lostWith(b)];
  const union = (one, two) => [...new Set([...one, ...two])].sort();
  return { a: union(ofA.here, ofB.there), b: union(ofB.here, ofA.there) };
}

/**
 * A line for each cluster on which services disappear, or one that says that none do.
 * @param {[string, string[]][]} lost by where: "on eu (http://…)"
 * @param {{ all?: boolean }} [options] names all, however many they are
 */
export function lostText(lost, { all = false } = {}) {
  const lines = lost
    .filter(([, names]) => names.length)
    .map(([where, names]) => `Services that disappear ${where}: ${listed(names, all)}.`);
  return lines.length ? lines.join("\n") : "No services are imported or exported through it.";
}

function listed(names, all) {
  const shown = all ? names : names.slice(0, NAMED);
  const more = names.length - shown.length;
  return shown.map((name) => printable(name)).join(", ") + (more ? ` and ${more} more (--dry-run names all)` : "");
}
