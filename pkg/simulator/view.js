// A record as Consul shows it: what is empty is left out, and what is known of its stream lies over what is stored.

import { timestamp } from "./answers.js";

const ZERO_TIME = "0001-01-01T00:00:00Z";

/** @param {object | undefined} stream what is known of the record's stream (streams.js) */
export function show(record, stream, version) {
  const { id, name, state, deletedAt, meta, peerId, cas, serverName, addresses, remote, createIndex, modifyIndex } =
    record;
  const filled = (key, value) => (value?.length > 0 ? { [key]: value } : {});
  return {
    ID: id,
    Name: name,
    ...filled("DeletedAt", deletedAt),
    ...(Object.keys(meta).length > 0 && { Meta: Object.fromEntries(Object.entries(meta).sort()) }),
    State: stream?.connected ? "ACTIVE" : stream?.broken ? "FAILING" : state,
    ...filled("PeerID", peerId),
    ...filled("PeerCAPems", cas),
    ...filled("PeerServerName", serverName),
    ...filled("PeerServerAddresses", addresses),
    ...(version.remote
      ? { StreamStatus: streamStatus(stream, version) }
      : {
          ImportedServiceCount: stream?.imported?.length ?? 0,
          ExportedServiceCount: stream?.exported?.length ?? 0,
        }),
    CreateIndex: createIndex,
    ModifyIndex: modifyIndex,
    ...(version.remote && {
      Remote: { Partition: remote?.Partition ?? "", Datacenter: remote?.Datacenter ?? "" },
    }),
  };
}

function streamStatus(stream, { neverIsNull }) {
  const services = (names) => (names?.length > 0 ? names : null);
  const time = (ms) => (ms === undefined ? undefined : timestamp(ms, stream.micros));
  const never = neverIsNull ? null : ZERO_TIME;
  // Of a stream that is known these two are never null, even where nothing has come over it yet.
  const known = stream ? ZERO_TIME : never;
  return {
    ImportedServices: services(stream?.imported),
    ExportedServices: services(stream?.exported),
    LastHeartbeat: time(stream?.heartbeat) ?? never,
    LastReceive: time(stream?.received) ?? known,
    LastSend: time(stream?.sent) ?? known,
  };
}
