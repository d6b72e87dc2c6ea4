// The drawing with what belongs to it: a line that tells of what is pointed at, the legend, and the same as a table.
import { h, setAttribute, setText } from "../elements/dom.js";
import { Drawing } from "./drawing.js";
import { nameOfEnd } from "./graph.js";
import { hrefOf } from "../route.js";
import { Rows } from "../list/rows.js";
import { badge, setStateOf, STATES } from "../elements/state.js";
import { texts } from "../texts.js";

const { columns } = texts.topology;

export class Diagram {
  #drawn; // what was drawn last
  #width = 0;
  #drawing;
  #hint = h("figcaption", {}, texts.topology.hint);
  #body = h("tbody", { role: "rowgroup" });
  #table;
  #rows;

  constructor() {
    this.#drawing = new Drawing((text) => setText(this.#hint, text ?? texts.topology.hint));
    const figure = h("figure", {}, this.#drawing.element, this.#hint, legend());
    const head = Object.entries(columns).map(([name, text]) =>
      h("th", { role: "columnheader", scope: "col", class: name }, text),
    );
    this.#table = h(
      "table",
      { role: "table", class: "rows links", "aria-label": texts.topology.table },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row", "aria-rowindex": 1 }, head)),
      this.#body,
    );
    this.#rows = new Rows(this.#body, { keyOf: ({ key }) => key, make: makeRow, update: updateRow });
    this.element = h("div", { class: "diagram" }, figure, this.#table);
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.#width) return;
      this.#width = contentRect.width;
      if (this.#drawn) this.draw(...this.#drawn);
    }).observe(figure);
  }

  /** @param {Map<string, string>} kinds  by alias, how fresh what is known of a cluster is */
  draw(links, kinds) {
    this.#drawn = [links, kinds];
    this.#table.hidden = links.length === 0;
    setAttribute(this.#table, "aria-rowcount", links.length + 1);
    this.#rows.set(links, { stay: true });
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    if (this.#width > 0) this.#drawing.draw([...kinds.keys()], links, { width: this.#width, unit, kinds });
  }
}

function makeRow() {
  const parts = {
    from: h("a", {}),
    to: h("a", {}),
    state: [badge("UNDEFINED"), h("span", { class: "none" })],
    back: [badge("UNDEFINED"), h("span", { class: "none" })],
  };
  const cells = [
    h("th", { role: "rowheader", scope: "row", class: "from" }, parts.from),
    ...["to", "state", "back"].map((name) => h("td", { role: "cell", class: name }, parts[name])),
  ];
  return Object.assign(h("tr", { role: "row" }, cells), { parts });
}

function updateRow({ parts }, link) {
  for (const [end, name, [state, none]] of [
    [link.dialer, parts.from, parts.state],
    [link.acceptor, parts.to, parts.back],
  ]) {
    setText(name, nameOfEnd(end, link));
    setAttribute(name, "href", end.peering && hrefOf(end.alias, end.peering.peer_name));
    state.hidden = !end.peering;
    none.hidden = Boolean(end.peering);
    if (end.peering) setStateOf(state, end);
    else setText(none, texts.topology.missing[link.missing]);
  }
}

function legend() {
  return h(
    "ul",
    { class: "legend", "aria-label": texts.topology.legend },
    STATES.map((state) => h("li", {}, badge(state))),
  );
}
