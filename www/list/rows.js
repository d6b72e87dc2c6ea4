// A virtual list: creates only the rows near the visible part of a long table. The style sheet positions a row by its index
// (`--index`) and the height of a row, so that scrolling does not change existing rows.
import { keyed, setAttribute } from "../elements/dom.js";

/** Rows above and below the visible ones, so that the next row can be focused, and a quick scroll shows rows. */
const OVERSCAN = 4;
/** The number of rows that are created per frame, visible ones first. */
const CREATED_MAX = 8;

/**
 * @typedef {HTMLTableRowElement & { key?: string, index?: number }} Row
 */

/**
 * @template Item
 * @template {Row} R
 * @typedef {{ keyOf(item: Item): string, create(item: Item): R, update(row: R, item: Item): void }} RowFactory
 */

/**
 * @template Item
 * @template {Row} R
 */
export class Rows {
  #body;
  #factory;
  /** @type {Item[]} */
  #items = [];
  /** @type {number | undefined} the distance of the table from the top of the document */
  #offset;
  #scrollY = 0; // when #offset was measured
  #isPrinting = false; // shows all rows
  #due = false;

  /**
   * @param {HTMLElement} body
   * @param {RowFactory<Item, R>} factory
   */
  constructor(body, factory) {
    this.#body = body;
    this.#factory = factory;
    const schedule = () => this.#schedule();
    addEventListener("scroll", schedule, { passive: true });
    new ResizeObserver(schedule).observe(body);
    new ResizeObserver(() => this.#hold()).observe(document.body);
    addEventListener("beforeprint", () => this.#print(true));
    addEventListener("afterprint", () => this.#print(false));
    body.addEventListener("keydown", (event) => this.#move(event));
  }

  /**
   * @param {Item[]} items
   * @param {{ keepsPosition?: boolean }} [options]  keepsPosition: the visible rows do not move if rows above them change
   */
  set(items, { keepsPosition = false } = {}) {
    // Measure before any change, which would force a layout.
    const position = this.#items.length > 0 ? this.#position() : undefined;
    const anchor = keepsPosition && position ? this.#items[visibleRange(position).first] : undefined;
    const indexOfAnchor = () => (anchor ? this.#indexOf(this.#factory.keyOf(anchor)) : -1);
    const before = indexOfAnchor();
    const from = scrollY;
    if (!keepsPosition) {
      this.#offset = undefined; // measured in the next frame
      this.#schedule();
    }
    this.#items = items;
    this.#body.style.setProperty("--count", String(items.length));
    const after = indexOfAnchor();
    const isMoved = position && before > 0 && after >= 0 && after !== before;
    if (isMoved) {
      const shift = (after - before) * position.height;
      scrollTo(0, from + shift);
      this.#scrollY += shift;
    }
    this.render({ position: isMoved ? undefined : position });
  }

  /**
   * Keeps the visible rows in place when something above the table grows or shrinks. The browser's own scroll anchoring
   * does not when rows change at the same time, so the style sheet turns it off.
   */
  #hold() {
    const { top, height } = this.#position();
    const offset = height > 0 ? top + scrollY : undefined;
    if (top < 0 && offset !== undefined && this.#offset !== undefined) {
      const shift = offset - this.#offset;
      // At the end of a document that has become shorter, the browser has scrolled already.
      const isAtEnd = Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight;
      const done = isAtEnd && shift < 0 ? Math.max(shift, Math.min(0, scrollY - this.#scrollY)) : 0;
      scrollBy(0, shift - done);
    }
    this.#offset = offset;
    this.#scrollY = scrollY;
  }

  /** @param {{ position?: Position, target?: number }} [options]  target: the index of the row to create first */
  render({ position = this.#position(), target } = {}) {
    if (!this.#body.isConnected) return;
    const { first, last } = this.#isPrinting ? { first: 0, last: this.#items.length - 1 } : visibleRange(position);
    const created = new Set(/** @type {Row[]} */ ([...this.#body.children]).map(({ key }) => key));
    /** @type {Map<Item, number>} */
    const indexes = new Map();
    let remaining = this.#isPrinting ? Infinity : CREATED_MAX;
    /** @param {number} from @param {number} to */
    const include = (from, to) => {
      for (let i = Math.max(0, from); i <= Math.min(this.#items.length - 1, to); i++) {
        const item = this.#items[i];
        if (!indexes.has(item) && (created.has(this.#factory.keyOf(item)) || remaining-- > 0)) indexes.set(item, i);
      }
    };
    if (target !== undefined) include(target, target);
    include(first, last);
    include(first - OVERSCAN, last + OVERSCAN);
    if (remaining < 0) this.#schedule();
    // Keep the focused row, even if it is scrolled out of view.
    const focused = rowOf(document.activeElement);
    if (focused && this.#body.contains(focused)) {
      const index = this.#indexOf(focused.key);
      if (index >= 0) indexes.set(this.#items[index], index);
    }
    const wanted = [...indexes].sort(([, a], [, b]) => a - b).map(([item]) => item);
    /** @param {Item} item */
    const create = (item) => Object.assign(this.#factory.create(item), { key: this.#factory.keyOf(item) });
    keyed(this.#body, wanted, this.#factory.keyOf, create, (row, item) => {
      const index = indexes.get(item) ?? 0;
      if (row.index !== index) row.style.setProperty("--index", String(index));
      row.index = index;
      setAttribute(row, "aria-rowindex", index + 2); // counts from 1, and the header is the first row
      this.#factory.update(row, item);
    });
  }

  /**
   * Scrolls to the row of an item, and returns its link; undefined if the item does not exist.
   * @param {string} key
   */
  scrollTo(key) {
    const index = this.#indexOf(key);
    return index < 0 ? undefined : this.#scrollToIndex(index);
  }

  /** @param {number} index */
  #scrollToIndex(index) {
    const { top, height } = this.#position();
    const y = top + index * height;
    const { scrollPaddingTop } = getComputedStyle(document.documentElement);
    const covered = parseFloat(scrollPaddingTop) || 0;
    if (y < covered) scrollBy(0, y - covered);
    else if (y + height > innerHeight) scrollBy(0, y + height - innerHeight);
    this.render({ target: index });
    const rows = /** @type {Row[]} */ ([...this.#body.children]);
    return rows.find((row) => row.index === index)?.querySelector("a") ?? undefined;
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const at = rowOf(event.target)?.index;
    if (at === undefined) return;
    /** @type {Record<string, number | undefined>} */
    const keys = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.#items.length - 1 };
    const to = keys[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey || !this.#items[to]) return;
    event.preventDefault();
    this.#scrollToIndex(to)?.focus({ preventScroll: true });
  }

  #schedule() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#hold();
      this.render();
    });
  }

  /** @param {boolean} isPrinting */
  #print(isPrinting) {
    this.#isPrinting = isPrinting;
    this.render();
  }

  /** @returns {Position} */
  #position() {
    const { top, height } = this.#body.getBoundingClientRect();
    return { top, height: this.#items.length ? height / this.#items.length : 0 };
  }

  /** @param {string | undefined} key */
  #indexOf(key) {
    return this.#items.findIndex((item) => this.#factory.keyOf(item) === key);
  }
}

/** @typedef {{ top: number, height: number }} Position  the top of the first row in the viewport; the height of a row */

/** The first and the last visible row. @param {Position} position */
function visibleRange({ top, height }) {
  const first = Math.max(0, Math.floor(-top / (height || Infinity)));
  return { first, last: Math.max(first, Math.ceil((innerHeight - top) / (height || Infinity))) };
}

/**
 * The row that contains an element.
 * @param {EventTarget | null} target
 * @returns {Row | null | undefined}
 */
export const rowOf = (target) => /** @type {Element | null} */ (target)?.closest("tr");
