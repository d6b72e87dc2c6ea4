// Which peerings a list shows, and in which order. Pure: no elements, no network.
import { knownState } from "../clusters/freshness.js";
import { urgency } from "../elements/state.js";
import { severity } from "../elements/verdict.js";

const collator = new Intl.Collator(undefined, { numeric: true });
const haystacks = new WeakMap();

export const placeOf = ({ datacenter, partition }) => [datacenter, partition].filter(Boolean).join(" / ");
export const metaOf = (meta) => Object.entries(meta).map(([key, value]) => `${key}=${value}`);
const servicesOf = ({ imported_services, exported_services }) => imported_services.length + exported_services.length;

/** What each column is sorted by; texts by the reader's own alphabet. */
const VALUES = {
  name: ({ peering }) => peering.peer_name,
  alias: ({ alias }) => alias,
  verdict: ({ verdict }) => severity(verdict),
  state: (item) => urgency(knownState(item)),
  role: ({ peering }) => peering.role,
  remote: ({ peering }) => placeOf(peering.remote),
  services: ({ peering }) => servicesOf(peering.stream),
  heartbeat: ({ peering }) => peering.stream.last_heartbeat ?? "",
  meta: ({ peering }) => metaOf(peering.meta).join(" "),
};
export const COLUMNS = Object.keys(VALUES);

/** @typedef {{ search: string, states: Set<string>, column: string, descending: boolean }} Query */

/** @returns {Query} as an address has it; what it does not say, or says wrongly, is as by default: the worst first */
export function readQuery(parameters) {
  const column = parameters.get("sort");
  return {
    search: parameters.get("search") ?? "",
    states: new Set(parameters.getAll("state")),
    column: COLUMNS.includes(column) ? column : "verdict",
    descending: parameters.get("order") === "descending",
  };
}

/** The other way: without what is as by default. */
export function writeQuery({ search, states, column, descending }) {
  const parameters = new URLSearchParams();
  if (search) parameters.set("search", search);
  for (const state of states) parameters.append("state", state);
  if (column !== "verdict") parameters.set("sort", column);
  if (descending) parameters.set("order", "descending");
  return parameters;
}

/**
 * @param {{ alias: string, peering: Peering, staleSince?: number, verdict: string }[]} items
 * @param {Query} query
 * @returns {{ shown: object[], counts: Map<string, number> }} what matches, in its order; how many of each state match
 *   the search
 */
export function select(items, { search, states, column, descending }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((item) => words.every((word) => haystack(item).includes(word)));
  const counts = new Map();
  for (const state of found.map(knownState)) counts.set(state, (counts.get(state) ?? 0) + 1);
  const shown = states.size === 0 ? found : found.filter((item) => states.has(knownState(item)));
  return { shown: sort(shown, column, descending), counts };
}

function sort(items, column, descending) {
  const sign = descending ? -1 : 1;
  const keyed = items.map((item) => ({ item, value: VALUES[column](item), name: item.peering.peer_name }));
  keyed.sort(
    (a, b) =>
      sign * compare(a.value, b.value) ||
      collator.compare(a.name, b.name) ||
      collator.compare(a.item.alias, b.item.alias),
  );
  return keyed.map(({ item }) => item);
}

const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));

function haystack(item) {
  const { alias, peering } = item;
  let text = haystacks.get(peering);
  if (text === undefined) {
    const { peer_name, role, remote, meta } = peering;
    text = [peer_name, alias, role, placeOf(remote), ...metaOf(meta)].join("\n").toLowerCase();
    haystacks.set(peering, text);
  }
  return `${text}\n${knownState(item).toLowerCase()}\n${item.verdict}`;
}
