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
  summary: ({ links, healthy, trouble, changing, unconfirmed, outside, missing, unread }) => {
    const parts = [
      healthy > 0 && `${number(healthy)} healthy`,
      trouble > 0 && `${number(trouble)} unhealthy`,
      changing > 0 && `${number(changing)} starting or ending`,
      unconfirmed > 0 && `${number(unconfirmed)} not confirmed`,
    ].filter((part) => part !== false);
    return [
      `${count(links, "link", "links")}${parts.length ? `: ${list(parts)}` : ""}.`,
      outside > 0 &&
        outside < links &&
        `${number(outside)} of them ${outside === 1 ? "leads" : "lead"} to clusters that are not on this page.`,
      missing && `${count(missing, "pair", "pairs")} of clusters without a link.`,
      unread && `${count(unread, "pair", "pairs")} unknown.`,
    ]
      .filter(Boolean)
      .join(" ");
  },
  order: "Order",
  orders: { trouble: "Most problems first", name: "By name" },
  label: (/** @type {number} */ clusters) =>
    `Matrix of ${count(clusters, "cluster", "clusters")}: each row is how a cluster sees the others`,
  corner: "Cluster",
  hint: "Each row is how a cluster sees the others. Point at a cell, or use the arrow keys; Enter opens it.",
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
  named: (/** @type {string} */ name) => `It is called “${name}” here.`,
  missing: "no peering",
  oneSided: (/** @type {string} */ row, /** @type {string} */ column) =>
    `no peering, but ${column} has one with ${row}`,
  unread: "unknown",
  unreadWhy: (/** @type {string} */ alias, /** @type {string} */ status) => `${alias}: ${status}.`,
  connect: "Open it to connect the two clusters.",
  legend: "States, and what health adds",
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
