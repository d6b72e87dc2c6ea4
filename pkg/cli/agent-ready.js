// Whether a Consul agent is ready to peer.

import { once } from "node:events";
import { connect } from "node:tls";

const PATIENCE_MS = 5_000; // of one request

/**
 * It is the leader (by its own raft address: on a port that was taken, another cluster could respond), its certificate
 * authority exists, or never will, because Connect is disabled, and it can be dialed.
 * @param {string} address
 * @param {string} datacenter
 * @param {string} raft  its raft address, host:port
 * @param {{ host: string, port: number }} [dialed]  where peers dial it; without it, it takes no part in peering
 */
export async function isReady(address, datacenter, raft, dialed) {
  /** @param {string} path */
  const get = (path) => fetch(address + path, { signal: AbortSignal.timeout(PATIENCE_MS) });
  try {
    if ((await (await get("/v1/status/leader")).json()) !== raft) return false;
    const roots = await get("/v1/connect/ca/roots");
    if (!roots.ok) return /must be enabled/.test(await roots.text());
    /** @type {{ TrustDomain?: string }} */
    const { TrustDomain } = JSON.parse(await roots.text());
    return dialed === undefined || (await isDialed(dialed, `server.${datacenter}.peering.${TrustDomain}`));
  } catch {
    return false; // not listening yet
  }
}

/**
 * The certificate that a peer requests exists: for a moment after the authority does, every dialer is refused.
 * @param {{ host: string, port: number }} address
 * @param {string} servername
 */
async function isDialed(address, servername) {
  const socket = connect({ ...address, servername, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(PATIENCE_MS) });
    return true;
  } finally {
    socket.destroy();
  }
}
