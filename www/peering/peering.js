// The view of one peering: its health, its services and its fields, on both sides if both clusters are on the page.
import { showActions } from "../dialogs/actions.js";
import { copyButton } from "../elements/copy.js";
import { h, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { sentenceOf } from "../clusters/status-text.js";
import { Notices } from "../clusters/notices.js";
import { hrefOf, LIST } from "../route.js";
import { Sides } from "./sides.js";
import { Troubleshoot } from "../troubleshoot/troubleshoot.js";
import { badge, setStateOf } from "../elements/state.js";
import { texts } from "../texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Link, PeeringSide } from "../clusters/links.js"
 * @import { Snapshot } from "../clusters/snapshot.js"
 * @import { Route } from "../route.js"
 *
 * @typedef {PeeringSide & { deletedAt?: number }} LastRead  the last data of a peering; `deletedAt`: when its deletion was
 *   noticed, in ms since 1970
 */

export class PeeringView {
  #app;
  /** @type {{ hash?: string, alias: string, peer: string }} */
  #route = { alias: "", peer: "" };
  /** The data that `#last` is from: another ACL token replaces it. @type {Snapshot | undefined} */
  #snapshot;
  /** @type {LastRead | undefined} */
  #last;
  /** The last data in a state other than DELETING, which has no server name, CAs and services. @type {LastRead | undefined} */
  #beforeDeletion;

  #crumbs = h("p", { class: "crumbs" });
  #heading = h("h1", { tabindex: "-1" });
  #state = badge("UNDEFINED");
  #actions = h("div", { class: "actions", id: "peering-actions" });
  #notices;
  #verdict = h("section", { class: "health" });
  #body = h("div", {});
  #troubleshoot;
  #sides = new Sides();
  #status = h("p", { class: "checked" });

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    this.#notices = new Notices(app);
    this.#troubleshoot = new Troubleshoot(app);
    const link = copyButton(() => location.href, texts.peering.linkWhat);
    this.element = h(
      "div",
      { class: "peering" },
      this.#crumbs,
      h("div", { class: "head" }, this.#heading, this.#state, this.#actions),
      this.#notices.element,
      this.#body,
      h("div", { class: "foot" }, this.#status, h("p", { class: "share" }, texts.peering.link, " ", link)),
    );
  }

  /** @param {Route & { hash: string }} route */
  open({ hash, alias = "", peer = "" }) {
    if (hash !== this.#route.hash) this.#snapshot = undefined;
    this.#route = { hash, alias, peer };
  }

  update() {
    const { alias, peer } = this.#route;
    const snapshot = this.#app.live.snapshot(alias);
    if (snapshot !== this.#snapshot) {
      this.#last = this.#beforeDeletion = undefined;
      this.#troubleshoot.reset();
    }
    this.#snapshot = snapshot;
    const found = this.#app.live.all.find((side) => side.alias === alias && side.peering.peer_name === peer);
    if (found) {
      this.#last = found;
      if (!found.peering.deleted_at) this.#beforeDeletion = found;
    } else if (this.#last && snapshot.peerings && this.#last.deletedAt === undefined) {
      this.#last = { ...(this.#beforeDeletion ?? this.#last), deletedAt: Date.now() };
    }
    setText(this.#heading, texts.peering.between(alias, peer));
    setContent(this.#crumbs, alias, () => [
      h("a", { href: LIST }, texts.list.heading),
      " / ",
      h("a", { href: hrefOf(alias) }, alias),
    ]);
    setText(this.#status, `${alias}: ${sentenceOf(snapshot)}`);
    this.#notices.update(alias);
    this.#state.hidden = !this.#last || this.#last.deletedAt !== undefined;
    if (this.#last) this.#show(alias, this.#last);
    else this.#showMissing(alias, peer, snapshot);
    showActions(this.#actions, this.#app, "peering", { alias, peering: found?.peering });
  }

  /**
   * @param {string} alias
   * @param {LastRead} side
   */
  #show(alias, side) {
    const { deletedAt } = side;
    const { live } = this.#app;
    setStateOf(this.#state, side);
    const { verdict, reasons } = live.verdictOn(side);
    const lines = deletedAt
      ? [texts.peering.deleted(deletedAt)]
      : reasons.length
        ? reasons
        : (texts.peering.summary[verdict]?.(alias) ?? []);
    this.#verdict.dataset.verdict = deletedAt ? "deleted" : verdict;
    setContent(this.#verdict, [verdict, lines], () => [
      h("h2", {}, deletedAt ? texts.peering.deletedShort : texts.peering.health(texts.peering.verdicts[verdict])),
      h(
        "ul",
        {},
        lines.map((line) => h("li", {}, line)),
      ),
    ]);
    const link = live.linkOf(side);
    this.#sides.update([{ ...side, state: side.peering.state }, ...otherOf(side, link)]);
    this.#troubleshoot.element.hidden = deletedAt !== undefined;
    if (deletedAt === undefined) this.#troubleshoot.update(side, link);
    setContent(this.#body, "peering", () => [this.#verdict, this.#troubleshoot.element, this.#sides.element]);
  }

  /**
   * @param {string} alias
   * @param {string} peer
   * @param {Snapshot} snapshot
   */
  #showMissing(alias, peer, snapshot) {
    const allPeerings = () => h("a", { class: "button", href: hrefOf(alias) }, texts.peering.all(alias));
    setContent(this.#body, [alias, peer, !snapshot.peerings], () =>
      snapshot.peerings
        ? emptyPart(texts.peering.unknown(alias, peer), texts.peering.unknownHint, allPeerings())
        : h("p", { class: "waiting" }, texts.peering.reading(alias)),
    );
  }
}

/**
 * The other side of the link, if its cluster is on the page.
 * @param {PeeringSide} side
 * @param {Link} [link]
 * @returns {import("./sides.js").ShownSide[]}
 */
function otherOf({ peering }, link) {
  if (!link) return [];
  const other = peering.role === "acceptor" ? link.dialer : link.acceptor;
  return other.alias === null ? [] : [{ ...other, alias: other.alias, missing: texts.link.missing(link) }];
}
