// The admin page: starts the application, routes by the URL hash, and keeps the current view up to date. ARCHITECTURE.md
// describes the folders.
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
 * @typedef {Route & { hash: string }} ActiveRoute  the route of the current view
 *
 * @typedef {object} View
 * @property {Element} element
 * @property {(route: ActiveRoute) => URLSearchParams | void} [open]  returns the query parameters that the view supports
 * @property {() => void} [update]
 * @property {() => HTMLElement | undefined} [focus]  returns the element to focus
 */

const VIEWS = { list: ListView, topology: TopologyView, peering: PeeringView };

const main = byId("main");
const bar = /** @type {Element} */ (document.querySelector(".bar"));

/** After a render, the page stays idle for this multiple of the render's duration, so that input is handled promptly. */
const IDLE_FACTOR = 9;

/** The state that all views share. */
class App {
  /** @type {Partial<Record<keyof typeof VIEWS, View>>} created on first use */
  #views = {};
  /** @type {View | undefined} */
  #view;
  /** @type {ActiveRoute} */
  #route = { ...parseHash(""), hash: "" };
  /** @type {Map<string, number>} the scroll position of each visited address */
  #scroll = new Map();
  #due = false;
  #idleUntil = 0;

  /** @param {Clusters} clusters */
  constructor(clusters) {
    this.clusters = clusters;
    this.live = new Live(clusters);
    this.nav = new ClusterNav(this, byId("clusters"));
    this.#links = [LIST, TOPOLOGY].map((href, i) => h("a", { href }, [texts.views.list, texts.views.topology][i]));
    byId("views").append(...this.#links);
    this.live.addEventListener("change", () => this.refresh());
    this.#followSession();
    window.addEventListener("hashchange", () => this.#navigate());
    history.scrollRestoration = "manual";
    this.#navigate({ first: true });
    // Elapsed times change without an event.
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
    session.addEventListener("ended", () => {
      for (const part of [out, failed, ...document.querySelectorAll("#views, #actions, #clusters")]) part.remove();
      this.#navigate();
      announce(texts.session.ended, "assertive");
    });
  }

  /**
   * Schedules one render for all pending changes, later if rendering takes long. A timer instead of an animation frame, so
   * that rendering and painting are separate tasks.
   */
  refresh() {
    if (this.#due) return;
    this.#due = true;
    const show = () => {
      this.#due = false;
      const began = performance.now();
      this.#show();
      const end = performance.now();
      this.#idleUntil = end + (end - began) * IDLE_FACTOR;
    };
    setTimeout(show, this.#idleUntil - performance.now());
  }

  /**
   * Stores the state of a view in its address, so that it survives a reload. Removes all other parameters.
   * @param {URLSearchParams} query
   */
  replaceQuery(query) {
    const hash = withQuery(this.#route.hash, query);
    history.replaceState(null, "", hash);
    this.#route.hash = hash;
  }

  #navigate({ first = false } = {}) {
    if (this.#view) this.#scroll.set(this.#route.hash, scrollY);
    const hash = currentHash(location.hash);
    if (hash !== location.hash) history.replaceState(null, "", hash);
    const route = { ...parseHash(hash), hash };
    this.#route = route;
    const view = this.#viewFor(route);
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
  #viewFor({ view, alias }) {
    // After the session has ended, no data is shown.
    if (this.clusters.session.hasEnded) {
      return {
        element: empty(texts.session.ended, h("a", { class: "button primary", href: "/" }, texts.session.signIn)),
      };
    }
    if (this.clusters.size === 0) return { element: empty(texts.clusters.none, texts.clusters.noneHint) };
    if (alias !== undefined && !this.clusters.get(alias)) {
      const aliases = [...this.clusters].map((each) => each.alias);
      return { element: empty(texts.clusters.unknown(alias), texts.clusters.unknownHint(aliases)) };
    }
    if (view === "unknown") return { element: empty(texts.unknown.heading, texts.unknown.hint) };
    return (this.#views[view] ??= new VIEWS[view](this));
  }

  #show() {
    if (this.clusters.session.hasEnded) return void (document.title = texts.title);
    const { view, alias } = this.#route;
    for (const link of this.#links) {
      const current = view === (link.hash === TOPOLOGY ? "topology" : "list") && alias === undefined;
      setAttribute(link, "aria-current", current ? "page" : null);
    }
    this.nav.update(this.#route);
    showActions(byId("actions"), this, "page");
    this.#view?.update?.();
    // Browsers render a title as it is: a name must not reverse its direction.
    const heading = main.querySelector("h1")?.textContent.replace(/\p{Bidi_Control}/gu, "");
    document.title = heading ? texts.titleOf(heading) : texts.title;
  }
}

document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault(); // the hash is the route
  main.focus();
});

try {
  const [clusters] = await Promise.all([loadClusters(), init()]);
  new App(clusters);
} catch (error) {
  const reload = h(
    "button",
    { type: "button", class: "primary", onclick: () => location.reload() },
    texts.start.reload,
  );
  main.replaceChildren(
    empty(texts.start.failed, texts.start.unknown(error instanceof Error ? error.message : String(error)), reload),
  );
}
