// A table with sortable columns and virtual rows. Column widths and row heights follow the longest texts.
import { h, setAttribute } from "../elements/dom.js";
import { Rows } from "./rows.js";
import { texts } from "../texts.js";

/** The average width of a letter, in em. */
const LETTER_WIDTH = 0.58;
/** Text that breaks at hyphens needs this multiple of its width. */
const LINE_BREAK_FACTOR = 1.2;
const SHARE_MIN = 8;

/**
 * @import { Child } from "../elements/dom.js"
 * @import { Cached, Kind } from "./columns.js"
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
 * @template {object} Parts  the content of each cell, by column
 * @typedef {object} RowFormat  how items are shown
 * @property {string} name      the CSS class of the table
 * @property {Kind<Item>} kind
 * @property {ListTexts} texts
 * @property {(item: Item) => Parts} makeParts
 * @property {(parts: Parts, item: Item) => void} update
 * @property {Record<string, (item: Item) => string>} lengths  by class, the texts that are never truncated
 * @property {string[]} labelled  columns whose values need a label in narrow layouts, which have no header
 */

/**
 * @template {Cached} Item
 * @template {object} Parts
 */
export class Table {
  #format;
  /** @type {Map<string, HTMLElement>} by column */
  #headers = new Map();
  #body = h("tbody", { role: "rowgroup" });
  #rows;
  /** @type {[column: string, length: number][]} of texts that are never truncated */
  #longest = [];

  /**
   * @param {RowFormat<Item, Parts>} format
   * @param {(column: string) => void} onSort
   */
  constructor(format, onSort) {
    this.#format = format;
    const headers = Object.entries(format.texts.columns).map(([column, text]) => {
      const button = h("button", { type: "button", onclick: () => onSort(column) }, text);
      const cell = h("th", { role: "columnheader", scope: "col", class: column }, button);
      this.#headers.set(column, cell);
      return cell;
    });
    this.element = h(
      "table",
      { role: "table", class: `rows ${format.name}`, "aria-label": format.texts.caption },
      h(
        "thead",
        { role: "rowgroup" },
        h("tr", { role: "row", "aria-rowindex": 1, "data-label": texts.list.sortBy }, headers),
      ),
      this.#body,
    );
    this.#rows = new Rows(this.#body, {
      keyOf: format.kind.keyOf,
      create: (/** @type {Item} */ item) => createRow(format, item),
      update: ({ parts }, item) => format.update(parts, item),
    });
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  /** @param {{ column: string, descending: boolean }} order */
  showOrder({ column, descending }) {
    for (const [name, cell] of this.#headers) {
      setAttribute(cell, "aria-sort", name === column ? (descending ? "descending" : "ascending") : null);
    }
  }

  /**
   * @param {Item[]} items
   * @param {{ keepsPosition?: boolean }} [options]  see `Rows.set`
   */
  set(items, { keepsPosition } = {}) {
    this.element.hidden = items.length === 0;
    setAttribute(this.element, "aria-rowcount", items.length + 1);
    const before = String(this.#longest);
    const { lengths } = this.#format;
    const texts = Object.values(lengths);
    for (const item of items) item.lengths ??= texts.map((textOf) => textOf(item).length);
    this.#longest = Object.keys(lengths).map((column, i) => [
      column,
      items.reduce((max, item) => Math.max(max, item.lengths?.[i] ?? 0), 0),
    ]);
    const isChanged = String(this.#longest) !== before;
    this.#rows.set(items, { keepsPosition });
    if (isChanged) this.#fit(); // measures, which forces a layout
  }

  /** See `Rows.scrollTo`. */
  scrollTo = (/** @type {string} */ key) => this.#rows.scrollTo(key);

  #fit() {
    const { style } = this.element;
    for (const [column, length] of this.#longest) {
      style.setProperty(`--${column}-width`, `${length * LETTER_WIDTH}em`);
      style.setProperty(`--${column}-share`, `${Math.max(length, SHARE_MIN)}fr`);
    }
    const row = this.#body.firstElementChild;
    for (const [column, length] of this.#longest) {
      const cell = row?.querySelector(`.${column}`);
      if (!cell?.clientWidth) continue;
      const width = length * parseFloat(getComputedStyle(cell).fontSize) * LETTER_WIDTH;
      const lines = width <= cell.clientWidth ? 1 : Math.ceil((width * LINE_BREAK_FACTOR) / cell.clientWidth);
      style.setProperty(`--${column}-lines`, String(length && lines));
    }
  }
}

/**
 * The first cell is the header of the row.
 * @template Item
 * @template {object} Parts
 * @param {RowFormat<Item, Parts>} format
 * @param {Item} item
 */
function createRow({ texts: { columns }, makeParts, labelled }, item) {
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
