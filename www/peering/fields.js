// The fields of a peering, and how each is shown.
import { inspectToken } from "consul-peering";
import { copyButton } from "../elements/copy.js";
import { h } from "../elements/dom.js";
import { metaOf } from "../list/columns.js";
import { day, moment, number } from "../format.js";
import { badge } from "../elements/state.js";
import { texts } from "../texts.js";
import { timeAgo } from "../elements/time-ago.js";

/**
 * @import { Peering } from "consul-peering"
 * @import { Child } from "../elements/dom.js"
 *
 * @typedef {keyof typeof texts.peering.fields} Name
 * @typedef {(value: any, what: string) => Child} Show  `any`: the values of the same fact, each of its own type
 * @typedef {[name: Name, read: (peering: Peering, isStale: boolean) => unknown, show?: Show]} Field  rendered again if the
 *   value changes; null and empty values are shown as "none"
 */

const { fields, none, never, roles } = texts.peering;
/** The rest of longer lists is collapsed. */
const LIST_MAX = 12;

/** @type {Field[]} */
export const FIELDS = [
  ["peer_name", (p) => p.peer_name, copied],
  ["state", (p, isStale) => (isStale ? texts.was(p.state) : p.state), badge],
  ["role", (p) => roles[p.role] ?? p.role],
  ["deleted_at", (p) => p.deleted_at, time],
  ["remote", (p) => p.remote.datacenter],
  ["remotePartition", (p) => p.remote.partition],
  [
    "locality",
    (p) => p.remote.locality && [p.remote.locality.region, p.remote.locality.zone].filter(Boolean).join(" / "),
  ],
  ["partition", (p) => p.partition],
  ["heartbeat", (p) => p.stream.last_heartbeat, time],
  ["receive", (p) => p.stream.last_receive, time],
  ["send", (p) => p.stream.last_send, time],
  ["imported", (p) => p.stream.imported_services, names],
  ["exported", (p) => p.stream.exported_services, names],
  ["meta", (p) => metaOf(p.meta), names],
  ["addresses", (p) => p.peer_server_addresses, addresses],
  ["serverName", (p) => p.peer_server_name, copied],
  ["cas", (p) => p.peer_ca_pems, authorities],
  ["id", (p) => p.id, copied],
  ["peerId", (p) => p.peer_id, copied],
  ["created", (p) => p.create_index, number],
  ["modified", (p) => p.modify_index, number],
];
/**
 * Fields that are omitted if no side has a value.
 * @type {Name[]}
 */
export const OPTIONAL = ["deleted_at", "remotePartition", "locality", "partition"];
/** @type {Name[]} */
const NEVER = ["heartbeat", "receive", "send"];

/** @param {unknown} value */
export const isEmpty = (value) => value === null || value === "" || (Array.isArray(value) && value.length === 0);

/**
 * @param {Field} field
 * @param {unknown} value
 */
export function showField([name, , show = String], value) {
  if (isEmpty(value)) return h("span", { class: "none" }, NEVER.includes(name) ? never : none);
  return show(value, fields[name]);
}

/** @param {string} value @param {string} what */
function copied(value, what) {
  return [h("code", {}, value), " ", copyButton(() => value, what)];
}

/** @param {string} value */
function time(value) {
  return [timeAgo(value), h("span", { class: "exact" }, moment(value))];
}

/** @param {string[]} values @param {string} what */
function names(values, what) {
  const items = values.map((value) => h("li", {}, value));
  const shown = h("ul", {}, items.slice(0, LIST_MAX));
  const rest = items.slice(LIST_MAX);
  if (rest.length === 0) return shown;
  const summary = h(
    "summary",
    { "aria-label": `${what}: ${texts.peering.more(rest.length)}` },
    texts.peering.more(rest.length),
  );
  return [shown, h("details", {}, summary, h("ul", {}, rest))];
}

/** @param {string[]} values @param {string} what */
function addresses(values, what) {
  const items = values.map((value) => h("li", {}, h("code", {}, value)));
  return [h("ul", {}, items), copyButton(() => values.join("\n"), what)];
}

/** @param {string[]} pems @param {string} what */
function authorities(pems, what) {
  const items = readAuthorities(pems).map(({ subject, not_before, not_after, expired }) =>
    h(
      "li",
      { class: expired ? "error" : null },
      h("code", {}, subject),
      h(
        "span",
        { class: "exact" },
        expired ? texts.peering.caExpired(day(not_after)) : texts.peering.ca(day(not_before), day(not_after)),
      ),
    ),
  );
  return [items.length ? h("ul", {}, items) : texts.peering.caInvalid, copyButton(() => pems.join("\n"), what)];
}

/**
 * Reads certificates by means of a placeholder token, because the package only reads those of peering tokens.
 * @param {string[]} CA  PEM
 */
function readAuthorities(CA) {
  const ZERO_ID = "00000000-0000-0000-0000-000000000000";
  const placeholder = {
    CA,
    ServerAddresses: ["placeholder.invalid:1"],
    ServerName: "server.none.peering.none",
    PeerID: ZERO_ID,
    EstablishmentSecret: ZERO_ID,
  };
  try {
    return inspectToken(btoa(JSON.stringify(placeholder))).authorities;
  } catch {
    return []; // not certificates that the package can read
  }
}
