// The drawing with its description line, its legend, and the same links as a table.
import { h } from "../elements/dom.js";
import { readout } from "../elements/readout.js";
import { Drawing } from "./drawing.js";
import { linkRows } from "../list/link-rows.js";
import { readQuery, select } from "../list/filter.js";
import { Table } from "../list/table.js";
import { badge, STATES } from "../elements/state.js";
import { texts } from "./texts.js";

/**
 * @import { Link } from "../clusters/links.js"
 * @import { Known } from "../matrix/grid.js"
 */

export class Diagram {
  /** @type {[links: Link[], kinds: Known["kinds"], statuses: Known["statuses"]] | undefined} the data that was drawn last */
  #drawn;
  #width = 0;
  #drawing;
  #readout = readout("figcaption", texts.hint);
  #table;
  #order = readQuery(new URLSearchParams(), Object.keys(linkRows.kind.values));

  constructor() {
    this.#drawing = new Drawing(this.#readout.show);
    const figure = h("figure", {}, this.#drawing.element, this.#readout.element, legend());
    this.#table = new Table(linkRows, (column) => this.#sort(column));
    this.#table.showOrder(this.#order);
    this.element = h("div", { class: "diagram" }, figure, this.#table.element);
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.#width) return;
      this.#width = contentRect.width;
      if (this.#drawn) this.draw(...this.#drawn);
    }).observe(figure);
  }

  /**
   * @param {Link[]} links
   * @param {Known["kinds"]} kinds
   * @param {Known["statuses"]} statuses
   */
  draw(links, kinds, statuses) {
    this.#drawn = [links, kinds, statuses];
    this.#updateTable({ keepsPosition: true });
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    if (this.#width > 0) this.#drawing.draw([...kinds.keys()], links, { width: this.#width, unit, kinds, statuses });
  }

  /** @param {{ keepsPosition?: boolean }} [options] */
  #updateTable({ keepsPosition } = {}) {
    const [links] = this.#drawn ?? [[]];
    this.#table.set(select(links, this.#order, linkRows.kind).shown, { keepsPosition });
  }

  /** @param {string} column */
  #sort(column) {
    const descending = this.#order.column === column && !this.#order.descending;
    Object.assign(this.#order, { column, descending });
    this.#table.showOrder(this.#order);
    this.#updateTable();
  }
}

function legend() {
  return h(
    "ul",
    { class: "legend", "aria-label": texts.legend },
    STATES.map((state) => h("li", {}, badge(state))),
  );
}
