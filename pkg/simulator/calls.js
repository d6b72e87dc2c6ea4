// The calls that change peerings, as a cluster's servers carry them out: what is checked, in which order, and what is
// written before it is known whether the rest will work.

import { setImmediate as turn } from "node:timers/promises";
import { Refusal, refuse } from "./answers.js";
import { checkMeta, checkName, readPeeringToken } from "./checks.js";
import { sleep } from "./clock.js";
import { toJson } from "./json.js";
import { addressesToDial, isDialer } from "./records.js";

const EXCHANGE_MS = 2;
const EXCHANGE_FOR_MS = 3_000;
const EXCHANGE_PAUSE_MS = [150, 187.5];
const ENTERPRISE = "Partitions are a Consul Enterprise feature";
const NO_GATEWAY = "servers are configured to PeerThroughMeshGateways, but no mesh gateway instances are registered";
const SPENT = "a new peering token must be generated: invalid peering establishment secret";

export async function generateToken(cluster, body, mayWrite) {
  const { PeerName: name, Meta, ServerExternalAddresses: external, Partition } = body;
  mustPeer(cluster);
  if (!["", "default"].includes(Partition.toLowerCase())) throw refuse(500, ENTERPRISE);
  checkName(name, cluster.version);
  checkMeta(Meta);
  await mayWrite();
  if (!cluster.options.connect) {
    throw refuse(
      500,
      "connect.enabled must be set to true in the server's configuration when generating peering tokens",
    );
  }
  if (!cluster.options.grpc_tls) throw refuse(500, "TLS for gRPC must be enabled when generating peering tokens");
  const existing = cluster.records.find(name);
  if (existing && isDialer(existing)) {
    throw refuse(500, `cannot create peering with name: "${existing.name}"; there is already an established peering`);
  }
  const { random } = cluster.world;
  const record = existing ?? { id: random.uuid(), name, meta: Meta ?? {}, cas: [], addresses: [], manual: [] };
  // One at a time: a new secret is the end of an older one that nobody has used. The stream's stays.
  const establishment = random.uuid();
  await turn();
  const { active, pending } = cluster.records.secrets(record.id) ?? {};
  try {
    write(cluster, record, { establishment, active, pending });
  } catch (refusal) {
    // Somebody else has made a peering of this name at the same moment. Consul means to try again and does not: it gives
    // out a token of a peering that was never written.
    if (!/already exists with the name/.test(refusal.text)) throw refusal;
  }
  // Only now: a refused call leaves the acceptor behind.
  if (cluster.options.mesh_gateways?.length === 0) throw refuse(500, NO_GATEWAY);
  return encode(cluster, record.id, establishment, external?.length ? external : null);
}

export async function establish(cluster, { PeerName: name, PeeringToken, Meta }, mayWrite, signal) {
  mustPeer(cluster);
  checkName(name, cluster.version);
  const token = readPeeringToken(PeeringToken);
  checkMeta(Meta);
  await mayWrite();
  if (!cluster.options.connect) {
    throw refuse(500, "failed to fetch TLS materials: failed to fetch roots: CA has not finished initializing");
  }
  if (token.ServerName === cluster.serverName) throw refuse(500, cluster.version.sameCluster(cluster.serverName));
  const existing = cluster.records.find(name);
  if (existing && !isDialer(existing)) {
    throw refuse(
      500,
      `cannot create peering with name: "${existing.name}"; there is an existing peering expecting to be dialed`,
    );
  }
  const record = {
    id: existing?.id ?? cluster.world.random.uuid(),
    name,
    meta: Meta ?? {},
    peerId: token.PeerID,
    cas: token.CA ?? [],
    serverName: token.ServerName,
    manual: token.ManualServerAddresses ?? [],
    // While a stream is connected, what came over it is taken for better than what the token says.
    addresses: cluster.streams.isConnected(existing?.id) ? existing.addresses : (token.ServerAddresses ?? []),
    remote: token.Remote,
  };
  await turn();
  // Written before it is known whether the other side agrees: a refused call leaves this behind.
  if (cluster.version.writesBeforeExchange) write(cluster, record);
  const active = await exchange(cluster, record, token.EstablishmentSecret, signal);
  await turn();
  write(cluster, { ...record, state: "ESTABLISHING" }, { active });
}

export async function remove(cluster, name) {
  const existing = cluster.records.find(name);
  await turn();
  if (!existing || existing.state === "DELETING") return;
  const { id, manual, addresses } = existing;
  const deletedAt = cluster.now();
  // Of what it was, nothing stays but its addresses. The name is written as it was typed.
  cluster.records.write({ id, name, state: "DELETING", deletedAt, meta: {}, cas: [], manual, addresses });
}

export function mustPeer({ options }) {
  if (!options.peering) throw refuse(500, "peering must be enabled to use this endpoint");
}

function write({ records }, record, secrets) {
  try {
    records.write(record, secrets);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    throw refuse(500, `failed to write peering: ${refusal.text}`);
  }
}

/**
 * Gives a token's secret in at the addresses in turn, until somebody takes or refuses it, or for three seconds, and no
 * longer than the caller waits.
 */
async function exchange({ world, version }, record, secret, signal) {
  const { clock, pace, random } = world;
  const { serverName, peerId, cas } = record;
  const addresses = addressesToDial(record);
  const end = clock.now() + pace(EXCHANGE_FOR_MS);
  const failures = [];
  do {
    const address = addresses[failures.length % addresses.length];
    await sleep(clock, pace(EXCHANGE_MS), signal);
    const { cluster: far, error } = world.dial(address, serverName, cas);
    const answer = far ? await far.takeSecret(peerId, secret) : { error };
    if (answer.active) return answer.active;
    if (answer.spent) throw refuse(403, SPENT);
    failures.push(`\t* failed to exchange peering secret through address "${address}": ${answer.error}`);
    await sleep(clock, pace(random.between(...EXCHANGE_PAUSE_MS)), signal);
  } while (clock.now() < end);
  const count = failures.length === 1 ? "1 error" : `${failures.length} errors`;
  throw refuse(version.unreachableStatus, `${count} occurred:\n${failures.join("\n")}\n\n`);
}

/** A peering token. */
function encode({ version, authority, serverName, datacenter, options }, id, secret, external) {
  const automatic = options.mesh_gateways ?? [options.server_address];
  const token = {
    CA: [authority.pem],
    ...(version.manualAddresses && { ManualServerAddresses: external }),
    ServerAddresses: version.manualAddresses ? automatic : (external ?? automatic),
    ServerName: serverName,
    PeerID: id,
    EstablishmentSecret: secret,
    ...(version.remote && {
      Remote: { Partition: "", Datacenter: datacenter, ...(version.locality && { Locality: null }) },
    }),
  };
  return Buffer.from(toJson(token)).toString("base64");
}
