// The rows of a long table: all of them count, only those near what is seen are made. A row is placed by the style sheet,
// from its number (`--index`) and the height of a row, so that scrolling changes nothing of a row that stays.
import { keyed, setAttribute } from "../elements/dom.js";

/** Rows made beyond what is seen, so that the next one can be reached by key, and a quick scroll finds something. */
const BEYOND = 4;

/**
 * @typedef {HTMLTableRowElement & { key?: string, index?: number }} Row
 */

/**
 * @template Item
 * @template {Row} R
 * @typedef {{ keyOf(item: Item): string, make(item: Item): R, update(row: R, item: Item): void }} How
 */

/**
 * @template Item
 * @template {Row} R
 */
export class Rows {
  #body;
  #how;
  /** @type {Item[]} */
  #items = [];
  #all = false; // for printing
  #due = false;

  /**
   * @param {HTMLElement} body
   * @param {How<Item, R>} how
   */
  constructor(body, how) {
    this.#body = body;
    this.#how = how;
    const later = () => this.#later();
    addEventListener("scroll", later, { passive: true });
    new ResizeObserver(later).observe(body);
    addEventListener("beforeprint", () => this.#print(true));
    addEventListener("afterprint", () => this.#print(false));
    body.addEventListener("keydown", (event) => this.#move(event));
  }

  /**
   * @param {Item[]} items
   * @param {{ stay?: boolean }} [options]  stay: what is seen stays where it is, whatever comes before it
   */
  set(items, { stay = false } = {}) {
    const anchor = stay ? this.#items[this.#seen().first] : undefined;
    const indexOfAnchor = () => (anchor ? this.#indexOf(this.#how.keyOf(anchor)) : -1);
    const before = indexOfAnchor();
    this.#items = items;
    this.#body.style.setProperty("--count", String(items.length));
    const after = indexOfAnchor();
    if (before > 0 && after >= 0 && after !== before) scrollBy(0, (after - before) * this.#height());
    this.render();
  }

  render() {
    if (!this.#body.isConnected) return;
    const { first, last } = this.#all ? { first: 0, last: this.#items.length - 1 } : this.#seen();
    /** @type {Map<Item, number>} */
    const indexes = new Map();
    for (let i = Math.max(0, first - BEYOND); i <= Math.min(this.#items.length - 1, last + BEYOND); i++) {
      indexes.set(this.#items[i], i);
    }
    // The row that has the focus stays, wherever it has been scrolled to.
    const focused = rowOf(document.activeElement);
    if (focused && this.#body.contains(focused)) {
      const index = this.#indexOf(focused.key);
      if (index >= 0) indexes.set(this.#items[index], index);
    }
    const wanted = [...indexes].sort(([, a], [, b]) => a - b).map(([item]) => item);
    /** @param {Item} item */
    const make = (item) => Object.assign(this.#how.make(item), { key: this.#how.keyOf(item) });
    keyed(this.#body, wanted, this.#how.keyOf, make, (row, item) => {
      const index = indexes.get(item) ?? 0;
      if (row.index !== index) row.style.setProperty("--index", String(index));
      row.index = index;
      setAttribute(row, "aria-rowindex", index + 2); // after the head, from 1
      this.#how.update(row, item);
    });
  }

  /**
   * The link in the row of an item, made if need be and scrolled to; undefined where there is no such item.
   * @param {string} key
   */
  reach(key) {
    const index = this.#indexOf(key);
    return index < 0 ? undefined : this.#reachIndex(index);
  }

  /** @param {number} index */
  #reachIndex(index) {
    const { top } = this.#body.getBoundingClientRect();
    const [y, height] = [top + index * this.#height(), this.#height()];
    const { scrollPaddingTop } = getComputedStyle(document.documentElement);
    const covered = parseFloat(scrollPaddingTop) || 0;
    if (y < covered) scrollBy(0, y - covered);
    else if (y + height > innerHeight) scrollBy(0, y + height - innerHeight);
    this.render();
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
    this.#reachIndex(to)?.focus({ preventScroll: true });
  }

  #later() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.render();
    });
  }

  /** @param {boolean} all */
  #print(all) {
    this.#all = all;
    this.render();
  }

  #seen() {
    const { top } = this.#body.getBoundingClientRect();
    const height = this.#height() || Infinity;
    const first = Math.max(0, Math.floor(-top / height));
    return { first, last: Math.max(first, Math.ceil((innerHeight - top) / height)) };
  }

  #height() {
    return this.#items.length ? this.#body.offsetHeight / this.#items.length : 0;
  }

  /** @param {string | undefined} key */
  #indexOf(key) {
    return this.#items.findIndex((item) => this.#how.keyOf(item) === key);
  }
}

/**
 * The row that an element is in.
 * @param {EventTarget | null} target
 * @returns {Row | null | undefined}
 */
export const rowOf = (target) => /** @type {Element | null} */ (target)?.closest("tr");
