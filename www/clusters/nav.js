// The list of clusters at the side, with the status of each.
import { announce } from "../elements/announce.js";
import { h, keyed, setAttribute, setText } from "../elements/dom.js";
import { number } from "../format.js";
import { statusOf } from "./status-text.js";
import { hrefOf, LIST } from "../route.js";
import { badge, setState } from "../elements/state.js";
import { texts } from "../texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Route } from "../route.js"
 * @import { Snapshot } from "./snapshot.js"
 *
 * @typedef {ReturnType<typeof entry>["parts"]} Parts
 * @typedef {{ key: string, href: string, snapshot?: Snapshot }} Item  without a snapshot: all clusters
 */

/** From this width on, the list is always open. */
const wide = matchMedia("(min-width: 60rem)");
const UNHEALTHY = ["FAILING", "TERMINATED"];

export class ClusterNav {
  #app;
  #details;
  #title = h("h2", {});
  #list = h("ul", {});
  /** @type {Map<string, string>} by alias */
  #statuses = new Map();

  /**
   * @param {App} app
   * @param {HTMLElement} element
   */
  constructor(app, element) {
    this.#app = app;
    this.#details = h("details", {}, h("summary", {}, this.#title), this.#list);
    element.append(this.#details);
    const adaptToWidth = () => {
      this.#details.open = wide.matches;
    };
    wide.addEventListener("change", adaptToWidth);
    adaptToWidth();
  }

  /** @param {Route} route */
  update({ view, alias }) {
    const { snapshots } = this.#app.live;
    /** @type {Item[]} */
    const items = snapshots.map((snapshot) => ({
      key: snapshot.cluster.alias,
      snapshot,
      href: hrefOf(snapshot.cluster.alias),
    }));
    if (snapshots.length > 1) items.unshift({ key: LIST, href: LIST });
    keyed(
      this.#list,
      items,
      ({ key }) => key,
      ({ href, snapshot }) => entry(href, snapshot),
      (item, { href, snapshot }) => {
        const current = href === hrefOf(alias ?? "") && view === "list";
        setAttribute(item.parts.link, "aria-current", current ? "page" : href === hrefOf(alias ?? "") ? "true" : null);
        if (snapshot) this.#show(item.parts, snapshot);
        else showAmount(item.parts.amount, snapshots, this.#app.live.links.length);
      },
    );
    const stale = snapshots.filter((snapshot) => !["current", "reading"].includes(statusOf(snapshot))).length;
    setText(this.#title, wide.matches ? texts.clusters.heading : texts.clusters.summary(snapshots.length, stale));
  }

  /**
   * @param {Parts} parts
   * @param {Snapshot} snapshot
   */
  #show({ amount, about, status, unhealthy }, snapshot) {
    const now = statusOf(snapshot);
    setAttribute(about, "data-status", now);
    setText(status, texts.clusters.status[now]);
    showAmount(amount, [snapshot], snapshot.peerings?.length ?? 0);
    const { kind } = snapshot.freshness;
    const states = kind === "fresh" ? (snapshot.peerings ?? []).map(({ state }) => state) : [];
    const worst = UNHEALTHY.find((state) => states.includes(state));
    unhealthy.hidden = !worst;
    if (worst) setState(unhealthy, worst);
    this.#announceChange(snapshot.cluster.alias, now);
  }

  /**
   * Announces when a cluster stops responding and when it responds again.
   * @param {string} alias
   * @param {string} now
   */
  #announceChange(alias, now) {
    if (now !== "current" && now !== "lost") return; // a slow phase in between does not hide the change
    const before = this.#statuses.get(alias);
    this.#statuses.set(alias, now);
    if (before === "current" && now === "lost") announce(texts.connection.lost(alias), "assertive");
    if (before === "lost" && now === "current") announce(texts.connection.restored(alias));
  }
}

/**
 * The number of peerings or links, with "?" and the reason if some clusters are not confirmed.
 * @param {HTMLElement} element
 * @param {Snapshot[]} snapshots
 * @param {number} amount
 */
function showAmount(element, snapshots, amount) {
  const unconfirmed = snapshots.filter(({ freshness }) => freshness.kind !== "fresh").length;
  const isKnown = unconfirmed === 0 || snapshots.some(({ peerings }) => peerings);
  setText(element, `${isKnown ? number(amount) : ""}${unconfirmed > 0 ? "?" : ""}`);
  setAttribute(element, "title", unconfirmed > 0 ? texts.connection.unconfirmed(unconfirmed) : null);
}

/**
 * @param {string} href
 * @param {Snapshot} [snapshot]
 */
function entry(href, snapshot) {
  const amount = h("span", { class: "amount" });
  const status = h("span", {});
  const about = h("span", { class: "status" }, status);
  const unhealthy = badge("FAILING");
  unhealthy.hidden = true;
  const link = h(
    "a",
    { href },
    h("span", { class: "name" }, snapshot?.cluster.alias ?? texts.clusters.all),
    amount,
    snapshot && about,
    snapshot && unhealthy,
  );
  return Object.assign(h("li", {}, link), { parts: { link, amount, about, status, unhealthy } });
}
