// The grid of the matrix: a header, a row for each cluster, a cell for each pair. Only cells whose content has changed are
// updated, and elements are kept, so that the focus is too.
import { knownState, UNKNOWN } from "../clusters/freshness.js";
import { h, setAttribute, setText } from "../elements/dom.js";
import { hrefOf } from "../route.js";
import { texts } from "./texts.js";

/**
 * @import { FreshnessKind } from "../clusters/freshness.js"
 * @import { Cell } from "./pairs.js"
 *
 * @typedef {{ row: number, column: number }} Position  both count from 1; row 0 is the header, column 0 has the names
 * @typedef {HTMLElement & { position?: Position, key?: string }} Element  `key`: identifies the current content
 * @typedef {(row: string, column: string) => string | undefined} RefusalOf  why two clusters may not be connected
 *
 * @typedef {object} Known  the data of the clusters, by alias
 * @property {Map<string, FreshnessKind>} kinds  the freshness
 * @property {Map<string, string>} statuses  the status if it is not fresh
 */

const PAGE = 10; // rows per Page Up and Page Down
const DRAW_MS = 0.06; // the estimated time in which a browser draws a cell

/** @param {string} state */
export const letterOf = (state) => state.charAt(0).toUpperCase();

export class Grid {
  element = h("div", { role: "grid", class: "grid", "aria-readonly": "true" });
  #handlers;
  /** @type {Element[][]} the focusable element by row and column */
  #elements = [];
  /** @type {Position} */
  #current = { row: 1, column: 2 };
  /** @type {Element[]} */
  #highlighted = [];

