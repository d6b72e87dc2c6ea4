// What the clusters together show: which peerings are the two sides of one link. Pure: no elements, no network.
import { knownState } from "../clusters/freshness.js";
import { urgency } from "../elements/state.js";

/**
 * The other side of a peering among all that are seen: a dialer names its acceptor's id. Undefined where it is not seen.
 * @param {{ alias: string, peering: Peering }[]} all
 */
export function otherSide(all, { alias, peering }) {
  return all.find(
    ({ alias: theirs, peering: other }) =>
      theirs !== alias && (peering.peer_id ? other.id === peering.peer_id : other.peer_id === peering.id),
  );
}

/** The same for all: by side, its other one. */
export function otherSides(all) {
  const byId = new Map(all.map((side) => [side.peering.id, side]));
  const others = new Map();
  for (const dialer of all) {
    const acceptor = byId.get(dialer.peering.peer_id);
    if (acceptor && acceptor.alias !== dialer.alias) others.set(dialer, acceptor).set(acceptor, dialer);
  }
  return others;
}

/**
 * Every link once: `{ key, a, b, to, state }`, where `a` and `b` are sides (`b` undefined where it is not seen), `to` is
 * the cluster at the other end, if it is one of `aliases`, and `state` is that side's which wants to be looked at first.
 */
export function linksOf(all, aliases) {
  const known = new Set(aliases);
  const others = otherSides(all);
  return all
    .filter((side) => !(others.has(side) && side.peering.peer_id))
    .map((a) => {
      const b = others.get(a);
      const states = [a, b].filter(Boolean).map(knownState);
      const state = states.toSorted((one, other) => urgency(one) - urgency(other))[0];
      // Clusters mostly call each other by their aliases; that is enough to draw a line to where it should lead.
      const named = known.has(a.peering.peer_name) && a.peering.peer_name !== a.alias;
      const to = b ? b.alias : named ? a.peering.peer_name : undefined;
      return { key: `${a.alias}/${a.peering.id}`, a, b, to, state };
    });
}
