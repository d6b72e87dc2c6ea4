// The texts of the matrix, and of the summary above it.
import { count, list, number } from "../format.js";
import { texts as all } from "../texts.js";

const { verdicts } = all.peering;
const lower = (text) => text.toLowerCase();

export const texts = {
  views: "Show as",
  view: { topology: "Diagram", matrix: "Matrix" },
  summary: ({ links, healthy, trouble, changing, unconfirmed, outside, missing, unread }) => {
    const parts = [
      healthy && `${number(healthy)} healthy`,
      trouble && `${number(trouble)} in trouble`,
      changing && `${number(changing)} starting or ending`,
      unconfirmed && `${number(unconfirmed)} not confirmed`,
    ].filter(Boolean);
    return [
      `${count(links, "link", "links")}${parts.length ? `: ${list(parts)}` : ""}.`,
      outside > 0 &&
        outside < links &&
        `${number(outside)} of them ${outside === 1 ? "leads" : "lead"} to clusters that are not on this page.`,
      missing && `${count(missing, "pair", "pairs")} of clusters without a link.`,
      unread && `${count(unread, "pair", "pairs")} not known.`,
    ]
      .filter(Boolean)
      .join(" ");
  },
  order: "Order",
  orders: { trouble: "Most trouble first", name: "By name" },
  label: (clusters) => `Matrix of ${count(clusters, "cluster", "clusters")}: each row is how a cluster sees the others`,
  corner: "Cluster",
  hint: "Each row is how a cluster sees the others. Point at a cell, or go through them with the arrow keys; open one with Enter.",
  marks: { healthy: "", starting: "…", degraded: "!", broken: "!!" },
  self: (alias) => `${alias} itself`,
  between: (row, column) => `${row} with ${column}`,
  state: (state, was, verdict) => `${state}, ${was ? `was ${was}` : lower(verdicts[verdict])}`,
  more: (amount) => `${number(amount)} more between these two`,
  role: { dialer: (row, column) => `${row} dials ${column}.`, acceptor: (row, column) => `${row} accepts ${column}.` },
  named: (name) => `It is called “${name}” here.`,
  missing: "no peering",
  oneSided: (row, column) => `no peering, but ${column} has one with ${row}`,
  unread: "not known",
  unreadWhy: (alias, status) => `${alias}: ${status}.`,
  connect: "Open to connect these two.",
  legend: "States, and what health adds",
  legendItems: {
    healthy: "no mark: healthy",
    starting: "starting or ending",
    degraded: "degraded",
    broken: "broken",
    missing: "no peering",
    oneSided: "only the other side has one",
    unread: "not known, or not confirmed",
  },
};