  /**
   * @param {object} handlers
   * @param {(position?: Position) => void} handlers.point  the pointer or the focus has moved
   * @param {(position: Position) => void} handlers.open  a cell without a link was activated
   */
  constructor(handlers) {
    this.#handlers = handlers;
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#click(event));
    for (const kind of ["pointerover", "focusin"]) {
      this.element.addEventListener(kind, ({ target }) => this.#point(positionOf(target)));
    }
    this.element.addEventListener("focusin", ({ target }) => this.#rove(positionOf(target)));
    for (const kind of ["pointerleave", "focusout"]) this.element.addEventListener(kind, () => this.#point());
  }

  /**
   * Updates all cells; may be interrupted after each row.
   * @param {string[]} aliases  in their order
   * @param {(row: string, column: string) => Cell} cellOf
   * @param {Known} known
   * @param {RefusalOf} refusalOf
   * @returns {Generator<number, void>}  the estimated time to draw the row, in ms
   */
  *draw(aliases, cellOf, known, refusalOf) {
    setAttribute(this.element, "aria-label", texts.label(aliases.length));
    if (this.#elements.length === 0) this.#elements.push(this.#createHeader(aliases.length));
    for (const [i, alias] of aliases.entries()) {
      updateName(this.#elements[0][i + 1], alias, known);
    }
    for (const [i, row] of aliases.entries()) {
      if (!this.#elements[i + 1]) this.#elements.push(this.#createRow(i + 1, aliases.length));
      const elements = this.#elements[i + 1];
      updateName(elements[0], row, known);
      const updated = aliases.filter((column, c) =>
        updateCell(elements[c + 1], row, column, cellOf(row, column), refusalOf),
      );
      if (this.#current.row === i + 1) this.#setTabindex(this.#current, 0);
      yield updated.length * DRAW_MS;
    }
  }

  get hasFocus() {
    return this.element.contains(document.activeElement);
  }

  /** @param {number} count @returns {Element[]} */
  #createHeader(count) {
    const corner = h(
      "div",
      { role: "columnheader", class: "corner" },
      h("span", { class: "visually-hidden" }, texts.corner),
    );
    const names = Array.from({ length: count }, (_, i) => nameLink({ row: 0, column: i + 1 }));
    const cells = names.map((name) => h("div", { role: "columnheader", class: "name" }, name));
    this.element.append(h("div", { role: "row", class: "names" }, corner, cells));
    return [corner, ...names];
  }

  /** @param {number} row @param {number} count @returns {Element[]} */
  #createRow(row, count) {
    const name = nameLink({ row, column: 0 });
    const cells = Array.from({ length: count }, (_, i) => createCell({ row, column: i + 1 }));
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

  /** @param {Position} position @returns {Element | undefined} */
  #at = ({ row, column }) => this.#elements[row]?.[column];

  /** @param {Position} position @param {0 | -1} tabindex */
  #setTabindex(position, tabindex) {
    const element = this.#at(position);
    if (element) setAttribute(element, "tabindex", tabindex);
  }

  /**
   * A roving tabindex: Tab focuses the current cell, the arrow keys move to the others.
   * @param {Position} [position]
   */
  #rove(position) {
    if (!position) return;
    this.#setTabindex(this.#current, -1);
    this.#current = position;
    this.#setTabindex(position, 0);
  }

  /** @param {Position} [position] */
  #point(position) {
    for (const each of this.#highlighted) each.classList.remove("highlighted");
    this.#highlighted = position ? [this.#elements[position.row][0], this.#elements[0][position.column]] : [];
    for (const each of this.#highlighted) each.classList.add("highlighted");
    this.#handlers.point(position);
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const position = positionOf(target);
    if (position && !elementOf(target).closest("a[href]")) this.#handlers.open(position);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    if (["Enter", " "].includes(event.key)) {
      event.preventDefault();
      return elementOf(event.target).click();
    }
    const to = this.#target(event);
    const element = to && this.#at(to);
    if (!element || (to.row === 0 && to.column === 0)) return;
    event.preventDefault();
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest", inline: "nearest" }); // not behind the names, unlike `focus`
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {Position | undefined}
   */
  #target({ key, ctrlKey }) {
    const { row, column } = this.#current;
    const count = this.#elements.length - 1;
    const within = (/** @type {number} */ row) => Math.max(1, Math.min(count, row));
    /** @type {Record<string, Position | undefined>} */
    const corners = { Home: { row: 1, column: 1 }, End: { row: count, column: count } };
    /** @type {Record<string, Position | undefined>} */
    const targets = {
      ArrowRight: { row, column: column + 1 },
      ArrowLeft: { row, column: column - 1 },
      ArrowDown: { row: row + 1, column },
      ArrowUp: { row: row - 1, column },
      Home: { row, column: 1 },
      End: { row, column: count },
      PageDown: { row: within(row + PAGE), column },
      PageUp: { row: within(row - PAGE), column },
    };
    return (ctrlKey ? corners : targets)[key];
  }
}

/** @param {EventTarget | null} target */
const elementOf = (target) => /** @type {Element} */ (target);
/** @param {EventTarget | null} target */
const positionOf = (target) =>
  /** @type {Element | null} */ (elementOf(target).closest("[role=gridcell], .name a"))?.position;

/** @param {Position} position @returns {Element} */
function nameLink(position) {
  const link = h("a", { tabindex: -1 }, h("span", {}), h("small", {}));
  return Object.assign(link, { position });
}

/**
 * @param {Element} link
 * @param {string} alias
 * @param {Known} known
 */
function updateName(link, alias, { kinds, statuses }) {
  const [kind, status] = [kinds.get(alias), statuses.get(alias) ?? ""];
  if (link.key === `${alias} ${status}`) return;
  link.key = `${alias} ${status}`;
  const [name, detail] = link.children;
  setText(name, alias);
  setText(detail, status);
  setAttribute(link, "href", hrefOf(alias));
  setAttribute(link, "title", alias);
  setAttribute(link.parentElement ?? link, "data-freshness", kind);
}

/** @param {Position} position @returns {{ element: Element, inner: Element }} */
function createCell(position) {
  const isSelf = position.row === position.column;
  const element = h("div", { role: "gridcell", class: "cell" });
  if (isSelf) setAttribute(element, "tabindex", -1);
  const inner = isSelf ? element : h("a", { tabindex: -1 });
  if (!isSelf) element.append(inner);
  Object.assign(element, { position });
  return { element, inner };
}

/**
 * Returns whether the content has changed.
 * @param {Element} inner
 * @param {string} row
 * @param {string} column
 * @param {Cell} cell
 * @param {RefusalOf} refusalOf
 */
function updateCell(inner, row, column, cell, refusalOf) {
  const { kind, directions, isOneSided } = cell;
  const [first] = directions;
  const refusal = kind === "missing" ? refusalOf(row, column) : undefined;
  const state = first && knownState(first.side);
  const lastState = state === UNKNOWN ? first.side.peering.state : undefined;
  const href = first && hrefOf(row, first.side.peering.peer_name);
  const key = [
    row,
    column,
    kind,
    state,
    lastState,
    first?.verdict,
    directions.length,
    isOneSided,
    Boolean(refusal),
    href,
  ].join();
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
  setText(inner, state ? letterOf(lastState ?? state) : kind === "missing" ? "–" : "");
  return true;
}

/**
 * Describes a cell.
 * @param {string} row
 * @param {string} column
 * @param {Cell} cell
 */
export function labelOf(row, column, { kind, directions, isOneSided }) {
  if (kind === "self") return texts.self(row);
  const between = texts.between(row, column);
  if (kind === "unread") return `${between}: ${texts.unread}`;
  if (kind === "missing") return `${between}: ${isOneSided ? texts.oneSided(row, column) : texts.missing}`;
  const [{ side, verdict }, ...more] = directions;
  const state = knownState(side);
  const described = texts.state(state, state === UNKNOWN ? side.peering.state : undefined, verdict);
  return `${between}: ${described}${more.length ? `; ${texts.more(more.length)}` : ""}`;
}
