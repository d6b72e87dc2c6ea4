// What can be done, where it is offered, and why it is not allowed where it is not.
import { h, setContent } from "../elements/dom.js";
import { texts } from "../texts.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { Clusters } from "../clusters/clusters.js"
 * @import { Live } from "../clusters/live.js"
 *
 * @typedef {object} App  what every view and dialog is given
 * @property {Clusters} clusters
 * @property {Live} live
 * @property {(query: URLSearchParams) => void} replaceQuery  what a view shows becomes part of its address
 *
 * @typedef {object} Subject  the cluster or the peering that is looked at; neither on the page as a whole
 * @property {string} [alias]
 * @property {Peering} [peering]
 *
 * @typedef {object} Action
 * @property {"page" | "cluster" | "peering"} on   where it is offered
 * @property {string} label
 * @property {boolean} [primary]
 * @property {boolean} [danger]
 * @property {(app: App, subject: Subject) => boolean} [fits]  whether it makes sense there; default: it does
 * @property {(app: App, subject: Subject) => void} open
 */

/** @type {Action[]} */
export const actions = [];

/**
 * Shows in `place` what can be done about `subject`; may be called again whenever something has changed.
 * @param {HTMLElement} place
 * @param {App} app
 * @param {Action["on"]} on
 * @param {Subject} [subject]
 */
export function showActions(place, app, on, subject = {}) {
  const offered = actions.filter((action) => action.on === on && (action.fits?.(app, subject) ?? true));
  const reason = offered.length > 0 ? whyNot(app, subject) : null;
  const why = `${place.id}-why`;
  const key = [offered.map(({ label }) => label), reason, subject.alias, subject.peering?.peer_name];
  setContent(place, key, () => [
    offered.map((action) => button(app, action, subject, reason === null ? null : why)),
    reason && h("p", { class: "why", id: why }, reason),
  ]);
}

/**
 * @param {App} app
 * @param {Action} action
 * @param {Subject} subject
 * @param {string | null} why  id of what says why it is not allowed; null where it is
 */
function button(app, { label, primary, danger, open }, subject, why) {
  const kind = [primary && "primary", danger && "danger"].filter(Boolean).join(" ");
  // Not `disabled`: what cannot be focused cannot tell why.
  const element = h(
    "button",
    { type: "button", class: kind || null, "aria-disabled": why && "true", "aria-describedby": why },
    label,
  );
  element.addEventListener("click", () => {
    if (why === null) open(app, subject);
  });
  return element;
}

/**
 * Why nothing may be changed there, as far as is known; null where it may.
 * @param {Pick<App, "clusters">} app
 * @param {Subject} subject
 */
export function whyNot({ clusters }, { alias }) {
  const concerned = alias === undefined ? [...clusters] : [clusters.of(alias)];
  if (concerned.some(({ rights }) => rights?.write ?? true)) return null;
  return alias === undefined ? texts.rights.nowhere : texts.rights.readOnly(alias);
}
