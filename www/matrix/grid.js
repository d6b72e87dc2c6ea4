// The grid of the matrix: a head, a row for each cluster, a cell for each two. Only cells whose
// content changed are written, and their elements stay, so that the focus does too.
import { knownState, UNKNOWN } from "../clusters/freshness.js";
import { h, setAttribute, setText } from "../elements/dom.js";
import { hrefOf } from "../route.js";
import { texts } from "./texts.js";

const PAGE = 10; // rows that Page Up and Page Down go over
const DRAWN_MS = 0.06; // what a browser takes to draw a cell

export const letterOf = (state) => state.charAt(0).toUpperCase();

/** `{ row, column }` count from 1; row 0 is the head, column 0 has the names. */
export class Grid {
  element = h("div", { role: "grid", class: "grid", "aria-readonly": "true" });
  #handlers;
  #places = []; // by row and column: what can be focused there
  #current = { row: 1, column: 2 };
  #lit = [];

  /**
   * @param {object} handlers
   * @param {(place?: { row: number, column: number }) => void} handlers.point  at what is pointed, or what has the focus
   * @param {(place: { row: number, column: number }) => void} handlers.open  a cell that is not a link
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
   * @param {{ kinds: Map<string, string>, doubts: Map<string, string> }} known  by alias, how fresh what is known of a
   *   cluster is, and why it is not
   * @param {(row: string, column: string) => string | undefined} whyNot  why two may not be connected
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
      if (this.#current.row === i + 1) setAttribute(this.#at(this.#current), "tabindex", 0);
      yield written.length * DRAWN_MS;
    }
  }

  get hasFocus() {
    return this.element.contains(document.activeElement);
  }

  #makeHead(count) {
    const corner = h("div", { role: "columnheader", class: "corner" }, h("span", { class: "unseen" }, texts.corner));
    const names = Array.from({ length: count }, (_, i) => nameLink({ row: 0, column: i + 1 }));
    const cells = names.map((name) => h("div", { role: "columnheader", class: "name" }, name));
    this.element.append(h("div", { role: "row", class: "names" }, corner, cells));
    return [corner, ...names];
  }

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

  #at = ({ row, column }) => this.#places[row]?.[column];

  /** One place can be reached by Tab, the others from it. */
  #rove(place) {
    if (!place) return;
    const before = this.#at(this.#current);
    if (before) setAttribute(before, "tabindex", -1);
    this.#current = place;
    setAttribute(this.#at(place), "tabindex", 0);
  }

  #point(place) {
    for (const each of this.#lit) each.classList.remove("lit");
    this.#lit = place ? [this.#places[place.row][0], this.#places[0][place.column]] : [];
    for (const each of this.#lit) each.classList.add("lit");
    this.#handlers.point(place);
  }

  #click({ target }) {
    const place = placeOf(target);
    if (place && !target.closest("a[href]")) this.#handlers.open(place);
  }

  #key(event) {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    if (["Enter", " "].includes(event.key)) {
      event.preventDefault();
      return event.target.click();
    }
    const to = this.#target(event);
    if (!to || !this.#at(to) || (to.row === 0 && to.column === 0)) return;
    event.preventDefault();
    const place = this.#at(to);
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest", inline: "nearest" }); // beside the names, unlike what `focus` does
  }

  #target({ key, ctrlKey }) {
    const { row, column } = this.#current;
    const count = this.#places.length - 1;
    const within = (row) => Math.max(1, Math.min(count, row));
    if (ctrlKey) return { Home: { row: 1, column: 1 }, End: { row: count, column: count } }[key];
    return {
      ArrowRight: { row, column: column + 1 },
      ArrowLeft: { row, column: column - 1 },
      ArrowDown: { row: row + 1, column },
      ArrowUp: { row: row - 1, column },
      Home: { row, column: 1 },
      End: { row, column: count },
      PageDown: { row: within(row + PAGE), column },
      PageUp: { row: within(row - PAGE), column },
    }[key];
  }
}

const placeOf = (target) => target.closest("[role=gridcell], .name a")?.place;

function nameLink(place) {
  const link = h("a", { tabindex: -1 }, h("span", {}), h("small", {}));
  return Object.assign(link, { place });
}

function writeName(link, alias, { kinds, doubts }) {
  const [kind, doubt] = [kinds, doubts].map((each) => each.get(alias));
  if (link.key === `${alias} ${doubt}`) return;
  link.key = `${alias} ${doubt}`;
  setText(link.firstChild, alias);
  setText(link.lastChild, doubt);
  setAttribute(link, "href", hrefOf(alias));
  setAttribute(link, "title", alias);
  setAttribute(link.parentElement ?? link, "data-freshness", kind);
}

function makeCell(place) {
  const isSelf = place.row === place.column;
  const element = h("div", { role: "gridcell", class: "cell" });
  if (isSelf) setAttribute(element, "tabindex", -1);
  const inner = isSelf ? element : h("a", { tabindex: -1 });
  if (!isSelf) element.append(inner);
  Object.assign(element, { place });
  return { element, inner };
}

/** Whether there was something to write. */
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
  const element = inner.closest("[role=gridcell]");
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

/** A cell in words. */
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
