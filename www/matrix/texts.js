// The texts of the matrix, and of the summary above it.
import { count, list, number } from "../format.js";
import { texts as all } from "../texts.js";

/** @import { Verdict } from "../elements/verdict.js" */

const { verdicts } = all.peering;
const lower = (/** @type {string} */ text) => text.toLowerCase();

export const texts = {
  views: "Show as",
  view: { topology: "Diagram", matrix: "Matrix" },
  /** @param {import("./pairs.js").Pairs["totals"]} totals */
  summary: ({ links, healthy, unhealthy, changing, unconfirmed, outside, missing, unread }) => {
    const parts = [
      healthy > 0 && `${number(healthy)} healthy`,
      unhealthy > 0 && `${number(unhealthy)} unhealthy`,
      changing > 0 && `${number(changing)} starting or ending`,
      unconfirmed > 0 && `${number(unconfirmed)} not confirmed`,
    ].filter((part) => part !== false);
    return [
      `${count(links, "link", "links")}${parts.length ? `: ${list(parts)}` : ""}.`,
      outside > 0 &&
        outside < links &&
        `${number(outside)} of them ${outside === 1 ? "is" : "are"} with clusters that are not on this page.`,
      missing && `${count(missing, "pair", "pairs")} of clusters without a link.`,
      unread && `${count(unread, "pair", "pairs")} unknown.`,
    ]
      .filter(Boolean)
      .join(" ");
  },
  order: "Order",
  orders: { unhealthy: "Most problems first", name: "By name" },
  label: (/** @type {number} */ clusters) =>
    `Matrix of ${count(clusters, "cluster", "clusters")}: each row shows the peerings of one cluster`,
  corner: "Cluster",
  hint: "Each row shows the peerings of one cluster. Point at a cell, or use the arrow keys; Enter opens it.",
  /** @type {["healthy" | "starting" | "degraded" | "broken", string][]} */
  marks: [
    ["healthy", ""],
    ["starting", "…"],
    ["degraded", "!"],
    ["broken", "!!"],
  ],
  self: (/** @type {string} */ alias) => `${alias} itself`,
  between: (/** @type {string} */ row, /** @type {string} */ column) => `${row} with ${column}`,
  state: (/** @type {string} */ state, /** @type {string | undefined} */ was, /** @type {Verdict} */ verdict) =>
    `${state}, ${was ? `was ${was}` : lower(verdicts[verdict])}`,
  more: (/** @type {number} */ amount) => `${number(amount)} more between these two`,
  role: {
    dialer: (/** @type {string} */ row, /** @type {string} */ column) => `${row} dials ${column}.`,
    acceptor: (/** @type {string} */ row, /** @type {string} */ column) => `${row} accepts ${column}.`,
  },
  otherName: (/** @type {string} */ name) => `The peering is named “${name}”.`,
  missing: "no peering",
  oneSided: (/** @type {string} */ row, /** @type {string} */ column) =>
    `no peering, but ${column} has one with ${row}`,
  unread: "unknown",
  unreadWhy: (/** @type {string} */ alias, /** @type {string} */ status) => `${alias}: ${status}.`,
  connect: "Open it to connect the two clusters.",
  legend: "States and health",
  legendItems: {
    healthy: "no mark: healthy",
    starting: "starting or ending",
    degraded: "degraded",
    broken: "broken",
    missing: "no peering",
    oneSided: "only the other side has one",
    unread: "unknown, or not confirmed",
  },
};
