// Notices about clusters that cannot be read.
import { h, keyed, setAttribute, setContent, setText } from "../elements/dom.js";
import { detailsOf, sentenceOf, statusOf } from "./status-text.js";
import { hrefOf } from "../route.js";
import { texts } from "../texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Snapshot } from "./snapshot.js"
 *
 * @typedef {HTMLElement & { parts: Record<"text" | "detail" | "buttons" | "retry", HTMLElement> }} Notice
 */

/** The key of the notice that the server of this page does not respond, which affects all clusters. */
const SERVER = "";

export class Notices {
  element = h("div", { class: "notices" });
  #app;

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** @param {string} [alias]  shows notices of this cluster only */
  update(alias) {
    const snapshots = this.#app.live.snapshots.filter(
      (snapshot) => (alias ?? snapshot.cluster.alias) === snapshot.cluster.alias && needsNotice(snapshot),
    );
    const notices = new Map(snapshots.map((snapshot) => [this.#keyOf(snapshot), snapshot]));
    keyed(
      this.element,
      [...notices],
      ([key]) => key,
      ([key, snapshot]) => this.#create(key, snapshot),
      (notice, [key, snapshot]) => show(notice, key, snapshot, alias !== undefined),
    );
  }

  /** @param {Snapshot} snapshot */
  #keyOf({ cluster, failure }) {
    const isServer = this.#app.clusters.session.isServed && failure?.code === "network" && !failure.cause;
    return isServer ? SERVER : cluster.alias;
  }

  /**
   * @param {string} key
   * @param {Snapshot} snapshot
   * @returns {Notice}
   */
  #create(key, { cluster }) {
    const retry = h("button", { type: "button", class: "small" }, texts.connection.retry);
    retry.addEventListener("click", () => {
      for (const snapshot of this.#app.live.snapshots) {
        if (this.#keyOf(snapshot) === key) this.#app.live.refresh(snapshot.cluster.alias);
      }
    });
    const parts = {
      text: h("p", {}),
      detail: h("div", { class: "detail" }),
      buttons: h("div", { class: "button-row" }),
    };
    const label = key === SERVER ? texts.connection.server : cluster.alias;
    const notice = h("section", { class: "notice", "aria-label": label }, Object.values(parts));
    return Object.assign(notice, { parts: { ...parts, retry } });
  }
}

/**
 * A slow cluster needs no notice while its data is fresh: many clusters on one origin share its connections.
 * @param {Snapshot} snapshot
 */
function needsNotice(snapshot) {
  const status = statusOf(snapshot);
  return status !== "current" && !(status === "slow" && snapshot.freshness.kind === "fresh");
}

/**
 * @param {Notice} notice
 * @param {string} key
 * @param {Snapshot} snapshot
 * @param {boolean} isOwnView  whether the view shows this cluster only, with its field for an ACL token
 */
function show(notice, key, snapshot, isOwnView) {
  const { text, detail, buttons, retry } = notice.parts;
  const status = statusOf(snapshot);
  setAttribute(notice, "data-status", status);
  setText(text, key === SERVER ? texts.connection.serverSilent : sentenceOf(snapshot));
  const details = key === SERVER ? [] : detailsOf(snapshot);
  setContent(detail, details, () => details.filter(Boolean).map((line) => h("p", {}, line)));
  const needsToken = status === "denied" && !snapshot.cluster.tokenAdded && !isOwnView;
  setContent(buttons, [status !== "reading", needsToken], () => [
    needsToken && h("a", { class: "button small", href: hrefOf(snapshot.cluster.alias) }, texts.token.enter),
    status !== "reading" && retry,
  ]);
}
