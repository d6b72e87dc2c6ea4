// Peerings as people read them.

import { facts, table } from "./output.js";
import { printable } from "./terminal.js";

const STATE_COLOUR = {
  ACTIVE: "green",
  PENDING: "yellow",
  ESTABLISHING: "yellow",
  FAILING: "red",
  TERMINATED: "red",
  DELETING: "dim",
};
const AGO = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

export function stateBadge(state, colour) {
  return (colour[STATE_COLOUR[state]] ?? String)(printable(state));
}

/** One peering, everything about it. */
export function peeringView(peering, colour) {
  const { remote, stream } = peering;
  const meta = Object.entries(peering.meta).map(([key, value]) => `${key}=${value}`);
  const region = remote.locality && [remote.locality.region, remote.locality.zone].filter(Boolean).join(" / ");
  return facts(
    [
      ["Peer", colour.bold(printable(peering.peer_name))],
      ["State", stateBadge(peering.state, colour)],
      ["Role", ROLE[peering.role] ?? peering.role],
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
    ].map(([name, value]) => [name, name === "Peer" || name === "State" ? value : value && printable(value)]),
    colour,
  );
}

const ROLE = { dialer: "dialer (this side established)", acceptor: "acceptor (this side made the token)" };

const HEAD = ["PEER", "STATE", "ROLE", "REMOTE", "IMPORTED", "EXPORTED", "HEARTBEAT"];

/** Several peerings of one cluster, a line each. */
export function peeringTable(peerings, colour) {
  return table(
    HEAD,
    peerings.map((peering) => row(peering, colour)),
    colour,
  );
}

/** Peerings of several clusters: `[cluster, peering]`, a line each. */
export function clustersTable(peerings, colour) {
  const rows = peerings.map(([cluster, peering]) => [printable(cluster), ...row(peering, colour)]);
  return table(["CLUSTER", ...HEAD], rows, colour);
}

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
 * What became of a peering that was to be deleted; null: there was none. `accepted`: Consul has accepted it, no more.
 * `lost`: the services that disappeared with it, where more is known than its own imports.
 */
export function deletedView(gone, name, cluster, { accepted = false, lost = gone?.stream.imported_services } = {}) {
  const [peer, label] = [printable(name), printable(cluster)];
  if (!gone) return `There was no peering "${peer}" on ${label}.\n`;
  return accepted
    ? `Deleting the peering "${peer}" on ${label}: Consul has accepted it.\n`
    : `The peering "${peer}" on ${label} is gone (it was ${printable(gone.state)}).${disappeared(lost)}\n`;
}

function disappeared(names) {
  return names.length ? ` Services that disappeared there: ${printable(names.join(", "))}.` : "";
}

/** One peering in a sentence. */
export const peeringSentence = ({ peer_name, state, role }, label) =>
  `"${peer_name}" on ${label} is ${state}, the ${role}.`;

/** How long ago a time was, roughly; null for never. */
export function ago(time, now = Date.now()) {
  if (!time) return null;
  const seconds = Math.round((now - Date.parse(time)) / 1000);
  if (!Number.isFinite(seconds)) return printable(time);
  if (seconds < 1) return "just now";
  const [size, unit] = AGO.find(([size]) => seconds >= size);
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

const place = ({ datacenter, partition }) => [datacenter, partition].filter(Boolean).join(" / ") || null;
const services = (names) => (names.length ? `${names.length}: ${names.join(", ")}` : "none");
