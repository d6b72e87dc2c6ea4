// Rows of the links between the clusters of the page: the dialer, then the acceptor.
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
 * @import { RowFormat } from "./table.js"
 *
 * @typedef {object} Parts
 * @property {[HTMLElement, HTMLElement]} name
 * @property {[HTMLElement, TimeAgo]} verdict
 * @property {HTMLElement} dialer
 * @property {HTMLElement} acceptor
 * @property {[short: HTMLElement, long: HTMLElement]} services
 * @property {TimeAgo} heartbeat
 * @property {HTMLElement} meta
 * @property {Link} [of]  the link that they show
 */

/** @type {RowFormat<Link, Parts>} */
export const linkRows = {
  name: "pairs",
  kind: LINKS,
  texts: texts.list.links,
  makeParts: () => ({
    name: [h("a", {}), h("span", { class: "as" })],
    verdict: [verdictLabel(), timeAgo(null, "")],
    dialer: end(),
    acceptor: end(),
    services: [h("span", { "aria-hidden": "true" }), h("span", { class: "visually-hidden" })],
    heartbeat: timeAgo(null, texts.list.noHeartbeat),
    meta: h("span", {}),
  }),
  update,
  lengths: { name: nameOf, as: otherNamesOf },
  labelled: ["dialer", "acceptor", "heartbeat", "meta"],
};

/** Shows the state of an end, or why it is missing. */
const end = () => h("span", {});

/** @param {Link} link */
function nameOf(link) {
  const [dialer, acceptor] = namesOf(link).map(shortened);
  return texts.link.name(dialer, acceptor);
}

/**
 * The peer names that differ from the alias of the other cluster.
 * @param {Link} link
 */
function otherNamesOf({ acceptor, dialer }) {
  return [otherNameOn(dialer, acceptor), otherNameOn(acceptor, dialer)].filter(Boolean).join(", ");
}

/**
 * @param {End} here
 * @param {End} there
 */
function otherNameOn(here, there) {
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
  const [anchor, otherNames] = parts.name;
  setAttribute(anchor, "href", hrefOf(first.alias, first.peering.peer_name));
  setText(anchor, nameOf(link));
  setAttribute(anchor, "title", LINKS.nameOf(link));
  setText(otherNames, otherNamesOf(link));
  const [label, readAt] = parts.verdict;
  setVerdict(label, { verdict, reasons: reasons.map(({ alias, text }) => texts.link.reason(alias, text)) });
  readAt.at = freshness.readAt ?? null;
  updateEnd(parts.dialer, dialer, link);
  updateEnd(parts.acceptor, acceptor, link);
  const { toAcceptor, toDialer } = link.services;
  const [short, long] = parts.services;
  setText(short, texts.link.services(toAcceptor.length, toDialer.length));
  setText(long, texts.link.servicesOf(...names, toAcceptor.length, toDialer.length));
  setAttribute(short, "title", long.textContent);
  parts.heartbeat.at = heartbeatOf(link);
  const labels = metaOfLink(link).join(", ");
  setText(parts.meta, labels || "–");
  setAttribute(parts.meta, "title", labels || null);
}

/**
 * @param {HTMLElement} cell
 * @param {End} side
 * @param {Link} link
 */
function updateEnd(cell, side, link) {
  setAttribute(cell, "class", side.peering ? null : "missing");
  if (!side.peering) return setText(cell, texts.link.missing(link));
  if (!cell.firstElementChild) cell.replaceChildren(badge(side.state));
  setStateOf(/** @type {HTMLElement} */ (cell.firstElementChild), side);
}
