// Consul's object to ours, in one place. In JavaScript, because a list of 10,000 has no need to pass through the
// module's memory; what decisions need of a peering is read by `consul::peering`, under the same rules.

const text = (value) => (typeof value === "string" && value !== "" ? value : null);
const texts = (value) => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);
const index = (value) => (typeof value === "number" ? value : 0);

// "Never" is null, the year 1 or, in Consul 1.14, the epoch.
const time = (value) => (text(value) === null || /^(0001|1970)-01-01T00:00:00/.test(value) ? null : value);

function pairs(meta) {
  const copy = {};
  for (const key in meta) {
    // Not by assignment: a key may be `__proto__`.
    Object.defineProperty(copy, key, { value: meta[key], enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

function locality(value) {
  return value?.Region || value?.Zone ? { region: value.Region ?? "", zone: value.Zone ?? "" } : null;
}

/** Consul's peering as the package's; undefined where it is none. */
export function peering(raw) {
  const id = text(raw?.ID);
  const peer_name = text(raw?.Name);
  const state = text(raw?.State);
  if (id === null || peer_name === null || state === null) return undefined;
  const deleted_at = time(raw.DeletedAt);
  const peer_server_addresses = texts(raw.PeerServerAddresses);
  const peer_id = text(raw.PeerID);
  const remote = raw.Remote;
  const stream = raw.StreamStatus;
  return {
    id,
    peer_name,
    // ACTIVE and FAILING are computed over the stored state, DELETING too.
    state: deleted_at === null ? state : "DELETING",
    // A record that is being deleted loses its PeerID, but a dialer's keeps its addresses.
    role: peer_id !== null || peer_server_addresses.length > 0 ? "dialer" : "acceptor",
    deleted_at,
    meta: raw.Meta ? pairs(raw.Meta) : {},
    peer_id,
    peer_ca_pems: texts(raw.PeerCAPems),
    peer_server_name: text(raw.PeerServerName),
    peer_server_addresses,
    partition: text(raw.Partition),
    remote: {
      datacenter: text(remote?.Datacenter),
      partition: text(remote?.Partition),
      locality: locality(remote?.Locality),
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

/** Consul's list as the package's; undefined where it, or anything in it, is none. */
export function peerings(raw) {
  if (!Array.isArray(raw)) return undefined;
  const list = new Array(raw.length);
  for (let i = 0; i < raw.length; i++) {
    if ((list[i] = peering(raw[i])) === undefined) return undefined;
  }
  return list;
}
