// One peering: how it is, and everything about it; where both clusters are known, both sides.
import { showActions } from "../dialogs/actions.js";
import { copyButton } from "../elements/copy.js";
import { h, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { sentenceOf } from "../clusters/look-text.js";
import { Notices } from "../clusters/notices.js";
import { hrefOf, LIST } from "../route.js";
import { Sides } from "./sides.js";
import { Troubleshoot } from "../troubleshoot/troubleshoot.js";
import { badge, setStateOf } from "../elements/state.js";
import { texts } from "../texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Half, Link } from "../clusters/links.js"
 * @import { Look } from "../clusters/look.js"
 * @import { Route } from "../route.js"
 *
 * @typedef {Half & { goneAt?: number }} Seen  a peering as it was seen last, and since when it is gone, in ms
 */

export class PeeringView {
  #app;
  /** @type {{ hash?: string, alias: string, peer: string }} */
  #route = { alias: "", peer: "" };
  /** @type {Seen | undefined} */
  #last;

  #crumbs = h("p", { class: "crumbs" });
  #heading = h("h1", { tabindex: "-1" });
  #state = badge("UNDEFINED");
  #actions = h("div", { class: "actions", id: "peering-actions" });
  #notices;
  #verdict = h("section", { class: "health" });
  #body = h("div", {});
  #across;
  #sides = new Sides();
  #look = h("p", { class: "sure" });

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    this.#notices = new Notices(app);
    this.#across = new Troubleshoot(app);
    const link = copyButton(() => location.href, texts.peering.linkWhat);
    this.element = h(
      "div",
      { class: "peering" },
      this.#crumbs,
      h("div", { class: "head" }, this.#heading, this.#state, this.#actions),
      this.#notices.element,
      this.#body,
      h("div", { class: "foot" }, this.#look, h("p", { class: "share" }, texts.peering.link, " ", link)),
    );
  }

  /** @param {Route & { hash: string }} route */
  open({ hash, alias = "", peer = "" }) {
    if (hash !== this.#route.hash) {
      this.#last = undefined;
      this.#across.reset();
    }
    this.#route = { hash, alias, peer };
  }

  update() {
    const { alias, peer } = this.#route;
    const look = this.#app.live.look(alias);
    const found = this.#app.live.all.find((side) => side.alias === alias && side.peering.peer_name === peer);
    if (found) this.#last = found;
    else if (this.#last && look.peerings) this.#last.goneAt ??= Date.now();
    setText(this.#heading, texts.peering.between(alias, peer));
    setContent(this.#crumbs, alias, () => [
      h("a", { href: LIST }, texts.list.heading),
      " / ",
      h("a", { href: hrefOf(alias) }, alias),
    ]);
    setText(this.#look, `${alias}: ${sentenceOf(look)}`);
    this.#notices.update(alias);
    this.#state.hidden = !this.#last || this.#last.goneAt !== undefined;
    if (this.#last) this.#show(alias, this.#last);
    else this.#showNothing(alias, peer, look);
    showActions(this.#actions, this.#app, "peering", { alias, peering: found?.peering });
  }

  /**
   * @param {string} alias
   * @param {Seen} side
   */
  #show(alias, side) {
    const { goneAt } = side;
    const { live } = this.#app;
    setStateOf(this.#state, side);
    const { verdict, reasons } = live.verdictOn(side);
    const told = goneAt
      ? [texts.peering.gone(goneAt)]
      : reasons.length
        ? reasons
        : (texts.peering.summary[verdict]?.(alias) ?? []);
    this.#verdict.dataset.verdict = goneAt ? "gone" : verdict;
    setContent(this.#verdict, [verdict, told], () => [
      h("h2", {}, goneAt ? texts.peering.goneShort : texts.peering.verdicts[verdict]),
      h(
        "ul",
        {},
        told.map((reason) => h("li", {}, reason)),
      ),
    ]);
    const link = live.linkOf(side);
    this.#sides.update([{ ...side, state: side.peering.state }, ...otherOf(side, link)]);
    this.#across.element.hidden = goneAt !== undefined;
    if (goneAt === undefined) this.#across.update(side, link);
    setContent(this.#body, "peering", () => [this.#verdict, this.#across.element, this.#sides.element]);
  }

  /**
   * @param {string} alias
   * @param {string} peer
   * @param {Look} look
   */
  #showNothing(alias, peer, look) {
    const back = () => h("a", { class: "button", href: hrefOf(alias) }, texts.peering.all(alias));
    setContent(this.#body, [alias, peer, !look.peerings], () =>
      look.peerings
        ? emptyPart(texts.peering.unknown(alias, peer), texts.peering.unknownFirst, back())
        : h("p", { class: "waiting" }, texts.peering.asking(alias)),
    );
  }
}

/**
 * The other side of the link, where its cluster is known.
 * @param {Half} side
 * @param {Link} [link]
 * @returns {import("./sides.js").ShownSide[]}
 */
function otherOf({ peering }, link) {
  if (!link) return [];
  const other = peering.role === "acceptor" ? link.dialer : link.acceptor;
  return other.alias === null ? [] : [{ ...other, alias: other.alias, missing: texts.link.missing(link) }];
}
