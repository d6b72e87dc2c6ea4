// Filters, searches and sorts the items of a list. Pure: no elements, no network.
import { STATES } from "../elements/state.js";

/** Includes the arrow that the list shows between the names of a link. */
const SEPARATORS = /[\s→]+/;
const collator = new Intl.Collator(undefined, { numeric: true });

/**
 * @import { Cached, Kind } from "./columns.js"
 *
 * @typedef {{ search: string, states: Set<string>, column: string, descending: boolean }} Query
 */

/**
 * @param {URLSearchParams} parameters
 * @param {string[]} columns  by which the list can be sorted
 * @returns {Query} the query of an address. Missing and invalid parameters have their default; by default, the worst is first
 */
export function readQuery(parameters, columns) {
  const column = parameters.get("sort") ?? "";
  return {
    search: parameters.get("search") ?? "",
    states: new Set(parameters.getAll("state").filter((state) => STATES.includes(state))),
    column: columns.includes(column) ? column : "verdict",
    descending: parameters.get("order") === "descending",
  };
}

/**
 * The parameters of a query, without default values.
 * @param {Query} query
 */
export function writeQuery({ search, states, column, descending }) {
  const parameters = new URLSearchParams();
  if (search) parameters.set("search", search);
  for (const state of states) parameters.append("state", state);
  if (column !== "verdict") parameters.set("sort", column);
  if (descending) parameters.set("order", "descending");
  return parameters;
}

/** @type {WeakMap<object[], any[]>} the items of each list sorted by name, cached for the next keystroke of a search */
const sortedByName = new WeakMap();

/**
 * @template {Cached} Item
 * @param {Item[]} items
 * @param {Query} query
 * @param {Kind<Item>} kind
 * @returns {{ shown: Item[], counts: Map<string, number> }} the matching items in their order; the number of items of each
 *   state that match the search
 */
export function select(items, { search, states, column, descending }, kind) {
  const words = search.toLowerCase().split(SEPARATORS).filter(Boolean);
  /** @param {Item} item */
  const matches = (item) => {
    const text = (item.text ??= kind.textOf(item));
    return words.every((word) => text.includes(word));
  };
  let all = sortedByName.get(items);
  if (!all) sortedByName.set(items, (all = sort(items, kind.nameOf)));
  const found = words.length > 0 ? all.filter(matches) : all;
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const state of found.map(kind.stateOf)) counts.set(state, (counts.get(state) ?? 0) + 1);
  const shown = states.size === 0 ? found : found.filter((item) => states.has(kind.stateOf(item)));
  return { shown: sort(shown, kind.values[column], descending), counts };
}

/**
 * A stable sort.
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => string | number} valueOf
 * @returns {Item[]}
 */
function sort(items, valueOf, descending = false) {
  const sign = descending ? -1 : 1;
  const keyed = items.map((item) => ({ item, value: valueOf(item) }));
  keyed.sort((a, b) => sign * compare(a.value, b.value));
  return keyed.map(({ item }) => item);
}

/**
 * @param {string | number} a
 * @param {string | number} b
 */
const compare = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
