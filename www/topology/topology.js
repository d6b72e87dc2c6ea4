// The topology: how many links there are and how they are, in words; below, a drawing with the same as a table, or a matrix.
import { h, setAttribute, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { Slices } from "../elements/slices.js";
import { doubtOf } from "../clusters/look-text.js";
import { Notices } from "../clusters/notices.js";
import { Matrix, ORDERS } from "../matrix/matrix.js";
import { pairsOf } from "../matrix/pairs.js";
import { texts as matrixTexts } from "../matrix/texts.js";
import { verdictOf } from "../peering/verdict.js";
import { TOPOLOGY, withQuery } from "../route.js";
import { texts } from "./texts.js";
import { texts as pageTexts } from "../texts.js";
import { Diagram } from "./diagram.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Work } from "../elements/slices.js"
 * @import { Order } from "../matrix/matrix.js"
 * @import { Route } from "../route.js"
 *
 * @typedef {keyof typeof matrixTexts.view} View
 */

/** From this number of clusters on, the matrix is the default view. */
const MATRIX_FROM = 8;
const VIEWS = /** @type {View[]} */ (Object.keys(matrixTexts.view));
/** @type {Record<string, string[]>} what the address may say */
const KNOWN = { view: VIEWS, sort: ORDERS };

export class TopologyView {
  #app;
  /** @type {View} */
  #view = "topology";
  /** @type {number | undefined} the version that was drawn last */
  #drawn;
  #notices;
  #diagram;
  #matrix;
  #slices = new Slices(() => this.#draw());
  #links = VIEWS.map((view) => h("a", {}, matrixTexts.view[view]));
  /** @type {HTMLElement | null | undefined} the link through which the view was left */
  #left;
  #summary = h("p", { class: "summary" });
  #body = h("div", {});
  #empty = h("div", {});

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    this.#notices = new Notices(app);
    this.#matrix = new Matrix(app, (sort) => this.#ask({ sort }));
    this.#diagram = new Diagram();
    const views = h("nav", { class: "switch", "aria-label": matrixTexts.views }, this.#links);
    this.element = h(
      "div",
      { class: "topology" },
      h("div", { class: "head" }, h("h1", { tabindex: "-1" }, texts.heading), views),
      this.#summary,
      this.#notices.element,
      this.#body,
      this.#empty,
    );
    // The signs of a drawing repeat its lines, and cannot have the focus.
    this.element.addEventListener("click", ({ target }) => {
      this.#left = /** @type {Element} */ (target).closest("a[href]:not(.sign)");
    });
  }

  /**
   * @param {Pick<Route, "query">} route
   * @returns {URLSearchParams} as much of the query as it understands
   */
  open({ query }) {
    const isMany = this.#app.clusters.size >= MATRIX_FROM;
    const view = query.get("view");
    this.#view = VIEWS.find((each) => each === view) ?? (isMany ? "matrix" : "topology");
    this.#links.forEach((link, i) => {
      const is = VIEWS[i] === this.#view;
      setAttribute(link, "aria-current", is ? "true" : null);
      setAttribute(link, "href", withQuery(TOPOLOGY, new URLSearchParams({ view: VIEWS[i] })));
    });
    this.#matrix.sortBy(query.get("sort"));
    setContent(this.#body, this.#view, () => (this.#view === "matrix" ? this.#matrix : this.#diagram).element);
    this.#drawn = undefined;
    this.#slices.drop();
    this.#left?.focus(); // before it is drawn: what has the focus keeps its place
    return new URLSearchParams([...query].filter(([name, value]) => KNOWN[name]?.includes(value)));
  }

  /** Where the focus belongs when one comes back, or has chosen the other view: at the link through which one left. */
  focus() {
    const left = this.#left;
    this.#left = undefined;
    return left?.isConnected ? left : undefined;
  }

  update() {
    this.#notices.update();
    if (this.#drawn === this.#app.live.version) return;
    this.#drawn = this.#app.live.version;
    const { all, looks } = this.#app.live;
    const isSeen = looks.every(({ freshness }) => freshness.kind === "fresh");
    const isEmpty = all.length === 0 && looks.length < 2;
    this.#body.hidden = this.#summary.hidden = isEmpty;
    setContent(this.#empty, [isSeen, isEmpty], () =>
      isSeen && all.length === 0 ? emptyPart(texts.empty, pageTexts.list.emptyFirst) : null,
    );
    this.#slices.request();
  }

  /** @returns {Work} */
  *#draw() {
    const { live } = this.#app;
    const { links, clusters } = live;
    yield;
    const kinds = new Map(clusters.map(({ alias, freshness }) => [alias, freshness.kind]));
    const doubts = new Map(live.looks.map((look) => [look.cluster.alias, doubtOf(look)]));
    const pairs = yield* pairsOf(kinds, links, verdictOf);
    setText(this.#summary, matrixTexts.summary(pairs.totals));
    if (this.#view === "matrix") yield* this.#matrix.draw(pairs, kinds, doubts);
    else this.#diagram.draw(links, kinds, doubts);
  }

  /** @param {{ sort: Order }} change */
  #ask(change) {
    const query = new URLSearchParams({ view: this.#view, ...change });
    this.#app.replaceQuery(query);
    this.open({ query });
    this.update();
  }
}
