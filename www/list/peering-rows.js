// Rows of the peerings of one cluster.
import { UNKNOWN } from "../clusters/freshness.js";
import { h, setAttribute, setText } from "../elements/dom.js";
import { badge, setStateOf } from "../elements/state.js";
import { timeAgo } from "../elements/time-ago.js";
import { setVerdict, verdictLabel } from "../elements/verdict.js";
import { shortened } from "../format.js";
import { hrefOf } from "../route.js";
import { texts } from "../texts.js";
import { metaOf, PEERINGS, remoteOf } from "./columns.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { TimeAgo } from "../elements/time-ago.js"
 * @import { ListedPeering } from "./columns.js"
 * @import { RowFormat } from "./table.js"
 *
 * @typedef {object} Parts
 * @property {HTMLElement} name
 * @property {[HTMLElement, TimeAgo]} verdict
 * @property {HTMLElement} state
 * @property {HTMLElement} role
 * @property {HTMLElement} remote
 * @property {HTMLElement} services
 * @property {TimeAgo} heartbeat
 * @property {HTMLElement} meta
 * @property {Peering} [of]  the peering that they show
 * @property {number} [staleSince]
 */

/** @type {RowFormat<ListedPeering, Parts>} */
export const peeringRows = {
  name: "peerings",
  kind: PEERINGS,
  texts: texts.list.peerings,
  makeParts: ({ alias, peering }) => ({
    name: h("a", { href: hrefOf(alias, peering.peer_name), title: peering.peer_name }, shortened(peering.peer_name)),
    verdict: [verdictLabel(), timeAgo(null, "")],
    state: badge(UNKNOWN),
    role: h("span", {}),
    remote: h("span", {}),
    services: h("span", {}),
    heartbeat: timeAgo(null, texts.list.noHeartbeat),
    meta: h("span", {}),
  }),
  update,
  lengths: { name: ({ peering }) => shortened(peering.peer_name), remote: remoteText },
  labelled: ["heartbeat", "meta"],
};

/** @param {ListedPeering} item */
function remoteText({ peering }) {
  return shortened(remoteOf(peering.remote)) || "–";
}

/**
 * @param {Parts} parts
 * @param {ListedPeering} item
 */
function update(parts, item) {
  const { peering, staleSince } = item;
  const [verdict, readAt] = parts.verdict;
  setVerdict(verdict, item);
  readAt.at = staleSince ?? null;
  if (parts.of === peering && parts.staleSince === staleSince) return;
  Object.assign(parts, { of: peering, staleSince });
  const { role, stream, meta } = peering;
  setStateOf(parts.state, item);
  setText(parts.role, role);
  setText(parts.remote, remoteText(item));
  setText(parts.services, texts.list.services(stream.imported_services.length, stream.exported_services.length));
  parts.heartbeat.at = stream.last_heartbeat;
  const labels = metaOf(meta).join(", ");
  setText(parts.meta, labels || "–");
  setAttribute(parts.meta, "title", labels || null);
}
