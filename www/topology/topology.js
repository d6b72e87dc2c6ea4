// The topology: clusters as nodes, links as edges; beside it the same as a table.
import { h, setAttribute, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { Drawing } from "./drawing.js";
import { linksOf } from "./mesh.js";
import { Notices } from "../clusters/notices.js";
import { hrefOf } from "../route.js";
import { Rows } from "../list/rows.js";
import { badge, setStateOf, STATES } from "../elements/state.js";
import { texts } from "../texts.js";

const { columns } = texts.topology;

export class TopologyView {
  #app;
  #drawn;
  #width = 0;
  #notices;
  #drawing;
  #body = h("tbody", { role: "rowgroup" });
  #table;
  #rows;
  #hint = h("figcaption", {});
  #empty = h("div", {});
  #parts;

  constructor(app) {
    this.#app = app;
    this.#notices = new Notices(app);
    this.#drawing = new Drawing((text) => setText(this.#hint, text ?? texts.topology.hint));
    setText(this.#hint, texts.topology.hint);
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
    this.#parts = h("div", { class: "beside" }, figure, this.#table);
    this.element = h(
      "div",
      { class: "topology" },
      h("h1", { tabindex: "-1" }, texts.topology.heading),
      this.#notices.element,
      this.#parts,
      this.#empty,
    );
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === this.#width) return;
      this.#width = contentRect.width;
      this.#draw();
    }).observe(figure);
  }

  open() {
    this.#drawn = undefined;
  }

  update() {
    this.#notices.update();
    if (this.#drawn === this.#app.live.version) return;
    this.#drawn = this.#app.live.version;
    const { all, looks } = this.#app.live;
    const isSeen = looks.every(({ freshness }) => freshness.kind === "fresh");
    this.#parts.hidden = all.length === 0 && looks.length < 2;
    setContent(this.#empty, [isSeen, this.#parts.hidden], () =>
      isSeen && all.length === 0 ? emptyPart(texts.topology.empty, texts.list.emptyFirst) : null,
    );
    this.#draw();
  }

  #draw() {
    const { all, looks } = this.#app.live;
    const aliases = looks.map(({ cluster }) => cluster.alias);
    const links = linksOf(all, aliases);
    this.#table.hidden = links.length === 0;
    setAttribute(this.#table, "aria-rowcount", links.length + 1);
    this.#rows.set(links, { stay: true });
    const kinds = new Map(looks.map(({ cluster, freshness }) => [cluster.alias, freshness.kind]));
    if (this.#width > 0) this.#drawing.draw(aliases, links, this.#width, kinds);
  }
}

function makeRow({ a }) {
  const parts = {
    from: h("a", { href: hrefOf(a.alias, a.peering.peer_name) }, a.alias),
    to: h("span", {}),
    state: badge(a.peering.state),
    back: badge("UNDEFINED"),
    unseen: h("span", { class: "none" }, texts.topology.unseen),
  };
  const cells = [
    h("th", { role: "rowheader", scope: "row", class: "from" }, parts.from),
    ...["to", "state"].map((name) => h("td", { role: "cell", class: name }, parts[name])),
    h("td", { role: "cell", class: "back" }, parts.back, parts.unseen),
  ];
  return Object.assign(h("tr", { role: "row" }, cells), { parts });
}

function updateRow({ parts }, { a, b }) {
  setText(parts.to, b ? b.alias : a.peering.peer_name);
  setStateOf(parts.state, a);
  parts.back.hidden = !b;
  parts.unseen.hidden = Boolean(b);
  if (b) setStateOf(parts.back, b);
}

function legend() {
  return h(
    "ul",
    { class: "legend", "aria-label": texts.topology.legend },
    STATES.map((state) => h("li", {}, badge(state))),
  );
}
