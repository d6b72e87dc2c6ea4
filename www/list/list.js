// The list of peerings: of all clusters, or of one.
import { announce } from "../elements/announce.js";
import { showActions } from "../dialogs/actions.js";
import { ClusterPanel } from "../clusters/panel.js";
import { h, keyed, setAttribute, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { COLUMNS, metaOf, placeOf, readQuery, select, writeQuery } from "./filter.js";
import { number } from "../format.js";
import { Notices } from "../clusters/notices.js";
import { otherSides } from "../clusters/links.js";
import { hrefOf } from "../route.js";
import { Rows } from "./rows.js";
import { badge, setStateOf, STATES } from "../elements/state.js";
import { setVerdict, verdictLabel } from "../elements/verdict.js";
import { verdictOf } from "../peering/verdict.js";
import { UNKNOWN } from "../clusters/freshness.js";
import { texts } from "../texts.js";
import { timeAgo } from "../elements/time-ago.js";

const TOLD_AFTER_MS = 600;
/** Columns that are not told by what stands in them, where there is no head above. */
const LABELLED = ["heartbeat", "meta"];
/** Of a letter, in em, on average; and what breaking lines at hyphens leaves empty. */
const LETTER_WIDTH = 0.58;
const RAGGED = 1.2;
const SHARE_LEAST = 8;
const keyOf = ({ alias, peering }) => `${alias}/${peering.id}`;

export class ListView {
  #app;
  #alias;
  #query = readQuery(new URLSearchParams());
  #longest = {};
  #drawn; // what the rows were last made from
  #left; // the row through which the list was left
  #telling;

  #heading = h("h1", { tabindex: "-1" });
  #actions = h("div", { class: "actions", id: "list-actions" });
  #panel;
  #notices;
  #search = h("input", { type: "search", id: "search", placeholder: texts.list.search, spellcheck: "false" });
  #chips = h("div", { class: "chips", role: "group", "aria-label": texts.list.states });
  #clear = h("button", { type: "button", class: "small" }, texts.list.clear);
  #count = h("p", { class: "count" });
  #tools;
  #heads = new Map();
  #body = h("tbody", { role: "rowgroup" });
  #table;
  #rows;
  #empty = h("div", {});

  constructor(app) {
    this.#app = app;
    this.#panel = new ClusterPanel(app);
    this.#notices = new Notices(app);
    const head = COLUMNS.map((column) => this.#head(column));
    this.#table = h(
      "table",
      { role: "table", class: "rows", "aria-label": texts.list.caption },
      h(
        "thead",
        { role: "rowgroup" },
        h("tr", { role: "row", "aria-rowindex": 1, "data-label": texts.list.sortBy }, head),
      ),
      this.#body,
    );
    this.#rows = new Rows(this.#body, { keyOf, make: makeRow, update: updateRow });
    this.#body.addEventListener(
      "click",
      ({ target }) => (this.#left = target.closest("a") && target.closest("tr").key),
    );
    this.#search.addEventListener("input", () => this.#ask({ search: this.#search.value }));
    this.#clear.addEventListener("click", () => {
      this.#search.value = "";
      this.#ask({ search: "", states: new Set() });
      this.#search.focus();
    });
    this.#tools = h(
      "div",
      { class: "tools", role: "search" },
      h("label", { for: "search", class: "unseen" }, texts.list.search),
      this.#search,
      this.#chips,
      this.#count,
      this.#clear,
    );
    new ResizeObserver(() => this.#fit()).observe(this.#table);
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
  }

  open({ alias, query }) {
    this.#alias = alias;
    this.#drawn = undefined;
    this.#query = readQuery(query);
    this.#search.value = this.#query.search;
    for (const column of this.#heads.keys()) this.#drawHead(column);
  }

  /** Where the focus belongs when one comes back: the row through which one left. */
  focus() {
    const link = this.#left && this.#rows.reach(this.#left);
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
    const { shown, counts } = select(items, this.#query);
    const looks = this.#app.live.looks.filter(({ cluster }) => cluster.alias === (this.#alias ?? cluster.alias));
    const isFiltered = this.#query.search !== "" || this.#query.states.size > 0;
    this.#table.classList.toggle("with-alias", this.#alias === undefined && this.#app.clusters.size > 1);
    this.#table.hidden = shown.length === 0;
    setAttribute(this.#table, "aria-rowcount", shown.length + 1);
    this.#drawChips(counts);
    this.#clear.hidden = !isFiltered;
    this.#tools.hidden = items.length === 0;
    const unknown = shown.filter(({ staleSince }) => staleSince !== undefined).length;
    setText(this.#count, texts.list.shown(shown.length, items.length, unknown));
    this.#longest = longest(shown);
    this.#rows.set(shown, { stay });
    this.#fit();
    const none = shown.length > 0 ? null : items.length > 0 ? "noMatch" : whyEmpty(looks);
    setContent(this.#empty, none, () =>
      none === null ? null : emptyPart(texts.list[none], texts.list[`${none}First`]),
    );
  }

  /** Columns are as wide and rows as high as the longest name, alias and remote need, so that none is cut. */
  #fit() {
    const { style } = this.#table;
    for (const [column, length] of Object.entries(this.#longest)) {
      style.setProperty(`--${column}-width`, `${length * LETTER_WIDTH}em`);
      style.setProperty(`--${column}-share`, `${Math.max(length, SHARE_LEAST)}fr`);
    }
    const row = this.#body.firstElementChild;
    for (const [column, length] of Object.entries(this.#longest)) {
      const cell = row?.querySelector(`.${column}`);
      if (!cell?.clientWidth) continue;
      const width = length * parseFloat(getComputedStyle(cell).fontSize) * LETTER_WIDTH;
      const lines = width <= cell.clientWidth ? 1 : Math.ceil((width * RAGGED) / cell.clientWidth);
      style.setProperty(`--${column}-lines`, lines);
    }
  }

  /** Every peering that is listed, with its verdict. */
  #items() {
    const { all } = this.#app.live;
    const others = otherSides(all);
    return all
      .filter(({ alias }) => alias === (this.#alias ?? alias))
      .map((side) => ({ ...side, ...verdictOf(side, others.get(side)) }));
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

  #head(column) {
    const button = h("button", { type: "button" }, texts.list.columns[column]);
    const head = h("th", { role: "columnheader", scope: "col", class: column }, button);
    button.addEventListener("click", () => {
      const descending = this.#query.column === column && !this.#query.descending;
      this.#ask({ column, descending });
    });
    this.#heads.set(column, head);
    this.#drawHead(column);
    return head;
  }

  #drawHead(column) {
    const sorted = column === this.#query.column ? (this.#query.descending ? "descending" : "ascending") : null;
    setAttribute(this.#heads.get(column), "aria-sort", sorted);
  }

  /** Shows what another question finds. */
  #ask(change) {
    Object.assign(this.#query, change);
    this.#app.replaceQuery(writeQuery(this.#query));
    for (const column of this.#heads.keys()) this.#drawHead(column);
    this.#draw();
    clearTimeout(this.#telling);
    this.#telling = setTimeout(() => announce(this.#count.textContent), TOLD_AFTER_MS);
  }
}

/** The number of characters of the longest name, alias and remote cluster. */
function longest(items) {
  const most = (textOf) => items.reduce((most, item) => Math.max(most, textOf(item).length), 0);
  return {
    name: most(({ peering }) => peering.peer_name),
    alias: most(({ alias }) => alias),
    remote: most(({ peering }) => placeOf(peering.remote)),
  };
}

function makeRow({ alias, peering }) {
  const parts = {
    name: h("a", { href: hrefOf(alias, peering.peer_name) }, peering.peer_name),
    alias: h("span", {}, alias),
    verdict: [verdictLabel(), timeAgo(null, "")],
    state: badge(UNKNOWN),
    role: h("span", {}),
    remote: h("span", {}),
    services: h("span", {}),
    heartbeat: timeAgo(null, texts.list.noHeartbeat),
    meta: h("span", {}),
  };
  const cells = COLUMNS.map((column) =>
    column === "name"
      ? h("th", { role: "rowheader", scope: "row", class: column }, parts.name)
      : h(
          "td",
          { role: "cell", class: column, "data-label": LABELLED.includes(column) && texts.list.columns[column] },
          parts[column],
        ),
  );
  return Object.assign(h("tr", { role: "row" }, cells), { parts });
}

function updateRow({ parts }, item) {
  const { peering, staleSince } = item;
  const [verdict, readAt] = parts.verdict;
  setVerdict(verdict, item);
  readAt.at = staleSince ?? null;
  if (parts.of === peering && parts.staleSince === staleSince) return;
  Object.assign(parts, { of: peering, staleSince });
  const { role, remote, stream, meta } = peering;
  setStateOf(parts.state, item);
  setText(parts.role, role);
  setText(parts.remote, placeOf(remote) || "–");
  setText(parts.services, texts.list.services(stream.imported_services.length, stream.exported_services.length));
  parts.heartbeat.at = stream.last_heartbeat;
  const labels = metaOf(meta).join(", ");
  setText(parts.meta, labels || "–");
  setAttribute(parts.meta, "title", labels || null);
}

/** What is said of a list that is empty: nothing as long as no cluster has been read. */
function whyEmpty(looks) {
  if (looks.every(({ freshness }) => freshness.kind === "fresh")) return "empty";
  return looks.some(({ freshness }) => freshness.kind === "fresh") ? "unread" : null;
}
