// The rows of a long table: all of them count, only those near what is seen are made. A row is placed by the style sheet,
// from its number (`--index`) and the height of a row, so that scrolling changes nothing of a row that stays.
import { keyed, setAttribute } from "../elements/dom.js";

/** Rows made beyond what is seen, so that the next one can be reached by key, and a quick scroll finds something. */
const BEYOND = 4;
/** So many rows are made in one frame, those that are seen first; the next frame makes more. */
const MADE_MAX = 8;

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
    // Measured before anything is changed, so that the browser has nothing to lay out for it.
    const place = this.#items.length > 0 ? this.#place() : undefined;
    const anchor = stay && place ? this.#items[seenAt(place).first] : undefined;
    const indexOfAnchor = () => (anchor ? this.#indexOf(this.#how.keyOf(anchor)) : -1);
    const before = indexOfAnchor();
    this.#items = items;
    this.#body.style.setProperty("--count", String(items.length));
    const after = indexOfAnchor();
    const isMoved = place && before > 0 && after >= 0 && after !== before;
    if (isMoved) scrollBy(0, (after - before) * place.height);
    this.render({ place: isMoved ? undefined : place });
  }

  /** @param {{ place?: Place, reached?: number }} [options]  reached: the row of this index is made before all others */
  render({ place = this.#place(), reached } = {}) {
    if (!this.#body.isConnected) return;
    const { first, last } = this.#all ? { first: 0, last: this.#items.length - 1 } : seenAt(place);
    const made = new Set(/** @type {Row[]} */ ([...this.#body.children]).map(({ key }) => key));
    /** @type {Map<Item, number>} */
    const indexes = new Map();
    let left = this.#all ? Infinity : MADE_MAX;
    /** @param {number} from @param {number} to */
    const want = (from, to) => {
      for (let i = Math.max(0, from); i <= Math.min(this.#items.length - 1, to); i++) {
        const item = this.#items[i];
        if (!indexes.has(item) && (made.has(this.#how.keyOf(item)) || left-- > 0)) indexes.set(item, i);
      }
    };
    if (reached !== undefined) want(reached, reached);
    want(first, last);
    want(first - BEYOND, last + BEYOND);
    if (left < 0) this.#later();
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
    const { top, height } = this.#place();
    const y = top + index * height;
    const { scrollPaddingTop } = getComputedStyle(document.documentElement);
    const covered = parseFloat(scrollPaddingTop) || 0;
    if (y < covered) scrollBy(0, y - covered);
    else if (y + height > innerHeight) scrollBy(0, y + height - innerHeight);
    this.render({ reached: index });
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

  /** Where the rows begin, and how high each is. @returns {Place} */
  #place() {
    const { top, height } = this.#body.getBoundingClientRect();
    return { top, height: this.#items.length ? height / this.#items.length : 0 };
  }

  /** @param {string | undefined} key */
  #indexOf(key) {
    return this.#items.findIndex((item) => this.#how.keyOf(item) === key);
  }
}

/** @typedef {{ top: number, height: number }} Place */

/** The first and the last row that are seen. @param {Place} place */
function seenAt({ top, height }) {
  const first = Math.max(0, Math.floor(-top / (height || Infinity)));
  return { first, last: Math.max(first, Math.ceil((innerHeight - top) / (height || Infinity))) };
}

/**
 * The row that an element is in.
 * @param {EventTarget | null} target
 * @returns {Row | null | undefined}
 */
export const rowOf = (target) => /** @type {Element | null} */ (target)?.closest("tr");
