// Sort keys and search texts of the two lists: the peerings of one cluster, and the links between several. Pure: no
// elements, no network.
import { namesOf, sidesOf } from "../clusters/links.js";
import { knownState } from "../clusters/freshness.js";
import { urgency } from "../elements/state.js";
import { severity } from "../elements/verdict.js";
import { texts } from "../texts.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { End, Link, PeeringSide } from "../clusters/links.js"
 * @import { Verdict } from "../elements/verdict.js"
 *
 * @typedef {PeeringSide & Cached & { verdict: Verdict, reasons: string[] }} ListedPeering
 *
 * @typedef {object} Cached  values that depend on an item alone, computed on first use
 * @property {string} [text]       the search text
 * @property {number[]} [lengths]  of the texts that are never truncated
 */

/**
 * @template Item
 * @typedef {object} Kind
 * @property {(item: Item) => string} keyOf
 * @property {(item: Item) => string} nameOf   the secondary sort key
 * @property {(item: Item) => string} stateOf  for the filter and its counts
 * @property {(item: Item) => string} textOf   the search text, in lower case
 * @property {Record<string, (item: Item) => string | number>} values  the sort key of each column
 */

/** @param {{ datacenter: string | null, partition: string | null }} remote */
export const remoteOf = ({ datacenter, partition }) => [datacenter, partition].filter(Boolean).join(" / ");
/** @param {Record<string, string>} meta */
export const metaOf = (meta) => Object.entries(meta).map(([key, value]) => `${key}=${value}`);

/** @type {Kind<ListedPeering>} */
export const PEERINGS = {
  keyOf: ({ alias, peering }) => `${alias}/${peering.id}`,
  nameOf: ({ peering }) => peering.peer_name,
  stateOf: knownState,
  textOf: (item) => [searchTextOf(item), knownState(item).toLowerCase(), item.verdict].join("\n"),
  values: {
    name: ({ peering }) => peering.peer_name,
    verdict: ({ verdict }) => severity(verdict),
    state: (item) => urgency(knownState(item)),
    role: ({ peering }) => peering.role,
    remote: ({ peering }) => remoteOf(peering.remote),
    services: ({ peering: { stream } }) => stream.imported_services.length + stream.exported_services.length,
    heartbeat: ({ peering }) => timeOf(peering.stream.last_heartbeat),
    meta: ({ peering }) => metaOf(peering.meta).join(" "),
  },
};

/** @type {Kind<Link>} */
export const LINKS = {
  keyOf: ({ key }) => key,
  nameOf: (link) => texts.link.name(...namesOf(link)),
  stateOf: ({ state }) => state,
  textOf(link) {
    const { acceptor, dialer, verdict, state } = link;
    const ends = [acceptor, dialer].map((end) =>
      end.peering ? searchTextOf(end) : `${end.alias ?? ""}\n${texts.link.missing(link)}`,
    );
    return [...ends, ...sidesOf(link).map(knownState), state, verdict].join("\n").toLowerCase();
  },
  values: {
    name: (link) => texts.link.name(...namesOf(link)),
    verdict: ({ verdict }) => severity(verdict),
    dialer: ({ dialer }) => stateRank(dialer),
    acceptor: ({ acceptor }) => stateRank(acceptor),
    services: ({ services }) => services.toDialer.length + services.toAcceptor.length,
    heartbeat: (link) => timeOf(heartbeatOf(link)),
    meta: (link) => metaOfLink(link).join(" "),
  },
};

/**
 * A missing side is more urgent than any state.
 * @param {End} end
 */
const stateRank = ({ state }) => (state === null ? -1 : urgency(state));

/** @param {string | null} text */
const timeOf = (text) => (text === null ? 0 : Date.parse(text));

/**
 * The older heartbeat of both sides; null if a side has none.
 * @param {Link} link
 */
export function heartbeatOf(link) {
  const times = sidesOf(link).map(({ peering }) => peering.stream.last_heartbeat);
  return times.reduce((a, b) => (a === null || b === null ? null : Date.parse(a) < Date.parse(b) ? a : b));
}

/**
 * The labels of both sides, without duplicates.
 * @param {Link} link
 */
export const metaOfLink = (link) => [...new Set(sidesOf(link).flatMap(({ peering }) => metaOf(peering.meta)))];

/** @type {WeakMap<Peering, string>} */
const searchTexts = new WeakMap();

/** @param {PeeringSide} side */
function searchTextOf({ alias, peering }) {
  const { peer_name, role, remote, meta } = peering;
  const text =
    searchTexts.get(peering) ?? [peer_name, alias, role, remoteOf(remote), ...metaOf(meta)].join("\n").toLowerCase();
  searchTexts.set(peering, text);
  return text;
}
