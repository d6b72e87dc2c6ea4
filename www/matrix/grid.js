// The grid of the matrix: a head, a row for each cluster, a cell for each two. Only cells whose
// content changed are written, and their elements stay, so that the focus does too.
import { knownState, UNKNOWN } from "../clusters/freshness.js";
import { h, setAttribute, setText } from "../elements/dom.js";
import { hrefOf } from "../route.js";
import { texts } from "./texts.js";

/**
 * @import { FreshnessKind } from "../clusters/freshness.js"
 * @import { Cell } from "./pairs.js"
 *
 * @typedef {{ row: number, column: number }} Place  both count from 1; row 0 is the head, column 0 has the names
 * @typedef {HTMLElement & { place?: Place, key?: string }} Element  `key`: what was written there last
 * @typedef {(row: string, column: string) => string | undefined} WhyNot  why two may not be connected
 *
 * @typedef {object} Known  of the clusters, by alias
 * @property {Map<string, FreshnessKind>} kinds  how fresh it is
 * @property {Map<string, string>} doubts  why it is not
 */

const PAGE = 10; // rows that Page Up and Page Down go over
const DRAWN_MS = 0.06; // what a browser takes to draw a cell

/** @param {string} state */
export const letterOf = (state) => state.charAt(0).toUpperCase();

export class Grid {
  element = h("div", { role: "grid", class: "grid", "aria-readonly": "true" });
  #handlers;
  /** @type {Element[][]} by row and column: what can be focused there */
  #places = [];
  /** @type {Place} */
  #current = { row: 1, column: 2 };
  /** @type {Element[]} */
  #lit = [];

