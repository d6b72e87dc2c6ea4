// The peerings between two clusters, each judged with its other side.

import { judged } from "./health-view.js";

/**
 * @typedef {{ name: string, cluster: object, alias?: string }} Place  `name`: its alias, or its address
 * @typedef {{ name: string, peerings: object[], identity?: object }} Reading
 */

/** @returns {Promise<Reading[]>} of both clusters */
export function readBoth(peering, places, call) {
  return Promise.all(
    places.map(async ({ name, cluster }) => {
      const [peerings, identity] = await Promise.all([
        peering.list(cluster, call),
        // What a cluster does not tell about itself is not compared.
        peering.identify(cluster, call).catch(() => call.signal.throwIfAborted()),
      ]);
      return { name, peerings, identity };
    }),
  );
}

/**
 * One peering of `here`, judged with its other side.
 * @param {string} [name]  what the other cluster calls this one, where it is not found by the ids
 */
export function judgeOne(peering, found, here, there, { name, previous } = {}) {
  const other = otherSide(found, there) ?? there.peerings.find(({ peer_name }) => peer_name === name) ?? null;
  return judged(peering, here.name, found, { other, otherCluster: there.identity, previous });
}

/**
 * All peerings between the two, from both sides: those that are each other's, those that lead to the other cluster, and
 * those that have its alias as their name.
 * @param {[Place, Place]} places
 * @param {[Reading, Reading]} readings
 * @param {[Reading, Reading]} [first]  an earlier reading of the two
 */
export function judgeAll(peering, places, readings, first) {
  return readings.flatMap((here, index) => {
    const [there, own, other] = [readings[1 - index], places[index], places[1 - index]];
    const isBetween = (found) =>
      otherSide(found, there) !== undefined || leadsTo(found, there) || found.peer_name === other.alias;
    return here.peerings
      .filter(isBetween)
      .map((found) =>
        judgeOne(peering, found, here, there, { name: own.alias, previous: earlier(first?.[index], found) }),
      );
  });
}

/** The same record in an earlier reading. */
export const earlier = (reading, { id }) => reading?.peerings.find((each) => each.id === id);

const otherSide = (here, { peerings }) => peerings.find((there) => isDialerOf(here, there) || isDialerOf(there, here));
const isDialerOf = (dialer, acceptor) => dialer.peer_id !== null && dialer.peer_id === acceptor.id;

function leadsTo({ peer_server_name }, { identity }) {
  if (peer_server_name === null || !identity?.datacenter || !identity.trust_domain) return false;
  return peer_server_name === `server.${identity.datacenter}.peering.${identity.trust_domain}`;
}
