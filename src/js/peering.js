// Converts Consul's peering to the package's. In JavaScript, so that a list of 10,000 does not pass through the
// module's memory. `consul::package_peering` has the same rules for other hosts; both pass `tests/peerings.json`.

/**
 * @import { Peering } from "../../pkg/index.js"
 *
 * @typedef {{ [name: string]: unknown }} Raw  what Consul sent, or a part of it, unread
 */

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === "string";
/** @param {unknown} value */
const text = (value) => (isText(value) && value !== "" ? value : null);
/** Not copied without need: the response was parsed for this one result. @param {unknown} value @returns {string[]} */
const texts = (value) => (Array.isArray(value) ? (value.every(isText) ? value : value.filter(isText)) : []);
/** @param {unknown} value */
const index = (value) => (typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0);

// RFC 3339 in UTC with upper-case letters, as Go writes it.
const TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z$/;
// How Go writes an unset time, and Consul 1.14 the epoch.
const NEVER = /^(0001|1970)-01-01T00:00:00/;

/**
 * The time; null for "never" and for an invalid one, so that readers need not check it.
 * @param {unknown} value
 */
function time(value) {
  if (!isText(value) || !TIME.test(value) || NEVER.test(value)) return null;
  const day = value.slice(8, 10);
  // Every month has 28 days. Depending on the engine, a Date takes 30 February for 2 March, or for no date.
  return day <= "28" || new Date(value).getUTCDate() === Number(day) ? value : null;
}

/**
 * @param {unknown} meta
 * @returns {Record<string, string>}
 */
function pairs(meta) {
  if (typeof meta !== "object" || meta === null || Array.isArray(meta)) return {};
  if (Object.values(meta).every(isText)) return /** @type {Record<string, string>} */ (meta);
  return Object.fromEntries(Object.entries(meta).filter(([, value]) => isText(value)));
}

/** @param {Raw | null | undefined} value */
function locality(value) {
  const region = text(value?.Region);
  const zone = text(value?.Zone);
  return region || zone ? { region: region ?? "", zone: zone ?? "" } : null;
}

/**
 * Consul's peering in the package's form; undefined if it is not a peering.
 * @param {Raw | null | undefined} raw
 * @returns {Peering | undefined}
 */
export function peering(raw) {
  const id = text(raw?.ID);
  const peer_name = text(raw?.Name);
  const state = text(raw?.State);
  if (!raw || id === null || peer_name === null || state === null) return undefined;
  const deleted_at = time(raw.DeletedAt);
  const peer_server_addresses = texts(raw.PeerServerAddresses);
  const peer_id = text(raw.PeerID);
  const remote = /** @type {Raw | null | undefined} */ (raw.Remote);
  const stream = /** @type {Raw | null | undefined} */ (raw.StreamStatus);
  return {
    id,
    peer_name,
    // ACTIVE and FAILING are computed over the stored state, DELETING too.
    state: deleted_at === null ? state : "DELETING",
    // A record that is being deleted loses its PeerID, but a dialer's keeps its addresses.
    role: peer_id !== null || peer_server_addresses.length > 0 ? "dialer" : "acceptor",
    deleted_at,
    meta: pairs(raw.Meta),
    peer_id,
    peer_ca_pems: texts(raw.PeerCAPems),
    peer_server_name: text(raw.PeerServerName),
    peer_server_addresses,
    partition: text(raw.Partition),
    remote: {
      datacenter: text(remote?.Datacenter),
      partition: text(remote?.Partition),
      locality: locality(/** @type {Raw | null | undefined} */ (remote?.Locality)),
    },
    stream: {
      imported_services: texts(stream?.ImportedServices),
      exported_services: texts(stream?.ExportedServices),
      last_heartbeat: time(stream?.LastHeartbeat),
      last_receive: time(stream?.LastReceive),
      last_send: time(stream?.LastSend),
    },
    create_index: index(raw.CreateIndex),
    modify_index: index(raw.ModifyIndex),
  };
}

/**
 * Consul's list as the package's. If any item is not a peering, the result is a text that names it, since a decision on
 * part of a list could be wrong.
 * @param {unknown} raw
 */
export function peerings(raw) {
  if (!Array.isArray(raw)) return "not a list of peerings";
  const list = new Array(raw.length);
  for (let i = 0; i < raw.length; i++) {
    if ((list[i] = peering(raw[i])) === undefined) {
      return `not a list of peerings: ${fault(raw[i], i)}`;
    }
  }
  return list;
}

/** @param {Raw | null | undefined} raw @param {number} i */
function fault(raw, i) {
  const missing = ["ID", "Name", "State"].filter((key) => text(raw?.[key]) === null);
  const known = ["Name", "ID"].find((key) => !missing.includes(key));
  const name = known ? ` (its ${known} is ${JSON.stringify(raw?.[known])})` : "";
  return `item ${i + 1} has no ${missing.join(", no ")}${name}`;
}
