// The clusters at the side: how each is, and the way to each.
import { announce } from "../elements/announce.js";
import { h, keyed, setAttribute, setText } from "../elements/dom.js";
import { number } from "../format.js";
import { statusOf } from "./look-text.js";
import { hrefOf, LIST } from "../route.js";
import { badge, setState } from "../elements/state.js";
import { texts } from "../texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Route } from "../route.js"
 * @import { Look } from "./look.js"
 *
 * @typedef {ReturnType<typeof entry>["parts"]} Parts
 * @typedef {{ key: string, href: string, look?: Look }} Item  without a look: all clusters
 */

/** Where there is room, the list is always open. */
const wide = matchMedia("(min-width: 60rem)");
const TROUBLE = ["FAILING", "TERMINATED"];

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
    const follow = () => {
      this.#details.open = wide.matches;
    };
    wide.addEventListener("change", follow);
    follow();
  }

  /** @param {Route} route */
  update({ view, alias }) {
    const { looks } = this.#app.live;
    /** @type {Item[]} */
    const items = looks.map((look) => ({ key: look.cluster.alias, look, href: hrefOf(look.cluster.alias) }));
    if (looks.length > 1) items.unshift({ key: LIST, href: LIST });
    keyed(
      this.#list,
      items,
      ({ key }) => key,
      ({ href, look }) => entry(href, look),
      (item, { href, look }) => {
        const current = href === hrefOf(alias ?? "") && view === "list";
        setAttribute(item.parts.link, "aria-current", current ? "page" : href === hrefOf(alias ?? "") ? "true" : null);
        if (look) this.#show(item.parts, look);
        else setText(item.parts.amount, amountOf(looks, this.#app.live.links.length));
      },
    );
    const troubled = looks.filter((look) => !["sure", "first"].includes(statusOf(look))).length;
    setText(this.#title, wide.matches ? texts.clusters.heading : texts.clusters.summary(looks.length, troubled));
  }

  /**
   * @param {Parts} parts
   * @param {Look} look
   */
  #show({ amount, about, status, trouble }, look) {
    const now = statusOf(look);
    setAttribute(about, "data-look", now);
    setText(status, texts.clusters.status[now]);
    setText(amount, amountOf([look], look.peerings?.length ?? 0));
    const { kind } = look.freshness;
    const states = kind === "fresh" ? (look.peerings ?? []).map(({ state }) => state) : [];
    const worst = TROUBLE.find((state) => states.includes(state));
    trouble.hidden = !worst;
    if (worst) setState(trouble, worst);
    this.#tell(look.cluster.alias, now);
  }

  /**
   * Says it when a cluster goes away and when it comes back.
   * @param {string} alias
   * @param {string} now
   */
  #tell(alias, now) {
    if (now !== "sure" && now !== "lost") return; // one that is slow in between is still announced
    const before = this.#statuses.get(alias);
    this.#statuses.set(alias, now);
    if (before === "sure" && now === "lost") announce(texts.look.gone(alias), "assertive");
    if (before === "lost" && now === "sure") announce(texts.look.back(alias));
  }
}

/**
 * How many there are; "?" where some are not confirmed, or there may be more.
 * @param {Look[]} looks
 * @param {number} amount
 */
function amountOf(looks, amount) {
  const isSure = looks.every(({ freshness }) => freshness.kind === "fresh");
  return isSure ? number(amount) : looks.some(({ peerings }) => peerings) ? `${number(amount)}?` : "?";
}

/**
 * @param {string} href
 * @param {Look} [look]
 */
function entry(href, look) {
  const amount = h("span", { class: "amount" });
  const status = h("span", {});
  const about = h("span", { class: "look" }, status);
  const trouble = badge("FAILING");
  trouble.hidden = true;
  const link = h(
    "a",
    { href },
    h("span", { class: "name" }, look?.cluster.alias ?? texts.clusters.all),
    amount,
    look && about,
    look && trouble,
  );
  return Object.assign(h("li", {}, link), { parts: { link, amount, about, status, trouble } });
}
