// The matrix view: clusters by clusters with a cell for each direction, the sort order, the legend, and a line that describes
// the cell under the pointer.
import { readOnlyReason } from "../dialogs/actions.js";
import { openConnect } from "../dialogs/connect.js";
import { h, setAttribute } from "../elements/dom.js";
import { readout } from "../elements/readout.js";
import { STATES } from "../elements/state.js";
import { UNKNOWN } from "../clusters/freshness.js";
import { Grid, labelOf, letterOf } from "./grid.js";
import { texts } from "./texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Known, Position } from "./grid.js"
 * @import { Pairs } from "./pairs.js"
 *
 * @typedef {keyof typeof texts.orders} Order
 */

export const ORDERS = /** @type {Order[]} */ (Object.keys(texts.orders));
/** All sizes are in rem. The average width of a letter: */
const LETTER = 0.52;
const SMALL_LETTER = 0.47;
const CELL = { min: 2.75, max: 5 };
const NAME = { min: 4.5, max: 14, maxNarrow: 7, padding: 1.25 };
const HEADER_MAX = 12;
const NARROW = 36;
/** Text that breaks at hyphens needs this multiple of its width. */
const LINE_BREAK_FACTOR = 1.25;

export class Matrix {
  #app;
  #grid;
  /** @type {string[]} in the order that was drawn last */
  #aliases = [];
  /** @type {Known["statuses"]} */
  #statuses = new Map();
  /** @type {Pairs | undefined} */
  #pairs;
  /** @type {Position | undefined} the cell under the pointer, or with the focus */
  #position;
  #hasPointer = false;
  /** @type {Order | undefined} */
  #sort;
  #width = 0;
  #orders;
  #readout = readout("p", texts.hint);
  #region;

