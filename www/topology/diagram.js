// The drawing with what belongs to it: a line that describes what is pointed at, the legend, and the same links as a table.
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
  /** @type {[links: Link[], kinds: Known["kinds"], doubts: Known["doubts"]] | undefined} what was drawn last */
  #drawn;
  #width = 0;
  #drawing;
  #readout = readout("figcaption", texts.hint);
  #table;
  #order = readQuery(new URLSearchParams(), Object.keys(linkRows.kind.values));

  constructor() {
    this.#drawing = new Drawing(this.#readout.tell);
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
   * @param {Known["doubts"]} doubts
   */
  draw(links, kinds, doubts) {
    this.#drawn = [links, kinds, doubts];
    this.#list({ stay: true });
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    if (this.#width > 0) this.#drawing.draw([...kinds.keys()], links, { width: this.#width, unit, kinds, doubts });
  }

  /** @param {{ stay?: boolean }} [options] */
  #list({ stay } = {}) {
    const [links] = this.#drawn ?? [[]];
    this.#table.set(select(links, this.#order, linkRows.kind).shown, { stay });
  }

  /** @param {string} column */
  #sort(column) {
    const descending = this.#order.column === column && !this.#order.descending;
    Object.assign(this.#order, { column, descending });
    this.#table.showOrder(this.#order);
    this.#list();
  }
}

function legend() {
  return h(
    "ul",
    { class: "legend", "aria-label": texts.legend },
    STATES.map((state) => h("li", {}, badge(state))),
  );
}
