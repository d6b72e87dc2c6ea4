// The table of a list: a head to sort by, and the rows. Columns are as wide and rows as high as their longest texts need.
import { h, setAttribute } from "../elements/dom.js";
import { Rows } from "./rows.js";
import { texts } from "../texts.js";

/** Of a letter, in em, on average; and what breaking lines at hyphens leaves empty. */
const LETTER_WIDTH = 0.58;
const RAGGED = 1.2;
const SHARE_LEAST = 8;

/**
 * @import { Child } from "../elements/dom.js"
 * @import { Kept, Kind } from "./columns.js"
 *
 * @typedef {object} ListTexts
 * @property {string} caption
 * @property {string} search
 * @property {string} noMatch
 * @property {Record<string, string>} columns
 * @property {(shown: number, all: number, unknown: number) => string} shown
 */

/**
 * @template Item
 * @template {object} Parts  by column, what is in its cell
 * @typedef {object} Look  how items are shown
 * @property {string} name      of the table: its class
 * @property {Kind<Item>} kind
 * @property {ListTexts} texts
 * @property {(item: Item) => Parts} makeParts
 * @property {(parts: Parts, item: Item) => void} update
 * @property {Record<string, (item: Item) => string>} lengths  by class, the text that is never cut
 * @property {string[]} labelled  columns that are not recognised by what is in them, where there is no head above
 */

/**
 * @template {Kept} Item
 * @template {object} Parts
 */
export class Table {
  #look;
  /** @type {Map<string, HTMLElement>} by column */
  #heads = new Map();
  #body = h("tbody", { role: "rowgroup" });
  #rows;
  /** @type {[column: string, length: number][]} of texts that are never cut */
  #longest = [];

  /**
   * @param {Look<Item, Parts>} look
   * @param {(column: string) => void} onSort
   */
  constructor(look, onSort) {
    this.#look = look;
    const head = Object.entries(look.texts.columns).map(([column, text]) => {
      const button = h("button", { type: "button", onclick: () => onSort(column) }, text);
      const cell = h("th", { role: "columnheader", scope: "col", class: column }, button);
      this.#heads.set(column, cell);
      return cell;
    });
    this.element = h(
      "table",
      { role: "table", class: `rows ${look.name}`, "aria-label": look.texts.caption },
      h(
        "thead",
        { role: "rowgroup" },
        h("tr", { role: "row", "aria-rowindex": 1, "data-label": texts.list.sortBy }, head),
      ),
      this.#body,
    );
    this.#rows = new Rows(this.#body, {
      keyOf: look.kind.keyOf,
      make: (/** @type {Item} */ item) => makeRow(look, item),
      update: ({ parts }, item) => look.update(parts, item),
    });
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  /** @param {{ column: string, descending: boolean }} order */
  showOrder({ column, descending }) {
    for (const [name, cell] of this.#heads) {
      setAttribute(cell, "aria-sort", name === column ? (descending ? "descending" : "ascending") : null);
    }
  }

  /**
   * @param {Item[]} items
   * @param {{ stay?: boolean }} [options]  stay: what is seen stays where it is, whatever comes before it
   */
  set(items, { stay } = {}) {
    this.element.hidden = items.length === 0;
    setAttribute(this.element, "aria-rowcount", items.length + 1);
    const before = String(this.#longest);
    const { lengths } = this.#look;
    const texts = Object.values(lengths);
    for (const item of items) item.lengths ??= texts.map((textOf) => textOf(item).length);
    this.#longest = Object.keys(lengths).map((column, i) => [
      column,
      items.reduce((most, item) => Math.max(most, item.lengths?.[i] ?? 0), 0),
    ]);
    const isOther = String(this.#longest) !== before;
    this.#rows.set(items, { stay });
    if (isOther) this.#fit(); // it has to measure
  }

  /** The link in the row of an item, scrolled to; undefined where there is no such item. */
  reach = (/** @type {string} */ key) => this.#rows.reach(key);

  #fit() {
    const { style } = this.element;
    for (const [column, length] of this.#longest) {
      style.setProperty(`--${column}-width`, `${length * LETTER_WIDTH}em`);
      style.setProperty(`--${column}-share`, `${Math.max(length, SHARE_LEAST)}fr`);
    }
    const row = this.#body.firstElementChild;
    for (const [column, length] of this.#longest) {
      const cell = row?.querySelector(`.${column}`);
      if (!cell?.clientWidth) continue;
      const width = length * parseFloat(getComputedStyle(cell).fontSize) * LETTER_WIDTH;
      const lines = width <= cell.clientWidth ? 1 : Math.ceil((width * RAGGED) / cell.clientWidth);
      style.setProperty(`--${column}-lines`, String(length && lines));
    }
  }
}

/**
 * The first cell is the row's head.
 * @template Item
 * @template {object} Parts
 * @param {Look<Item, Parts>} look
 * @param {Item} item
 */
function makeRow({ texts: { columns }, makeParts, labelled }, item) {
  const parts = makeParts(item);
  const contents = /** @type {Record<string, Child>} */ (parts);
  const cells = Object.keys(columns).map((column, i) => {
    const label = labelled.includes(column) && columns[column];
    const props = { class: column, "data-label": label };
    const content = contents[column];
    if (i === 0) return h("th", { role: "rowheader", scope: "row", ...props }, content);
    return h("td", { role: "cell", ...props }, content);
  });
  return Object.assign(h("tr", { role: "row" }, cells), { parts });
}
