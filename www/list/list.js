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
import { Table } from "./table.js";
import { texts } from "../texts.js";

const ANNOUNCED_AFTER_MS = 600;

export class ListView {
  #app;
  #alias;
  #query;
  #drawn; // what the rows were last made from
  #left; // the row through which the list was left
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
  #tables = new Map();
  #look; // of the table that is shown
  #place = h("div", {});
  #empty = h("div", {});

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
      this.#left = target.closest("a") && target.closest("tr").key;
    });
  }

  /** @returns {URLSearchParams} as much of the query as it understands */
  open({ alias, query }) {
    this.#alias = alias;
    this.#drawn = undefined;
    this.#show(alias === undefined && this.#app.clusters.size > 1 ? linkRows : peeringRows);
    this.#query = readQuery(query, Object.keys(this.#look.texts.columns));
    this.#search.value = this.#query.search;
    this.#table.showOrder(this.#query);
    return writeQuery(this.#query);
  }

  #show(look) {
    this.#look = look;
    if (!this.#tables.has(look)) this.#tables.set(look, new Table(look, (column) => this.#sort(column)));
    if (this.#place.firstChild !== this.#table.element) this.#place.replaceChildren(this.#table.element);
    setText(this.#label, look.texts.search);
    setAttribute(this.#search, "placeholder", look.texts.search);
  }

  get #table() {
    return this.#tables.get(this.#look);
  }

  /** Where the focus belongs when one comes back: the row through which one left. */
  focus() {
    const link = this.#left && this.#table.reach(this.#left);
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
    const items = this.#items();
    const { shown, counts } = select(items, this.#query, this.#look.kind);
    const looks = this.#app.live.looks.filter(({ cluster }) => cluster.alias === (this.#alias ?? cluster.alias));
    this.#drawChips(counts);
    this.#clear.hidden = this.#query.search === "" && this.#query.states.size === 0;
    this.#tools.hidden = items.length === 0;
    const unknown = shown.filter(({ verdict }) => verdict === "unknown").length;
    setText(this.#count, this.#look.texts.shown(shown.length, items.length, unknown));
    this.#table.set(shown, { stay });
    const none = shown.length > 0 ? null : items.length > 0 ? "noMatch" : whyEmpty(looks);
    const heading = () => (none === "noMatch" ? this.#look.texts.noMatch : texts.list[none]);
    setContent(this.#empty, [none, this.#look.name], () =>
      none === null ? null : emptyPart(heading(), texts.list[`${none}First`]),
    );
  }

  /** Everything that is listed, with its verdict. */
  #items() {
    const { live } = this.#app;
    if (this.#look === linkRows) return live.links;
    return live.all
      .filter(({ alias }) => alias === (this.#alias ?? alias))
      .map((side) => ({ ...side, ...live.verdictOn(side) }));
  }

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

  #chip(state) {
    const amount = h("span", { class: "amount" });
    const chip = h("button", { type: "button", class: "chip" }, badge(state), amount);
    chip.addEventListener("click", () => {
      this.#ask({ states: this.#query.states.symmetricDifference(new Set([state])) });
    });
    return Object.assign(chip, { amount });
  }

  #sort(column) {
    this.#ask({ column, descending: this.#query.column === column && !this.#query.descending });
  }

  /** Shows what another query finds. */
  #ask(change) {
    Object.assign(this.#query, change);
    this.#app.replaceQuery(writeQuery(this.#query));
    this.#table.showOrder(this.#query);
    this.#draw();
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => announce(this.#count.textContent), ANNOUNCED_AFTER_MS);
  }
}

/** What is said of a list that is empty: nothing as long as no cluster has been read. */
function whyEmpty(looks) {
  if (looks.every(({ freshness }) => freshness.kind === "fresh")) return "empty";
  return looks.some(({ freshness }) => freshness.kind === "fresh") ? "unread" : null;
}
