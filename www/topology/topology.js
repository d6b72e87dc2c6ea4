// The topology view: a summary of all links, and below it the diagram with its table, or the matrix.
import { h, setAttribute, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { Slices } from "../elements/slices.js";
import { staleStatusOf } from "../clusters/status-text.js";
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
/** More notices than this are collapsed: they must not fill the view. */
const NOTICES_MAX = 2;
const VIEWS = /** @type {View[]} */ (Object.keys(matrixTexts.view));
/** @type {Record<string, string[]>} the valid query parameters */
const PARAMETERS = { view: VIEWS, sort: ORDERS };

export class TopologyView {
  #app;
  /** @type {View} */
  #view = "topology";
  /** @type {number | undefined} the last version that was drawn */
  #drawn;
  #notices;
  /** @type {HTMLDetailsElement} contains the notices */
  #about;
  #count = h("summary", {});
  #diagram;
  #matrix;
  #slices = new Slices(() => this.#draw());
  #links = VIEWS.map((view) => h("a", {}, matrixTexts.view[view]));
  /** @type {HTMLElement | null | undefined} the link that was followed last */
  #followed;
  #summary = h("p", { class: "summary" });
  #body = h("div", {});
  #empty = h("div", {});

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    this.#notices = new Notices(app);
    this.#about = h("details", {}, this.#count, this.#notices.element);
    this.#matrix = new Matrix(app, (sort) => this.#changeQuery({ sort }));
    this.#diagram = new Diagram();
    const views = h("nav", { class: "switch", "aria-label": matrixTexts.views }, this.#links);
    this.element = h(
      "div",
      { class: "topology" },
      h("div", { class: "head" }, h("h1", { tabindex: "-1" }, texts.heading), views),
      this.#summary,
      this.#about,
      this.#body,
      this.#empty,
    );
    // Signs repeat the links of their lines, and cannot be focused.
    this.element.addEventListener("click", ({ target }) => {
      this.#followed = /** @type {Element} */ (target).closest("a[href]:not(.sign)");
    });
  }

  /**
   * @param {Pick<Route, "query">} route
   * @returns {URLSearchParams} the valid parameters of the query
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
    this.#slices.cancel();
    this.#followed?.focus(); // before drawing, which keeps the focused element
    return new URLSearchParams([...query].filter(([name, value]) => PARAMETERS[name]?.includes(value)));
  }

  /** When the user navigates back, focuses the link that was followed. */
  focus() {
    const followed = this.#followed;
    this.#followed = undefined;
    return followed?.isConnected ? followed : undefined;
  }

  update() {
    this.#notices.update();
    this.#countNotices();
    if (this.#drawn === this.#app.live.version) return;
    this.#drawn = this.#app.live.version;
    const { all, snapshots } = this.#app.live;
    const isConfirmed = snapshots.every(({ freshness }) => freshness.kind === "fresh");
    const isEmpty = all.length === 0 && snapshots.length < 2;
    this.#body.hidden = this.#summary.hidden = isEmpty;
    setContent(this.#empty, [isConfirmed, isEmpty], () =>
      isConfirmed && all.length === 0 ? emptyPart(texts.empty, pageTexts.list.emptyHint) : null,
    );
    this.#slices.request();
  }

  #countNotices() {
    const amount = this.#notices.element.childElementCount;
    const text = texts.notices(amount);
    if (text === this.#count.textContent) return; // may have been opened or closed since
    setText(this.#count, text);
    this.#about.hidden = amount === 0;
    this.#about.open = this.#count.hidden = amount <= NOTICES_MAX;
  }

  /** @returns {Work} */
  *#draw() {
    const { live } = this.#app;
    const { links, clusters } = live;
    yield;
    const kinds = new Map(clusters.map(({ alias, freshness }) => [alias, freshness.kind]));
    const statuses = new Map(live.snapshots.map((snapshot) => [snapshot.cluster.alias, staleStatusOf(snapshot)]));
    const pairs = yield* pairsOf(kinds, links, verdictOf);
    setText(this.#summary, matrixTexts.summary(pairs.totals));
    if (this.#view === "matrix") yield* this.#matrix.draw(pairs, kinds, statuses);
    else this.#diagram.draw(links, kinds, statuses);
  }

  /** @param {{ sort: Order }} change */
  #changeQuery(change) {
    const query = new URLSearchParams({ view: this.#view, ...change });
    this.#app.replaceQuery(query);
    this.open({ query });
    this.update();
  }
}
