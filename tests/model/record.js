// What the model looks at of Consul's objects and of peering tokens, read on its own and not by the module.

/** A peering as Consul shows it; null where there is none. */
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

/** The same of a peering as the module gives it. */
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

/** Whether both are one record. One that an establish under way makes anew keeps its id. */
export const isRecord = (a, b) => Boolean(a && b) && a.id === b.id && a.created === b.created;

/** Where a peering token leads, and its secret. */
export function tokenOf(text) {
  const { PeerID, ServerName, EstablishmentSecret } = JSON.parse(Buffer.from(text, "base64").toString());
  return { peer_id: PeerID, server_name: ServerName, secret: EstablishmentSecret, text };
}

/** A record in a few words. */
export function brief(record) {
  if (record === undefined) return "not to be seen";
  if (record === null) return "none";
  const { id, role, state, peer_id, meta, created, modified } = record;
  const linked = peer_id ? ` -> ${peer_id.slice(0, 8)}` : "";
  return `${role} ${id.slice(0, 8)}${linked} ${state} ${JSON.stringify(meta)} ${created}/${modified}`;
}
