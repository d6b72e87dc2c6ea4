// The list of links between the clusters, or of the peerings of one cluster.
import { announce } from "../elements/announce.js";
import { showActions } from "../dialogs/actions.js";
import { ClusterPanel } from "../clusters/panel.js";
import { h, keyed, setAttribute, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { readQuery, select, writeQuery } from "./filter.js";
import { number } from "../format.js";
import { linkRows } from "./link-rows.js";
import { Notices } from "../clusters/notices.js";
import { peeringRows } from "./peering-rows.js";
import { badge, STATES } from "../elements/state.js";
import { rowOf } from "./rows.js";
import { Table } from "./table.js";
import { texts } from "../texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Snapshot } from "../clusters/snapshot.js"
 * @import { Verdict } from "../elements/verdict.js"
 * @import { Route } from "../route.js"
 * @import { Cached, ListedPeering } from "./columns.js"
 * @import { Query } from "./filter.js"
 * @import { ListTexts, RowFormat } from "./table.js"
 *
 * @typedef {object} Listing  one of the two lists
 * @property {string} name
 * @property {ListTexts} texts
 * @property {HTMLElement} element
 * @property {(query: Query) => void} showOrder
 * @property {(key: string) => HTMLElement | undefined} scrollTo  see `Rows.scrollTo`
 * @property {(query: Query, keepsPosition: boolean) => Counts} draw
 *
 * @typedef {{ all: number, shown: number, unknown: number, counts: Map<string, number> }} Counts
 */

const ANNOUNCED_AFTER_MS = 600;

export class ListView {
  #app;
  /** @type {string | undefined} */
  #alias;
  #query = readQuery(new URLSearchParams(), []);
  /** @type {{ key: string, items: ListedPeering[] } | undefined} the peerings of one cluster, until the next change */
  #own;
  /** @type {number | undefined} the last version that was drawn */
  #drawn;
  /** @type {string | undefined} the row whose link was followed last */
  #followed;
  /** @type {number | undefined} */
  #announcing;

  #heading = h("h1", { tabindex: "-1" });
  #actions = h("div", { class: "actions", id: "list-actions" });
  #panel;
  #notices;
  #search = h("input", { type: "search", id: "search", spellcheck: "false" });
  #chips = h("div", { class: "chips", role: "group", "aria-label": texts.list.states });
  #clear = h("button", { type: "button", class: "small" }, texts.list.clear);
  #count = h("p", { class: "count" });
  #tools;
  #label = h("label", { for: "search", class: "visually-hidden" });
  /** @type {{ links?: Listing, peerings?: Listing }} created on first use */
  #listings = {};
  #table = h("div", {});
  #empty = h("div", {});

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    this.#panel = new ClusterPanel(app);
    this.#notices = new Notices(app);
    this.#search.addEventListener("input", () => this.#changeQuery({ search: this.#search.value }));
    this.#clear.addEventListener("click", () => {
      this.#search.value = "";
      this.#changeQuery({ search: "", states: new Set() });
      this.#search.focus();
    });
    this.#tools = h(
      "div",
      { class: "tools", role: "search" },
      this.#label,
      this.#search,
      this.#chips,
      this.#count,
      this.#clear,
    );
    this.element = h(
      "div",
      { class: "list" },
      h("div", { class: "head" }, this.#heading, this.#actions),
      this.#notices.element,
      this.#panel.element,
      this.#tools,
      this.#table,
      this.#empty,
    );
    this.#table.addEventListener("click", ({ target }) => {
      const element = /** @type {Element} */ (target);
      this.#followed = element.closest("a") ? rowOf(element)?.key : undefined;
    });
  }

  /**
   * @param {Route} route
   * @returns {URLSearchParams} the valid parameters of the query
   */
  open({ alias, query }) {
    this.#alias = alias;
    this.#drawn = undefined;
    this.#show();
    this.#query = readQuery(query, Object.keys(this.#listing.texts.columns));
    this.#search.value = this.#query.search;
    this.#listing.showOrder(this.#query);
    return writeQuery(this.#query);
  }

  #show() {
    const { element, texts } = this.#listing;
    if (this.#table.firstChild !== element) this.#table.replaceChildren(element);
    setText(this.#label, texts.search);
    setAttribute(this.#search, "placeholder", texts.search);
  }

  /** The peerings of one cluster, or the links between several. */
  get #listing() {
    return this.#alias === undefined && this.#app.clusters.size > 1 ? this.#links : this.#peerings;
  }

  get #links() {
    return (this.#listings.links ??= listing(
      linkRows,
      () => this.#app.live.links,
      (column) => this.#sort(column),
    ));
  }

  get #peerings() {
    return (this.#listings.peerings ??= listing(
      peeringRows,
      () => {
        const { live } = this.#app;
        const key = `${live.version} ${this.#alias}`;
        if (this.#own?.key !== key) {
          const own = live.all.filter(({ alias }) => alias === (this.#alias ?? alias));
          this.#own = { key, items: own.map((side) => ({ ...side, ...live.verdictOn(side) })) };
        }
        return this.#own.items;
      },
      (column) => this.#sort(column),
    ));
  }

  /** When the user navigates back, focuses the link that was followed. */
  focus() {
    const link = this.#followed === undefined ? undefined : this.#listing.scrollTo(this.#followed);
    this.#followed = undefined;
    return link;
  }

  update() {
    const { live } = this.#app;
    const alias = this.#alias;
    setText(this.#heading, alias ?? texts.list.heading);
    this.#panel.update(alias);
    this.#notices.update(alias);
    if (alias === undefined) this.#actions.replaceChildren();
    else showActions(this.#actions, this.#app, "cluster", { alias });
    if (this.#drawn !== live.version) this.#draw({ keepsPosition: this.#drawn !== undefined });
    this.#drawn = live.version;
  }

  #draw({ keepsPosition = false } = {}) {
    const { texts: own, name } = this.#listing;
    const { all, shown, unknown, counts } = this.#listing.draw(this.#query, keepsPosition);
    const snapshots = this.#app.live.snapshots.filter(
      ({ cluster }) => cluster.alias === (this.#alias ?? cluster.alias),
    );
    this.#drawChips(counts);
    this.#clear.hidden = this.#query.search === "" && this.#query.states.size === 0;
    this.#tools.hidden = all === 0;
    setText(this.#count, own.shown(shown, all, unknown));
    const none = shown > 0 ? null : all > 0 ? "noMatch" : whyEmpty(snapshots);
    const headings = { noMatch: own.noMatch, empty: texts.list.empty, unread: texts.list.unread };
    setContent(this.#empty, [none, name], () => none && emptyPart(headings[none], texts.list[`${none}Hint`]));
  }

  /** @param {Map<string, number>} counts  by state */
  #drawChips(counts) {
    const known = new Set([...STATES, ...counts.keys()]);
    const states = [...known].filter((state) => counts.has(state) || this.#query.states.has(state));
    keyed(
      this.#chips,
      states,
      (state) => state,
      (state) => this.#chip(state),
      (chip, state) => {
        setAttribute(chip, "aria-pressed", String(this.#query.states.has(state)));
        setText(chip.amount, number(counts.get(state) ?? 0));
      },
    );
  }

  /** @param {string} state */
  #chip(state) {
    const amount = h("span", { class: "amount" });
    const chip = h("button", { type: "button", class: "chip" }, badge(state), amount);
    chip.addEventListener("click", () => {
      const states = new Set(this.#query.states);
      if (!states.delete(state)) states.add(state);
      this.#changeQuery({ states });
    });
    return Object.assign(chip, { amount });
  }

  /** @param {string} column */
  #sort(column) {
    this.#changeQuery({ column, descending: this.#query.column === column && !this.#query.descending });
  }

  /**
   * Applies a change of the query.
   * @param {Partial<Query>} change
   */
  #changeQuery(change) {
    Object.assign(this.#query, change);
    this.#app.replaceQuery(writeQuery(this.#query));
    this.#listing.showOrder(this.#query);
    this.#draw();
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => announce(this.#count.textContent ?? ""), ANNOUNCED_AFTER_MS);
  }
}

/**
 * @template {Cached & { verdict: Verdict }} Item
 * @template {object} Parts
 * @param {RowFormat<Item, Parts>} format
 * @param {() => Item[]} itemsOf
 * @param {(column: string) => void} onSort
 * @returns {Listing}
 */
function listing(format, itemsOf, onSort) {
  const { name, texts, kind } = format;
  const table = new Table(format, onSort);
  return {
    ...{ name, texts, element: table.element, scrollTo: table.scrollTo },
    showOrder: (query) => table.showOrder(query),
    draw(query, keepsPosition) {
      const items = itemsOf();
      const { shown, counts } = select(items, query, kind);
      table.set(shown, { keepsPosition });
      const unknown = shown.filter(({ verdict }) => verdict === "unknown").length;
      return { all: items.length, shown: shown.length, unknown, counts };
    },
  };
}

/**
 * The key of the text for an empty list; null until a cluster was read.
 * @param {Snapshot[]} snapshots
 */
function whyEmpty(snapshots) {
  if (snapshots.every(({ freshness }) => freshness.kind === "fresh")) return "empty";
  return snapshots.some(({ freshness }) => freshness.kind === "fresh") ? "unread" : null;
}
