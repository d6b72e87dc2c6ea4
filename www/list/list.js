// The list of peerings: one row for each link between the clusters, or for each peering of one cluster.
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
 * @import { Look as ClusterLook } from "../clusters/look.js"
 * @import { Verdict } from "../elements/verdict.js"
 * @import { Route } from "../route.js"
 * @import { Kept, ListedPeering } from "./columns.js"
 * @import { Query } from "./filter.js"
 * @import { ListTexts, Look } from "./table.js"
 *
 * @typedef {object} Listing  one kind of a list
 * @property {string} name
 * @property {ListTexts} texts
 * @property {HTMLElement} element
 * @property {(query: Query) => void} showOrder
 * @property {(key: string) => HTMLElement | undefined} reach  see `Rows.reach`
 * @property {(query: Query, stay: boolean) => Drawn} draw
 *
 * @typedef {{ all: number, shown: number, unknown: number, counts: Map<string, number> }} Drawn  how many there are
 */

const ANNOUNCED_AFTER_MS = 600;

export class ListView {
  #app;
  /** @type {string | undefined} */
  #alias;
  #query = readQuery(new URLSearchParams(), []);
  /** @type {{ key: string, items: ListedPeering[] } | undefined} the peerings of one cluster, as long as they are the same */
  #own;
  /** @type {number | undefined} the version that was drawn last */
  #drawn;
  /** @type {string | undefined} the row through which the list was left */
  #left;
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
  #label = h("label", { for: "search", class: "unseen" });
  /** @type {{ links?: Listing, peerings?: Listing }} those that were shown */
  #listings = {};
  #place = h("div", {});
  #empty = h("div", {});

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    this.#panel = new ClusterPanel(app);
    this.#notices = new Notices(app);
    this.#search.addEventListener("input", () => this.#ask({ search: this.#search.value }));
    this.#clear.addEventListener("click", () => {
      this.#search.value = "";
      this.#ask({ search: "", states: new Set() });
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
      this.#place,
      this.#empty,
    );
    this.#place.addEventListener("click", ({ target }) => {
      const element = /** @type {Element} */ (target);
      this.#left = element.closest("a") ? rowOf(element)?.key : undefined;
    });
  }

  /**
   * @param {Route} route
   * @returns {URLSearchParams} as much of the query as it understands
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
    if (this.#place.firstChild !== element) this.#place.replaceChildren(element);
    setText(this.#label, texts.search);
    setAttribute(this.#search, "placeholder", texts.search);
  }

  /** What is shown: of one cluster its peerings, of several their links. */
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

  /** Where the focus belongs when one comes back: the row through which one left. */
  focus() {
    const link = this.#left === undefined ? undefined : this.#listing.reach(this.#left);
    this.#left = undefined;
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
    if (this.#drawn !== live.version) this.#draw({ stay: this.#drawn !== undefined });
    this.#drawn = live.version;
  }

  #draw({ stay = false } = {}) {
    const { texts: own, name } = this.#listing;
    const { all, shown, unknown, counts } = this.#listing.draw(this.#query, stay);
    const looks = this.#app.live.looks.filter(({ cluster }) => cluster.alias === (this.#alias ?? cluster.alias));
    this.#drawChips(counts);
    this.#clear.hidden = this.#query.search === "" && this.#query.states.size === 0;
    this.#tools.hidden = all === 0;
    setText(this.#count, own.shown(shown, all, unknown));
    const none = shown > 0 ? null : all > 0 ? "noMatch" : whyEmpty(looks);
    const headings = { noMatch: own.noMatch, empty: texts.list.empty, unread: texts.list.unread };
    setContent(this.#empty, [none, name], () => none && emptyPart(headings[none], texts.list[`${none}First`]));
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
      this.#ask({ states });
    });
    return Object.assign(chip, { amount });
  }

  /** @param {string} column */
  #sort(column) {
    this.#ask({ column, descending: this.#query.column === column && !this.#query.descending });
  }

  /**
   * Shows what another query finds.
   * @param {Partial<Query>} change
   */
  #ask(change) {
    Object.assign(this.#query, change);
    this.#app.replaceQuery(writeQuery(this.#query));
    this.#listing.showOrder(this.#query);
    this.#draw();
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => announce(this.#count.textContent ?? ""), ANNOUNCED_AFTER_MS);
  }
}

/**
 * @template {Kept & { verdict: Verdict }} Item
 * @template {object} Parts
 * @param {Look<Item, Parts>} look
 * @param {() => Item[]} itemsOf
 * @param {(column: string) => void} onSort
 * @returns {Listing}
 */
function listing(look, itemsOf, onSort) {
  const { name, texts, kind } = look;
  const table = new Table(look, onSort);
  return {
    ...{ name, texts, element: table.element, reach: table.reach },
    showOrder: (query) => table.showOrder(query),
    draw(query, stay) {
      const items = itemsOf();
      const { shown, counts } = select(items, query, kind);
      table.set(shown, { stay });
      const unknown = shown.filter(({ verdict }) => verdict === "unknown").length;
      return { all: items.length, shown: shown.length, unknown, counts };
    },
  };
}

/**
 * What is said of a list that is empty: nothing as long as no cluster has been read.
 * @param {ClusterLook[]} looks
 */
function whyEmpty(looks) {
  if (looks.every(({ freshness }) => freshness.kind === "fresh")) return "empty";
  return looks.some(({ freshness }) => freshness.kind === "fresh") ? "unread" : null;
}
