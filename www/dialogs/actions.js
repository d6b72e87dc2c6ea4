// The actions: where each is offered, and why it is not permitted.
import { h, setContent } from "../elements/dom.js";
import { texts } from "../texts.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { Clusters } from "../clusters/clusters.js"
 * @import { Live } from "../clusters/live.js"
 *
 * @typedef {object} App  the state that all views and dialogs share
 * @property {Clusters} clusters
 * @property {Live} live
 * @property {(query: URLSearchParams) => void} replaceQuery  stores the state of a view in its address
 *
 * @typedef {object} Subject  the cluster or the peering of the view; neither for actions of the page
 * @property {string} [alias]
 * @property {Peering} [peering]
 *
 * @typedef {object} Action
 * @property {"page" | "cluster" | "peering"} on   the views that offer it
 * @property {string} label
 * @property {boolean} [primary]
 * @property {boolean} [danger]
 * @property {(app: App, subject: Subject) => boolean} [isApplicable]  default: always
 * @property {(app: App, subject: Subject) => void} open
 */

/** @type {Action[]} */
export const actions = [];

/**
 * Shows the buttons of the applicable actions in `container`. Call it again after each change.
 * @param {HTMLElement} container
 * @param {App} app
 * @param {Action["on"]} on
 * @param {Subject} [subject]
 */
export function showActions(container, app, on, subject = {}) {
  const offered = actions.filter((action) => action.on === on && (action.isApplicable?.(app, subject) ?? true));
  const reason = offered.length > 0 ? readOnlyReason(app, subject) : null;
  const reasonId = `${container.id}-why`;
  const key = [offered.map(({ label }) => label), reason, subject.alias, subject.peering?.peer_name];
  setContent(container, key, () => [
    offered.map((action) => button(app, action, subject, reason === null ? null : reasonId)),
    reason && h("p", { class: "why", id: reasonId }, reason),
  ]);
}

/**
 * @param {App} app
 * @param {Action} action
 * @param {Subject} subject
 * @param {string | null} reasonId  the id of the element with the reason, if the action is not permitted
 */
function button(app, { label, primary, danger, open }, subject, reasonId) {
  const kind = [primary && "primary", danger && "danger"].filter(Boolean).join(" ");
  // Not `disabled`: screen readers read the description only of an element that can be focused.
  const element = h(
    "button",
    { type: "button", class: kind || null, "aria-disabled": reasonId && "true", "aria-describedby": reasonId },
    label,
  );
  element.addEventListener("click", () => {
    if (reasonId === null) open(app, subject);
  });
  return element;
}

/**
 * Why the subject is read-only, or null if it can be changed or the permissions are unknown.
 * @param {Pick<App, "clusters">} app
 * @param {Subject} subject
 */
export function readOnlyReason({ clusters }, { alias }) {
  const affected = alias === undefined ? [...clusters] : [clusters.of(alias)];
  if (affected.some(({ rights }) => rights?.write ?? true)) return null;
  return alias === undefined ? texts.rights.readOnlyEverywhere : texts.rights.readOnly(alias);
}
