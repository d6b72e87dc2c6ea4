// The peerings between two clusters, each with the health of both sides.

import { withHealth } from "./health-view.js";

/**
 * @import { Cluster, ClusterIdentity, Peering } from "../index.js"
 * @import { Call, Library } from "./commands/index.js"
 *
 * @typedef {{ name: string, cluster: Cluster, alias?: string }} NamedCluster  `name`: its alias, or its address
 * @typedef {{ name: string, peerings: Peering[], identity?: ClusterIdentity }} ClusterReading
 */

/**
 * @param {Library} peering
 * @param {[NamedCluster, NamedCluster]} clusters
 * @param {Call} call
 * @returns {Promise<[ClusterReading, ClusterReading]>} of both clusters
 */
export function readBoth(peering, [a, b], call) {
  return Promise.all([readOne(peering, a, call), readOne(peering, b, call)]);
}

/**
 * @param {Library} peering
 * @param {NamedCluster} named
 * @param {Call} call
 */
async function readOne(peering, { name, cluster }, call) {
  const [peerings, identity] = await Promise.all([
    peering.list(cluster, call),
    // Unknown parts of an identity are not compared.
    peering.identify(cluster, call).catch(() => {
      call.signal.throwIfAborted();
      return undefined;
    }),
  ]);
  return { name, peerings, identity };
}

/**
 * One peering of `here`, with its health and its other side.
 * @param {Library} peering
 * @param {Peering} found
 * @param {ClusterReading} here
 * @param {ClusterReading} there
 * @param {{ name?: string, previous?: Peering }} [more]  `name`: what the other cluster calls this one, where it is not
 *   found by its ids
 */
export function healthOf(peering, found, here, there, { name, previous } = {}) {
  const other = otherSide(found, there) ?? there.peerings.find(({ peer_name }) => peer_name === name) ?? null;
  return withHealth(peering, here.name, found, { other, otherCluster: there.identity, previous });
}

/**
 * All peerings between the two, from both sides: those that are linked with each other, those that lead to the other
 * cluster, and those that have its alias as their name.
 * @param {Library} peering
 * @param {[NamedCluster, NamedCluster]} clusters
 * @param {[ClusterReading, ClusterReading]} readings
 * @param {[ClusterReading, ClusterReading]} [first]  an earlier reading of the two
 */
export function healthOfAll(peering, clusters, readings, first) {
  return readings.flatMap((here, index) => {
    const [there, own, other] = [readings[1 - index], clusters[index], clusters[1 - index]];
    /** @param {Peering} found */
    const isBetween = (found) =>
      otherSide(found, there) !== undefined || leadsTo(found, there) || found.peer_name === other.alias;
    return here.peerings
      .filter(isBetween)
      .map((found) =>
        healthOf(peering, found, here, there, { name: own.alias, previous: earlier(first?.[index], found) }),
      );
  });
}

/**
 * The same record in an earlier reading.
 * @param {ClusterReading | undefined} reading
 * @param {Peering} found
 */
export const earlier = (reading, { id }) => reading?.peerings.find((each) => each.id === id);

/**
 * @param {Peering} here
 * @param {ClusterReading} reading
 */
const otherSide = (here, { peerings }) => peerings.find((there) => isDialerOf(here, there) || isDialerOf(there, here));
/**
 * @param {Peering} dialer
 * @param {Peering} acceptor
 */
const isDialerOf = (dialer, acceptor) => dialer.peer_id !== null && dialer.peer_id === acceptor.id;

/**
 * @param {Peering} peering
 * @param {ClusterReading} reading
 */
function leadsTo({ peer_server_name }, { identity }) {
  if (peer_server_name === null || !identity?.datacenter || !identity.trust_domain) return false;
  return peer_server_name === `server.${identity.datacenter}.peering.${identity.trust_domain}`;
}
