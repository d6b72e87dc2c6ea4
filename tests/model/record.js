// Parses the parts of Consul's objects and of peering tokens that the model checks, independently of the module.

/** The record of Consul's peering object; null if there is none. */
export function recordOf(raw) {
  if (!raw) return null;
  const dialer = Boolean(raw.PeerID) || Boolean(raw.PeerServerAddresses?.length);
  return {
    id: raw.ID,
    name: raw.Name,
    state: raw.DeletedAt && !/^(0001|1970)-/.test(raw.DeletedAt) ? "DELETING" : raw.State,
    role: dialer ? "dialer" : "acceptor",
    meta: raw.Meta ?? {},
    peer_id: raw.PeerID || null,
    server_name: raw.PeerServerName || null,
    created: raw.CreateIndex,
    modified: raw.ModifyIndex,
  };
}

/** The record of the module's peering object. */
export const recordOfPeering = (peering) => ({
  id: peering.id,
  name: peering.peer_name,
  state: peering.state,
  role: peering.role,
  meta: peering.meta,
  peer_id: peering.peer_id,
  server_name: peering.peer_server_name,
  created: peering.create_index,
  modified: peering.modify_index,
});

export const sameMeta = (a = {}, b = {}) =>
  JSON.stringify(Object.entries(a ?? {}).sort()) === JSON.stringify(Object.entries(b ?? {}).sort());

export const sameRecord = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Whether both are the same record. A record that a pending establish recreates keeps its id. */
export const isRecord = (a, b) => Boolean(a && b) && a.id === b.id && a.created === b.created;

/** The contents of a peering token. */
export function tokenOf(text) {
  const { PeerID, ServerName, EstablishmentSecret } = JSON.parse(Buffer.from(text, "base64").toString());
  return { peer_id: PeerID, server_name: ServerName, secret: EstablishmentSecret, text };
}

/** A short description of a record. */
export function brief(record) {
  if (record === undefined) return "unreadable";
  if (record === null) return "none";
  const { id, role, state, peer_id, meta, created, modified } = record;
  const linked = peer_id ? ` -> ${peer_id.slice(0, 8)}` : "";
  return `${role} ${id.slice(0, 8)}${linked} ${state} ${JSON.stringify(meta)} ${created}/${modified}`;
}
