// What a list consists of: the peerings of one cluster, or the links between several. What each column is sorted by, and
// what a search finds. Pure: no elements, no network.
import { namesOf, sidesOf } from "../clusters/links.js";
import { knownState } from "../clusters/freshness.js";
import { urgency } from "../elements/state.js";
import { severity } from "../elements/verdict.js";
import { texts } from "../texts.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { End, Half, Link } from "../clusters/links.js"
 * @import { Verdict } from "../elements/verdict.js"
 *
 * @typedef {Half & Kept & { verdict: Verdict, reasons: string[] }} ListedPeering
 *
 * @typedef {object} Kept  what depends on an item alone, kept in it from the first time
 * @property {string} [text]       what a search looks into
 * @property {number[]} [lengths]  of the texts that are never cut
 */

/**
 * @template Item
 * @typedef {object} Kind
 * @property {(item: Item) => string} keyOf
 * @property {(item: Item) => string} nameOf   by which items are sorted where the rest is equal
 * @property {(item: Item) => string} stateOf  by which they are filtered and counted
 * @property {(item: Item) => string} textOf   what a search looks into, in small letters
 * @property {Record<string, (item: Item) => string | number>} values  by column, what it is sorted by
 */

/** @param {{ datacenter: string | null, partition: string | null }} remote */
export const placeOf = ({ datacenter, partition }) => [datacenter, partition].filter(Boolean).join(" / ");
/** @param {Record<string, string>} meta */
export const metaOf = (meta) => Object.entries(meta).map(([key, value]) => `${key}=${value}`);

/** @type {Kind<ListedPeering>} */
export const PEERINGS = {
  keyOf: ({ alias, peering }) => `${alias}/${peering.id}`,
  nameOf: ({ peering }) => peering.peer_name,
  stateOf: knownState,
  textOf: (item) => [words(item), knownState(item).toLowerCase(), item.verdict].join("\n"),
  values: {
    name: ({ peering }) => peering.peer_name,
    verdict: ({ verdict }) => severity(verdict),
    state: (item) => urgency(knownState(item)),
    role: ({ peering }) => peering.role,
    remote: ({ peering }) => placeOf(peering.remote),
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
      end.peering ? words(end) : `${end.alias ?? ""}\n${texts.link.missing(link)}`,
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
 * A side that is missing needs attention before any that is there.
 * @param {End} end
 */
const stateRank = ({ state }) => (state === null ? -1 : urgency(state));

/** @param {string | null} text */
const timeOf = (text) => (text === null ? 0 : Date.parse(text));

/**
 * The older one of both sides; null where one has none.
 * @param {Link} link
 */
export function heartbeatOf(link) {
  const times = sidesOf(link).map(({ peering }) => peering.stream.last_heartbeat);
  return times.reduce((a, b) => (a === null || b === null ? null : Date.parse(a) < Date.parse(b) ? a : b));
}

/**
 * Of both sides, each once.
 * @param {Link} link
 */
export const metaOfLink = (link) => [...new Set(sidesOf(link).flatMap(({ peering }) => metaOf(peering.meta)))];

/** @type {WeakMap<Peering, string>} */
const kept = new WeakMap();

/** @param {Half} half */
function words({ alias, peering }) {
  const { peer_name, role, remote, meta } = peering;
  const text = kept.get(peering) ?? [peer_name, alias, role, placeOf(remote), ...metaOf(meta)].join("\n").toLowerCase();
  kept.set(peering, text);
  return text;
}
