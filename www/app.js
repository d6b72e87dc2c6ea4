// The admin page: starts it, follows the address, keeps the view up to date. ARCHITECTURE.md describes the folders.
import { init } from "consul-peering";
import { announce } from "./elements/announce.js";
import { showActions } from "./dialogs/actions.js";
import { ClusterNav } from "./clusters/nav.js";
import { loadClusters } from "./clusters/clusters.js";
import "./dialogs/index.js";
import { byId, h, setAttribute } from "./elements/dom.js";
import { empty } from "./elements/empty.js";
import { ListView } from "./list/list.js";
import { Live } from "./clusters/live.js";
import { PeeringView } from "./peering/peering.js";
import { currentHash, LIST, parseHash, TOPOLOGY, withQuery } from "./route.js";
import { texts } from "./texts.js";
import { TopologyView } from "./topology/topology.js";

/**
 * @import { Clusters } from "./clusters/clusters.js"
 * @import { Route } from "./route.js"
 *
 * @typedef {Route & { hash: string }} Shown  the route of the view that is shown
 *
 * @typedef {object} View
 * @property {Element} element
 * @property {(route: Shown) => URLSearchParams | void} [open]  as much of the query as it understands
 * @property {() => void} [update]
 * @property {() => HTMLElement | undefined} [focus]  where the focus belongs
 */

const VIEWS = { list: ListView, topology: TopologyView, peering: PeeringView };

const main = byId("main");
const bar = /** @type {Element} */ (document.querySelector(".bar"));

/** So many times as long as showing changes takes, the page has time for its user before it shows the next ones. */
const RESTS = 9;

/** What every view is given. */
class App {
  /** @type {Partial<Record<keyof typeof VIEWS, View>>} those that were shown */
  #views = {};
  /** @type {View | undefined} */
  #view;
  /** @type {Shown} */
  #route = { ...parseHash(""), hash: "" };
  /** @type {Map<string, number>} where each address was left */
  #scroll = new Map();
  #due = false;
  #restUntil = 0;

  /** @param {Clusters} clusters */
  constructor(clusters) {
    this.clusters = clusters;
    this.live = new Live(clusters);
    this.nav = new ClusterNav(this, byId("clusters"));
    this.#links = [LIST, TOPOLOGY].map((href, i) => h("a", { href }, [texts.views.list, texts.views.topology][i]));
    byId("views").append(...this.#links);
    this.live.addEventListener("change", () => this.refresh());
    this.#followSession();
    window.addEventListener("hashchange", () => this.#go());
    history.scrollRestoration = "manual";
    this.#go({ first: true });
    // How long something has been waited for grows by itself.
    setInterval(() => {
      if (!document.hidden) this.refresh();
    }, 1_000);
  }
  #links;

  #followSession() {
    const { session } = this.clusters;
    if (!session.isServed) return;
    const out = h("button", { type: "button" }, texts.session.signOut);
    const failed = h("p", { class: "error", hidden: true }, texts.session.failed);
    out.addEventListener("click", async () => {
      failed.hidden = true;
      await session.signOut().catch(() => {
        failed.hidden = false;
        announce(texts.session.failed, "assertive");
      });
    });
    bar.append(out, failed);
    session.addEventListener("over", () => {
      for (const part of [out, failed, ...document.querySelectorAll("#views, #actions, #clusters")]) part.remove();
      this.#go();
      announce(texts.session.over, "assertive");
    });
  }

  /**
   * Shows what has changed, once for all that changes until then: soon, or later where that takes long. Not in the frame
   * itself, where the browser draws as well: each is a task of its own.
   */
  refresh() {
    if (this.#due) return;
    this.#due = true;
    const show = () => {
      this.#due = false;
      const began = performance.now();
      this.#show();
      const end = performance.now();
      this.#restUntil = end + (end - began) * RESTS;
    };
    setTimeout(show, this.#restUntil - performance.now());
  }

  /**
   * What a view shows becomes part of its address, and lasts when the page is loaded again; nothing else is left there.
   * @param {URLSearchParams} query
   */
  replaceQuery(query) {
    const hash = withQuery(this.#route.hash, query);
    history.replaceState(null, "", hash);
    this.#route.hash = hash;
  }

  #go({ first = false } = {}) {
    if (this.#view) this.#scroll.set(this.#route.hash, scrollY);
    const hash = currentHash(location.hash);
    if (hash !== location.hash) history.replaceState(null, "", hash);
    const route = { ...parseHash(hash), hash };
    this.#route = route;
    const view = this.#viewOf(route);
    if (view !== this.#view) main.replaceChildren(view.element);
    this.#view = view;
    const query = view.open && (view.open(route) ?? new URLSearchParams());
    if (query && String(query) !== String(route.query)) this.replaceQuery(query);
    this.#show();
    scrollTo(0, this.#scroll.get(route.hash) ?? 0);
    if (!first) (view.focus?.() ?? main.querySelector("h1"))?.focus({ preventScroll: true });
  }

  /**
   * @param {Route} route
   * @returns {View}
   */
  #viewOf({ view, alias }) {
    // Nothing that was read is shown to somebody who has not signed in.
    if (this.clusters.session.isOver) {
      return {
        element: empty(texts.session.over, h("a", { class: "button primary", href: "/" }, texts.session.signIn)),
      };
    }
    if (this.clusters.size === 0) return { element: empty(texts.clusters.none, texts.clusters.noneFirst) };
    if (alias !== undefined && !this.clusters.get(alias)) {
      const aliases = [...this.clusters].map((each) => each.alias);
      return { element: empty(texts.clusters.unknown(alias), texts.clusters.unknownFirst(aliases)) };
    }
    if (view === "unknown") return { element: empty(texts.unknown.heading, texts.unknown.first) };
    return (this.#views[view] ??= new VIEWS[view](this));
  }

  #show() {
    if (this.clusters.session.isOver) return void (document.title = texts.title);
    const { view, alias } = this.#route;
    for (const link of this.#links) {
      const current = view === (link.hash === TOPOLOGY ? "topology" : "list") && alias === undefined;
      setAttribute(link, "aria-current", current ? "page" : null);
    }
    this.nav.update(this.#route);
    showActions(byId("actions"), this, "page");
    this.#view?.update?.();
    // A browser shows a title as it is: a name may not reverse it.
    const heading = main.querySelector("h1")?.textContent.replace(/\p{Bidi_Control}/gu, "");
    document.title = heading ? texts.titleOf(heading) : texts.title;
  }
}

document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault(); // the address is the view's
  main.focus();
});

try {
  const [clusters] = await Promise.all([loadClusters(), init()]);
  new App(clusters);
} catch (error) {
  const again = h("button", { type: "button", class: "primary", onclick: () => location.reload() }, texts.start.again);
  main.replaceChildren(
    empty(texts.start.failed, texts.start.unknown(error instanceof Error ? error.message : String(error)), again),
  );
}