  /**
   * @param {object} handlers
   * @param {(place?: Place) => void} handlers.point  at what is pointed, or what has the focus
   * @param {(place: Place) => void} handlers.open  a cell that is not a link
   */
  constructor(handlers) {
    this.#handlers = handlers;
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#click(event));
    for (const kind of ["pointerover", "focusin"]) {
      this.element.addEventListener(kind, ({ target }) => this.#point(placeOf(target)));
    }
    this.element.addEventListener("focusin", ({ target }) => this.#rove(placeOf(target)));
    for (const kind of ["pointerleave", "focusout"]) this.element.addEventListener(kind, () => this.#point());
  }

  /**
   * Writes what is to be seen, and may be interrupted after each row.
   * @param {string[]} aliases  in their order
   * @param {(row: string, column: string) => Cell} cellOf
   * @param {Known} known
   * @param {WhyNot} whyNot
   * @returns {Generator<number, void>}  ms
   */
  *draw(aliases, cellOf, known, whyNot) {
    setAttribute(this.element, "aria-label", texts.label(aliases.length));
    if (this.#places.length === 0) this.#places.push(this.#makeHead(aliases.length));
    for (const [i, alias] of aliases.entries()) {
      writeName(this.#places[0][i + 1], alias, known);
    }
    for (const [i, row] of aliases.entries()) {
      if (!this.#places[i + 1]) this.#places.push(this.#makeRow(i + 1, aliases.length));
      const places = this.#places[i + 1];
      writeName(places[0], row, known);
      const written = aliases.filter((column, c) => writeCell(places[c + 1], row, column, cellOf(row, column), whyNot));
      if (this.#current.row === i + 1) this.#reach(this.#current, 0);
      yield written.length * DRAWN_MS;
    }
  }

  get hasFocus() {
    return this.element.contains(document.activeElement);
  }

  /** @param {number} count @returns {Element[]} */
  #makeHead(count) {
    const corner = h("div", { role: "columnheader", class: "corner" }, h("span", { class: "unseen" }, texts.corner));
    const names = Array.from({ length: count }, (_, i) => nameLink({ row: 0, column: i + 1 }));
    const cells = names.map((name) => h("div", { role: "columnheader", class: "name" }, name));
    this.element.append(h("div", { role: "row", class: "names" }, corner, cells));
    return [corner, ...names];
  }

  /** @param {number} row @param {number} count @returns {Element[]} */
  #makeRow(row, count) {
    const name = nameLink({ row, column: 0 });
    const cells = Array.from({ length: count }, (_, i) => makeCell({ row, column: i + 1 }));
    this.element.append(
      h(
        "div",
        { role: "row" },
        h("div", { role: "rowheader", class: "name" }, name),
        cells.map(({ element }) => element),
      ),
    );
    return [name, ...cells.map(({ inner }) => inner)];
  }

  /** @param {Place} place @returns {Element | undefined} */
  #at = ({ row, column }) => this.#places[row]?.[column];

  /** @param {Place} place @param {0 | -1} tabindex */
  #reach(place, tabindex) {
    const element = this.#at(place);
    if (element) setAttribute(element, "tabindex", tabindex);
  }

  /**
   * One place can be reached by Tab, the others from it.
   * @param {Place} [place]
   */
  #rove(place) {
    if (!place) return;
    this.#reach(this.#current, -1);
    this.#current = place;
    this.#reach(place, 0);
  }

  /** @param {Place} [place] */
  #point(place) {
    for (const each of this.#lit) each.classList.remove("lit");
    this.#lit = place ? [this.#places[place.row][0], this.#places[0][place.column]] : [];
    for (const each of this.#lit) each.classList.add("lit");
    this.#handlers.point(place);
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const place = placeOf(target);
    if (place && !elementOf(target).closest("a[href]")) this.#handlers.open(place);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    if (["Enter", " "].includes(event.key)) {
      event.preventDefault();
      return elementOf(event.target).click();
    }
    const to = this.#target(event);
    const place = to && this.#at(to);
    if (!place || (to.row === 0 && to.column === 0)) return;
    event.preventDefault();
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest", inline: "nearest" }); // beside the names, unlike what `focus` does
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {Place | undefined}
   */
  #target({ key, ctrlKey }) {
    const { row, column } = this.#current;
    const count = this.#places.length - 1;
    const within = (/** @type {number} */ row) => Math.max(1, Math.min(count, row));
    /** @type {Record<string, Place | undefined>} */
    const corners = { Home: { row: 1, column: 1 }, End: { row: count, column: count } };
    /** @type {Record<string, Place | undefined>} */
    const places = {
      ArrowRight: { row, column: column + 1 },
      ArrowLeft: { row, column: column - 1 },
      ArrowDown: { row: row + 1, column },
      ArrowUp: { row: row - 1, column },
      Home: { row, column: 1 },
      End: { row, column: count },
      PageDown: { row: within(row + PAGE), column },
      PageUp: { row: within(row - PAGE), column },
    };
    return (ctrlKey ? corners : places)[key];
  }
}

/** @param {EventTarget | null} target */
const elementOf = (target) => /** @type {Element} */ (target);
/** @param {EventTarget | null} target */
const placeOf = (target) =>
  /** @type {Element | null} */ (elementOf(target).closest("[role=gridcell], .name a"))?.place;

/** @param {Place} place @returns {Element} */
function nameLink(place) {
  const link = h("a", { tabindex: -1 }, h("span", {}), h("small", {}));
  return Object.assign(link, { place });
}

/**
 * @param {Element} link
 * @param {string} alias
 * @param {Known} known
 */
function writeName(link, alias, { kinds, doubts }) {
  const [kind, doubt] = [kinds.get(alias), doubts.get(alias) ?? ""];
  if (link.key === `${alias} ${doubt}`) return;
  link.key = `${alias} ${doubt}`;
  const [name, why] = link.children;
  setText(name, alias);
  setText(why, doubt);
  setAttribute(link, "href", hrefOf(alias));
  setAttribute(link, "title", alias);
  setAttribute(link.parentElement ?? link, "data-freshness", kind);
}

/** @param {Place} place @returns {{ element: Element, inner: Element }} */
function makeCell(place) {
  const isSelf = place.row === place.column;
  const element = h("div", { role: "gridcell", class: "cell" });
  if (isSelf) setAttribute(element, "tabindex", -1);
  const inner = isSelf ? element : h("a", { tabindex: -1 });
  if (!isSelf) element.append(inner);
  Object.assign(element, { place });
  return { element, inner };
}

/**
 * Whether there was something to write.
 * @param {Element} inner
 * @param {string} row
 * @param {string} column
 * @param {Cell} cell
 * @param {WhyNot} whyNot
 */
function writeCell(inner, row, column, cell, whyNot) {
  const { kind, halves, isOneSided } = cell;
  const [first] = halves;
  const refusal = kind === "missing" ? whyNot(row, column) : undefined;
  const state = first && knownState(first.side);
  const was = state === UNKNOWN ? first.side.peering.state : undefined;
  const href = first && hrefOf(row, first.side.peering.peer_name);
  const key = [row, column, kind, state, was, first?.verdict, halves.length, isOneSided, Boolean(refusal), href].join();
  if (inner.key === key) return false;
  inner.key = key;
  const element = inner.closest("[role=gridcell]") ?? inner;
  setAttribute(element, "data-kind", isOneSided ? "one-sided" : kind);
  setAttribute(element, "data-verdict", first?.verdict);
  setAttribute(inner, "aria-label", labelOf(row, column, cell));
  if (kind === "self") return true;
  setAttribute(inner, "data-state", kind === "unread" ? UNKNOWN : state);
  setAttribute(inner, "href", href);
  setAttribute(inner, "role", kind === "missing" ? "button" : kind === "unread" ? "img" : null);
  setAttribute(inner, "aria-disabled", refusal ? "true" : null);
  setText(inner, state ? letterOf(was ?? state) : kind === "missing" ? "–" : "");
  return true;
}

/**
 * A cell in words.
 * @param {string} row
 * @param {string} column
 * @param {Cell} cell
 */
export function labelOf(row, column, { kind, halves, isOneSided }) {
  if (kind === "self") return texts.self(row);
  const between = texts.between(row, column);
  if (kind === "unread") return `${between}: ${texts.unread}`;
  if (kind === "missing") return `${between}: ${isOneSided ? texts.oneSided(row, column) : texts.missing}`;
  const [{ side, verdict }, ...more] = halves;
  const state = knownState(side);
  const described = texts.state(state, state === UNKNOWN ? side.peering.state : undefined, verdict);
  return `${between}: ${described}${more.length ? `; ${texts.more(more.length)}` : ""}`;
}
