// The texts of the topology.
import { count, list, number } from "../format.js";

/**
 * ", 2 ACTIVE and 1 FAILING"
 * @param {string[]} states
 */
function statesOf(states) {
  const counts = [...new Set(states)].map(
    (state) => `${number(states.filter((each) => each === state).length)} ${state}`,
  );
  return counts.length > 0 ? `, ${list(counts)}` : "";
}

export const texts = {
  heading: "Topology",
  notices: (/** @type {number} */ amount) => count(amount, "notice", "notices"),
  label: (/** @type {number} */ clusters, /** @type {number} */ links) =>
    `Diagram: ${count(clusters, "cluster", "clusters")}, ${count(links, "link", "links")}. Use the arrow keys to move between links; the table has the same links.`,
  hint: "An arrow points from the dialer to the acceptor. Point at a cluster or a link, or use the arrow keys; Enter opens it.",
  more: (/** @type {number} */ amount) => `${number(amount)} more`,
  others: (/** @type {number} */ amount) => `and ${count(amount, "other", "others")}`,
  legend: "States",
  edge: (
    /** @type {string} */ dialer,
    /** @type {string} */ acceptor,
    /** @type {string} */ states,
    /** @type {string} */ missing,
  ) =>
    `${dialer} ${missing && states === "PENDING" ? "has not dialed" : "dials"} ${acceptor}: ${states}${missing ? `; the other side: ${missing}` : ""}`,
  known: (/** @type {string} */ alias, /** @type {string[]} */ states) =>
    `${alias}: ${count(states.length, "link", "links")}${statesOf(states)}`,
  peer: (/** @type {string} */ name) => `${name}: not a cluster of this page`,
  empty: "No links yet",
};
