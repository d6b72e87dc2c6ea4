// What is wrong with any cluster, beside what the others say.
import { h, keyed, setAttribute, setContent, setText } from "../elements/dom.js";
import { detailsOf, sentenceOf, statusOf } from "./look-text.js";
import { hrefOf } from "../route.js";
import { texts } from "../texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Look } from "./look.js"
 *
 * @typedef {HTMLElement & { parts: Record<"text" | "detail" | "ways" | "again", HTMLElement> }} Notice
 */

/** The key of what concerns every cluster at once: the server of this page does not respond. */
const SERVER = "";

export class Notices {
  element = h("div", { class: "notices" });
  #app;

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** @param {string} [alias]  of this cluster alone */
  update(alias) {
    const looks = this.#app.live.looks.filter(
      (look) => (alias ?? look.cluster.alias) === look.cluster.alias && needsNotice(look),
    );
    const notices = new Map(looks.map((look) => [this.#keyOf(look), look]));
    keyed(
      this.element,
      [...notices],
      ([key]) => key,
      ([key, look]) => this.#make(key, look),
      (notice, [key, look]) => show(notice, key, look, alias !== undefined),
    );
  }

  /** @param {Look} look */
  #keyOf({ cluster, failure }) {
    const isServer = this.#app.clusters.session.isServed && failure?.code === "network" && !failure.cause;
    return isServer ? SERVER : cluster.alias;
  }

  /**
   * @param {string} key
   * @param {Look} look
   * @returns {Notice}
   */
  #make(key, { cluster }) {
    const again = h("button", { type: "button", class: "small" }, texts.look.again);
    again.addEventListener("click", () => {
      for (const look of this.#app.live.looks) {
        if (this.#keyOf(look) === key) this.#app.live.again(look.cluster.alias);
      }
    });
    const parts = { text: h("p", {}), detail: h("div", { class: "detail" }), ways: h("div", { class: "ways" }) };
    const label = key === SERVER ? texts.look.server : cluster.alias;
    const notice = h("section", { class: "notice", "aria-label": label }, Object.values(parts));
    return Object.assign(notice, { parts: { ...parts, again } });
  }
}

/**
 * Where many clusters take turns, a response may be late while what was read is still fresh.
 * @param {Look} look
 */
function needsNotice(look) {
  const status = statusOf(look);
  return status !== "sure" && !(status === "slow" && look.freshness.kind === "fresh");
}

/**
 * @param {Notice} notice
 * @param {string} key
 * @param {Look} look
 * @param {boolean} isHere  on the cluster's own view
 */
function show(notice, key, look, isHere) {
  const { text, detail, ways, again } = notice.parts;
  const status = statusOf(look);
  setAttribute(notice, "data-look", status);
  setText(text, key === SERVER ? texts.look.serverSilent : sentenceOf(look));
  const details = key === SERVER ? [] : detailsOf(look);
  setContent(detail, details, () => details.filter(Boolean).map((line) => h("p", {}, line)));
  const needsToken = status === "refused" && !look.cluster.tokenAdded && !isHere;
  setContent(ways, [status !== "first", needsToken], () => [
    needsToken && h("a", { class: "button small", href: hrefOf(look.cluster.alias) }, texts.token.give),
    status !== "first" && again,
  ]);
}
