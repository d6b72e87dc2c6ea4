// The links between the page's clusters as rows: the dialer, then the acceptor.
import { namesOf, sidesOf } from "../clusters/links.js";
import { h, setAttribute, setText } from "../elements/dom.js";
import { badge, setStateOf } from "../elements/state.js";
import { timeAgo } from "../elements/time-ago.js";
import { setVerdict, verdictLabel } from "../elements/verdict.js";
import { shortened } from "../format.js";
import { hrefOf } from "../route.js";
import { texts } from "../texts.js";
import { heartbeatOf, LINKS, metaOfLink } from "./columns.js";

/**
 * @import { End, Link } from "../clusters/links.js"
 * @import { TimeAgo } from "../elements/time-ago.js"
 * @import { Look } from "./table.js"
 *
 * @typedef {object} Parts
 * @property {[HTMLElement, HTMLElement]} name
 * @property {[HTMLElement, TimeAgo]} verdict
 * @property {HTMLElement} dialer
 * @property {HTMLElement} acceptor
 * @property {[short: HTMLElement, long: HTMLElement]} services
 * @property {TimeAgo} heartbeat
 * @property {HTMLElement} meta
 * @property {Link} [of]  what they show
 */

/** @type {Look<Link, Parts>} */
export const linkRows = {
  name: "pairs",
  kind: LINKS,
  texts: texts.list.links,
  makeParts: () => ({
    name: [h("a", {}), h("span", { class: "as" })],
    verdict: [verdictLabel(), timeAgo(null, "")],
    dialer: end(),
    acceptor: end(),
    services: [h("span", { "aria-hidden": "true" }), h("span", { class: "unseen" })],
    heartbeat: timeAgo(null, texts.list.noHeartbeat),
    meta: h("span", {}),
  }),
  update,
  lengths: { name: nameOf, as: asOf },
  labelled: ["dialer", "acceptor", "heartbeat", "meta"],
};

/** Where its state is, or why there is none. */
const end = () => h("span", {});

/** @param {Link} link */
function nameOf(link) {
  const [dialer, acceptor] = namesOf(link).map(shortened);
  return texts.link.name(dialer, acceptor);
}

/**
 * What each calls the other, where that is not its alias.
 * @param {Link} link
 */
function asOf({ acceptor, dialer }) {
  return [calledBy(dialer, acceptor), calledBy(acceptor, dialer)].filter(Boolean).join(", ");
}

/**
 * @param {End} here
 * @param {End} there
 */
function calledBy(here, there) {
  if (!here.peering || there.alias === null || there.alias === here.peering.peer_name) return "";
  return texts.link.as(here.alias, shortened(here.peering.peer_name));
}

/**
 * @param {Parts} parts
 * @param {Link} link
 */
function update(parts, link) {
  if (parts.of === link) return;
  parts.of = link;
  const { acceptor, dialer, freshness, reasons, verdict } = link;
  const names = namesOf(link);
  const [first] = sidesOf(link);
  const [anchor, as] = parts.name;
  setAttribute(anchor, "href", hrefOf(first.alias, first.peering.peer_name));
  setText(anchor, nameOf(link));
  setAttribute(anchor, "title", LINKS.nameOf(link));
  setText(as, asOf(link));
  const [label, readAt] = parts.verdict;
  setVerdict(label, { verdict, reasons: reasons.map(({ alias, text }) => texts.link.reason(alias, text)) });
  readAt.at = freshness.readAt ?? null;
  updateEnd(parts.dialer, dialer, link);
  updateEnd(parts.acceptor, acceptor, link);
  const { toAcceptor, toDialer } = link.services;
  const [short, long] = parts.services;
  setText(short, texts.link.services(toAcceptor.length, toDialer.length));
  setText(long, texts.link.servicesOf(...names, toAcceptor.length, toDialer.length));
  parts.heartbeat.at = heartbeatOf(link);
  const labels = metaOfLink(link).join(", ");
  setText(parts.meta, labels || "–");
  setAttribute(parts.meta, "title", labels || null);
}

/**
 * @param {HTMLElement} place
 * @param {End} side
 * @param {Link} link
 */
function updateEnd(place, side, link) {
  setAttribute(place, "class", side.peering ? null : "missing");
  if (!side.peering) return setText(place, texts.link.missing(link));
  if (!place.firstElementChild) place.replaceChildren(badge(side.state));
  setStateOf(/** @type {HTMLElement} */ (place.firstElementChild), side);
}
