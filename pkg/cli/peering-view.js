// Peerings, for people.

import { facts, printableFacts, table } from "./output.js";
import { printable } from "./terminal.js";

/**
 * @import { Peering } from "../index.js"
 * @import { Colours, Style } from "./terminal.js"
 */

/** @type {Record<string, Style | undefined>} */
const STATE_COLOUR = {
  ACTIVE: "green",
  PENDING: "yellow",
  ESTABLISHING: "yellow",
  FAILING: "red",
  TERMINATED: "red",
  DELETING: "dim",
};
/** @type {[seconds: number, unit: string][]} */
const AGO = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/**
 * @param {string} state
 * @param {Colours} colour
 */
export function stateBadge(state, colour) {
  const style = STATE_COLOUR[state];
  return style ? colour[style](printable(state)) : printable(state);
}

/**
 * All fields of one peering.
 * @param {Peering} peering
 * @param {Colours} colour
 */
export function peeringView(peering, colour) {
  const { remote, stream } = peering;
  const meta = Object.entries(peering.meta).map(([key, value]) => `${key}=${value}`);
  const region = remote.locality && [remote.locality.region, remote.locality.zone].filter(Boolean).join(" / ");
  /** @type {Parameters<typeof facts>[0]} */
  const more = [
    ["Role", ROLE[peering.role]],
    ["Deleted", ago(peering.deleted_at)],
    ["Remote", place(remote)],
    ["Locality", region],
    ["Partition", peering.partition],
    ["Imported", services(stream.imported_services)],
    ["Exported", services(stream.exported_services)],
    ["Heartbeat", ago(stream.last_heartbeat) ?? "none yet"],
    ["Meta", meta.join(", ")],
    ["Server name", peering.peer_server_name],
    ["Addresses", peering.peer_server_addresses.join(", ")],
    ["ID", peering.id],
    ["Peer's ID", peering.peer_id],
  ];
  return facts(
    [
      ["Peer", colour.bold(printable(peering.peer_name))],
      ["State", stateBadge(peering.state, colour)],
      ...printableFacts(more),
    ],
    colour,
  );
}

const ROLE = { dialer: "dialer (this side established)", acceptor: "acceptor (this side generated the token)" };

const HEAD = ["PEER", "STATE", "ROLE", "REMOTE", "IMPORTED", "EXPORTED", "HEARTBEAT"];

/**
 * Several peerings of one cluster, a line each.
 * @param {Peering[]} peerings
 * @param {Colours} colour
 */
export function peeringTable(peerings, colour) {
  return table(
    HEAD,
    peerings.map((peering) => row(peering, colour)),
    colour,
  );
}

/**
 * Peerings of several clusters: `[cluster, peering]`, a line each.
 * @param {[cluster: string, peering: Peering][]} peerings
 * @param {Colours} colour
 */
export function clustersTable(peerings, colour) {
  const rows = peerings.map(([cluster, peering]) => [printable(cluster), ...row(peering, colour)]);
  return table(["CLUSTER", ...HEAD], rows, colour);
}

/**
 * @param {Peering} peering
 * @param {Colours} colour
 */
function row({ peer_name, state, role, remote, stream }, colour) {
  return [
    printable(peer_name),
    stateBadge(state, colour),
    printable(role),
    printable(place(remote) ?? "–"),
    String(stream.imported_services.length),
    String(stream.exported_services.length),
    ago(stream.last_heartbeat) ?? "–",
  ];
}

/**
 * The result of a deletion.
 * @param {Peering | null} gone  null: it did not exist
 * @param {string} name
 * @param {string} cluster
 * @param {{ accepted?: boolean, lost?: string[] }} [more] `accepted`: Consul has accepted it, no more; `lost`: the
 *   services that disappeared with it, if more is known than its own imports
 */
export function deletedView(gone, name, cluster, { accepted = false, lost } = {}) {
  const [peer, label] = [printable(name), printable(cluster)];
  if (!gone) return `There is no peering "${peer}" on ${label}: nothing to delete.\n`;
  return accepted
    ? `Deleting the peering "${peer}" on ${label}: Consul has accepted it.\n`
    : `Deleted the peering "${peer}" on ${label}.${disappeared(lost ?? gone.stream.imported_services)}\n`;
}

/** @param {string[]} names */
function disappeared(names) {
  return names.length ? ` Services that disappeared there: ${printable(names.join(", "))}.` : "";
}

/**
 * One peering in a sentence.
 * @param {Peering} peering
 * @param {string} label
 */
export const peeringSentence = ({ peer_name, state, role }, label) =>
  `"${peer_name}" on ${label} is ${state}, the ${role}.`;

/**
 * How long ago a time was, roughly; null for never.
 * @param {string | null} time
 * @param {number} [now]
 */
export function ago(time, now = Date.now()) {
  if (!time) return null;
  const seconds = Math.round((now - Date.parse(time)) / 1000);
  if (!Number.isFinite(seconds)) return printable(time);
  if (seconds < 1) return "just now";
  const [size, unit] = AGO.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

/** @param {{ datacenter: string | null, partition: string | null }} remote */
const place = ({ datacenter, partition }) => [datacenter, partition].filter(Boolean).join(" / ") || null;
/** @param {string[]} names */
const services = (names) => (names.length ? `${names.length}: ${names.join(", ")}` : "none");