  /**
   * @param {App} app
   * @param {(sort: Order) => void} onSort
   */
  constructor(app, onSort) {
    this.#app = app;
    this.#grid = new Grid({ point: (position) => this.#point(position), open: (position) => this.#open(position) });
    this.#orders = ORDERS.map((order) =>
      h("button", { type: "button", onclick: () => onSort(order) }, texts.orders[order]),
    );
    this.#region = h("div", { class: "region" }, this.#grid.element);
    this.element = h(
      "div",
      { class: "matrix" },
      h("div", { class: "switch", role: "group", "aria-label": texts.order }, this.#orders),
      this.#readout.element,
      this.#region,
      legend(),
    );
    // Keep the order while the pointer is over the grid, so that rows do not move away from it.
    this.#region.addEventListener("pointermove", () => (this.#hasPointer = true), { passive: true });
    this.#region.addEventListener("pointerleave", () => (this.#hasPointer = false));
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.#width) return;
      this.#width = contentRect.width;
      this.#fit();
    }).observe(this.#region);
  }

  /** @param {string | null} order  from the address */
  sortBy(order) {
    const sort = ORDERS.find((each) => each === order) ?? ORDERS[0];
    if (sort !== this.#sort) this.#aliases = [];
    this.#sort = sort;
    this.#orders.forEach((button, i) => setAttribute(button, "aria-pressed", String(ORDERS[i] === this.#sort)));
  }

  /**
   * Draws the changes; may be interrupted.
   * @param {Pairs} pairs
   * @param {Known["kinds"]} kinds
   * @param {Known["statuses"]} statuses
   */
  *draw(pairs, kinds, statuses) {
    const sorted = pairs.sorted(this.#sort ?? ORDERS[0]);
    const keepsOrder = this.#aliases.length === sorted.length && (this.#hasPointer || this.#grid.hasFocus);
    if (!keepsOrder) this.#aliases = sorted;
    this.#pairs = pairs;
    this.#statuses = statuses;
    this.#fit();
    const refusals = new Map(sorted.map((alias) => [alias, readOnlyReason(this.#app, { alias }) ?? undefined]));
    /** @param {string} row @param {string} column */
    const refusal = (row, column) => refusals.get(row) ?? refusals.get(column);
    yield* this.#grid.draw(this.#aliases, pairs.cell, { kinds, statuses }, refusal);
    this.#describe();
  }

  /** Sets the sizes: cells share the width within limits, names get the width of the longest. */
  #fit() {
    const count = this.#aliases.length;
    if (count === 0 || this.#width === 0) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const width = this.#width / rem;
    /** @param {string[]} words */
    const longestOf = (words) => Math.max(...words.map(({ length }) => length));
    const longest = longestOf(this.#aliases) * LETTER;
    const nameMax = width < NARROW ? NAME.maxNarrow : NAME.max;
    const wanted = Math.max(longest, longestOf([...this.#statuses.values()]) * SMALL_LETTER) + NAME.padding;
    const name = Math.max(NAME.min, Math.min(nameMax, wanted));
    const cell = Math.max(CELL.min, Math.min(CELL.max, (width - name) / count));
    const isUpright = longest + 0.5 > cell;
    const sizes = {
      "--names": `${name}rem`,
      "--cell": `${cell}rem`,
      "--lines": Math.ceil(longest <= name - NAME.padding ? 1 : (longest * LINE_BREAK_FACTOR) / (name - NAME.padding)),
      "--head": isUpright ? `${Math.min(HEADER_MAX, longest + 1)}rem` : "2.25rem",
      "--count": count,
    };
    for (const [name, value] of Object.entries(sizes)) this.#region.style.setProperty(name, String(value));
    this.#grid.element.classList.toggle("upright", isUpright);
  }

  /** @param {Position} [position] */
  #point(position) {
    this.#position = position;
    this.#describe();
  }

  #describe() {
    const { row = 0, column = 0 } = this.#position ?? {};
    const [from, to] = [this.#aliases[row - 1], this.#aliases[column - 1]];
    this.#readout.show(from && to ? this.#sentencesOf(from, to).join(" ") : (from ?? to));
  }

  /**
   * @param {string} row
   * @param {string} column
   * @returns {string[]}
   */
  #sentencesOf(row, column) {
    const cell = this.#pairs?.cell(row, column);
    if (!cell) return [];
    const { kind, directions } = cell;
    const label = `${labelOf(row, column, cell)}.`;
    if (kind === "missing") return [label, this.#refusal(row, column) ?? texts.connect];
    if (kind === "unread") {
      const statuses = [row, column].map((alias) => ({ alias, status: this.#statuses.get(alias) }));
      return [label, ...statuses.flatMap(({ alias, status }) => (status ? texts.unreadWhy(alias, status) : []))];
    }
    if (kind === "self") return [label];
    const [{ side, reasons }] = directions;
    const { role, peer_name } = side.peering;
    const otherName = peer_name === column ? [] : [texts.otherName(peer_name)];
    return [label, texts.role[role]?.(row, column) ?? "", ...otherName, ...reasons];
  }

  /** @param {string[]} aliases */
  #refusal = (...aliases) =>
    aliases.map((alias) => readOnlyReason(this.#app, { alias })).find((reason) => reason !== null);

  /** @param {Position} position */
  #open({ row, column }) {
    const [from, to] = [this.#aliases[row - 1], this.#aliases[column - 1]];
    if (!from || !to || this.#pairs?.cell(from, to).kind !== "missing" || this.#refusal(from, to)) return;
    openConnect(this.#app, { acceptor: to, dialer: from });
  }
}

function legend() {
  const { legendItems: items, marks } = texts;
  /** @param {import("../elements/dom.js").Props} properties @param {string} sign */
  const sample = (properties, sign) => h("span", { class: "sample", ...properties }, sign);
  const states = STATES.toReversed().filter((state) => state !== UNKNOWN);
  return h(
    "ul",
    { class: "legend", "aria-label": texts.legend },
    states.map((state) => h("li", {}, sample({ "data-state": state }, letterOf(state)), " ", state)),
    marks.map(([verdict, mark]) => h("li", {}, sample({ "data-verdict": verdict }, mark), " ", items[verdict])),
    h("li", {}, sample({ "data-kind": "missing" }, "–"), " ", items.missing),
    h("li", {}, sample({ "data-kind": "one-sided" }, "–"), " ", items.oneSided),
    h("li", {}, sample({ "data-kind": "unread", "data-state": UNKNOWN }, ""), " ", items.unread),
  );
}
