// The matrix: clusters by clusters, a cell for each direction, with its order, its legend, and a line that describes the cell
// that is pointed at.
import { whyNot } from "../dialogs/actions.js";
import { openConnect } from "../dialogs/connect.js";
import { h, setAttribute } from "../elements/dom.js";
import { readout } from "../elements/readout.js";
import { STATES } from "../elements/state.js";
import { UNKNOWN } from "../clusters/freshness.js";
import { Grid, labelOf, letterOf } from "./grid.js";
import { texts } from "./texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Known, Place } from "./grid.js"
 * @import { Pairs } from "./pairs.js"
 *
 * @typedef {keyof typeof texts.orders} Order
 */

export const ORDERS = /** @type {Order[]} */ (Object.keys(texts.orders));
/** In rem: of a letter of a name, on average; of a cell, of the column of names, of the names above. */
const LETTER = 0.52;
const SMALL_LETTER = 0.47;
const CELL = { least: 2.75, most: 5 };
const NAME = { least: 4.5, most: 14, mostNarrow: 7, padding: 1.25 };
const HEAD = { most: 12 };
const NARROW = 36;
/** What breaking lines at hyphens leaves empty. */
const RAGGED = 1.25;

export class Matrix {
  #app;
  #grid;
  /** @type {string[]} as they were drawn last */
  #aliases = [];
  /** @type {Known["doubts"]} by alias, what is said below its name */
  #doubts = new Map();
  /** @type {Pairs | undefined} */
  #pairs;
  /** @type {Place | undefined} what is pointed at */
  #place;
  #isUsed = false;
  /** @type {Order | undefined} */
  #sort;
  #width = 0;
  #orders;
  #readout = readout("p", texts.hint);
  #region;

  /**
   * @param {App} app
   * @param {(sort: Order) => void} ask  for another order
   */
  constructor(app, ask) {
    this.#app = app;
    this.#grid = new Grid({ point: (place) => this.#point(place), open: (place) => this.#open(place) });
    this.#orders = ORDERS.map((order) =>
      h("button", { type: "button", onclick: () => ask(order) }, texts.orders[order]),
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
    // While the grid is used, its order is kept: a row that moves away below the pointer misleads.
    this.#region.addEventListener("pointermove", () => (this.#isUsed = true), { passive: true });
    this.#region.addEventListener("pointerleave", () => (this.#isUsed = false));
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.#width) return;
      this.#width = contentRect.width;
      this.#fit();
    }).observe(this.#region);
  }

  /** @param {string | null} order  as the address has it */
  sortBy(order) {
    const sort = ORDERS.find((each) => each === order) ?? ORDERS[0];
    if (sort !== this.#sort) this.#aliases = [];
    this.#sort = sort;
    this.#orders.forEach((button, i) => setAttribute(button, "aria-pressed", String(ORDERS[i] === this.#sort)));
  }

  /**
   * Draws what has changed, and may be interrupted.
   * @param {Pairs} pairs
   * @param {Known["kinds"]} kinds
   * @param {Map<string, string>} doubts  by alias, why what is shown of a cluster is not confirmed now
   */
  *draw(pairs, kinds, doubts) {
    const sorted = pairs.sorted(this.#sort ?? ORDERS[0]);
    const isHeld = this.#aliases.length === sorted.length && (this.#isUsed || this.#grid.hasFocus);
    if (!isHeld) this.#aliases = sorted;
    this.#pairs = pairs;
    this.#doubts = doubts;
    this.#fit();
    const refusals = new Map(sorted.map((alias) => [alias, whyNot(this.#app, { alias }) ?? undefined]));
    /** @param {string} row @param {string} column */
    const refusal = (row, column) => refusals.get(row) ?? refusals.get(column);
    yield* this.#grid.draw(this.#aliases, pairs.cell, { kinds, doubts }, refusal);
    this.#describe();
  }

  /** Cells fill the width as far as that makes sense; names have the room that the longest needs. */
  #fit() {
    const count = this.#aliases.length;
    if (count === 0 || this.#width === 0) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const width = this.#width / rem;
    /** @param {string[]} words */
    const longestOf = (words) => Math.max(...words.map(({ length }) => length));
    const longest = longestOf(this.#aliases) * LETTER;
    const most = width < NARROW ? NAME.mostNarrow : NAME.most;
    const wanted = Math.max(longest, longestOf([...this.#doubts.values()]) * SMALL_LETTER) + NAME.padding;
    const name = Math.max(NAME.least, Math.min(most, wanted));
    const cell = Math.max(CELL.least, Math.min(CELL.most, (width - name) / count));
    const isUpright = longest + 0.5 > cell;
    const sizes = {
      "--names": `${name}rem`,
      "--cell": `${cell}rem`,
      "--lines": Math.ceil(longest <= name - NAME.padding ? 1 : (longest * RAGGED) / (name - NAME.padding)),
      "--head": isUpright ? `${Math.min(HEAD.most, longest + 1)}rem` : "2.25rem",
      "--count": count,
    };
    for (const [name, value] of Object.entries(sizes)) this.#region.style.setProperty(name, String(value));
    this.#grid.element.classList.toggle("upright", isUpright);
  }

  /** @param {Place} [place] */
  #point(place) {
    this.#place = place;
    this.#describe();
  }

  #describe() {
    const { row = 0, column = 0 } = this.#place ?? {};
    const [from, to] = [this.#aliases[row - 1], this.#aliases[column - 1]];
    this.#readout.tell(from && to ? this.#sentencesOf(from, to).join(" ") : (from ?? to));
  }

  /**
   * @param {string} row
   * @param {string} column
   * @returns {string[]}
   */
  #sentencesOf(row, column) {
    const cell = this.#pairs?.cell(row, column);
    if (!cell) return [];
    const { kind, halves } = cell;
    const label = `${labelOf(row, column, cell)}.`;
    if (kind === "missing") return [label, this.#refusal(row, column) ?? texts.connect];
    if (kind === "unread") {
      const doubts = [row, column].map((alias) => ({ alias, doubt: this.#doubts.get(alias) }));
      return [label, ...doubts.flatMap(({ alias, doubt }) => (doubt ? texts.unreadWhy(alias, doubt) : []))];
    }
    if (kind === "self") return [label];
    const [{ side, reasons }] = halves;
    const { role, peer_name } = side.peering;
    const named = peer_name === column ? [] : [texts.named(peer_name)];
    return [label, texts.role[role]?.(row, column) ?? "", ...named, ...reasons];
  }

  /** @param {string[]} aliases */
  #refusal = (...aliases) => aliases.map((alias) => whyNot(this.#app, { alias })).find((reason) => reason !== null);

  /** @param {Place} place */
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
