// Two clusters and the peering between them, as the caller names them; and looking at both sides at once.
import { wrong } from "./composite.js";

/**
 * A side as a call keeps it, read once: the caller may change its objects afterwards. It says where, and what is wished.
 * @returns {{ side?: object, findings: object[] }}
 */
export function readSide(core, given, field) {
  let own;
  try {
    own = copy(given);
    if (own !== null && typeof own === "object") {
      for (const key of ["cluster", "meta", "server_external_addresses"]) own[key] = copy(own[key]);
      if (own.cluster?.headers) own.cluster.headers = copy(own.cluster.headers);
    }
  } catch {
    return { findings: [wrong(field, `${field} cannot be read`, "Give plain data.")] };
  }
  if (own === null || typeof own !== "object" || own.cluster === undefined || own.cluster === null) {
    const message = `${field} must be an object with a cluster and a peer_name`;
    return { findings: [wrong(field, message, "Give { cluster, peer_name }.")] };
  }
  const { cluster, ...spec } = own;
  const of = (finding) => ({ ...finding, field: `${field}.${finding.field}` });
  const findings = [...core.validateSide(spec), ...core.check(cluster)].map(of);
  const { peer_name, meta, server_external_addresses, ...place } = spec;
  return {
    findings,
    side: { cluster, peer_name, place, meta, server_external_addresses, address: "", known: {} },
  };
}

/** Plain data by itself, so that nobody else can change it; anything else is left for a check to refuse. */
function copy(value) {
  if (Array.isArray(value)) return [...value];
  return Object.prototype.toString.call(value) === "[object Object]" ? { ...value } : value;
}

/** What stands on both sides now. */
export async function lookAround(call, core, sides, look = survey) {
  const found = await Promise.all(sides.map((side) => call.on(side, look(call, core, side))));
  sides.forEach((side, index) => Object.assign(side, found[index]));
  meet(...sides);
  sides.forEach((side) => call.saw(side));
}

/** All that stands on a side, and who it is: that is asked until all of it was told, and no more. */
export async function survey(call, core, side) {
  const { known } = side;
  const found = await core.survey(side.cluster, refOf(side), known.identity !== undefined, call.part());
  const identity = found.identity ?? known.identity;
  if (identity.datacenter !== null && identity.trust_domain !== null) known.identity = identity;
  known.address = found.address;
  return { ...found, identity };
}

export const refOf = ({ peer_name, place }) => ({ peer_name, ...place });

/** Takes what was found apart: what stands under each name, and who else there is linked with it. */
function meet(a, b) {
  for (const side of [a, b])
    side.standing = side.peerings.find(({ peer_name }) => peer_name === side.peer_name) ?? null;
  for (const [side, other] of [
    [a, b],
    [b, a],
  ]) {
    const linked = ({ id, peer_id, peer_name }) =>
      peer_name !== side.peer_name &&
      other.standing !== null &&
      (id === other.standing.peer_id || (peer_id !== null && peer_id === other.standing.id));
    side.rival = side.peerings.find(linked)?.peer_name;
    side.others = side.peerings.filter((each) => each !== side.standing && mayLeadTo(each, other));
  }
}

/** Spares the module most of a long list: it reads certificates to be sure. */
function mayLeadTo({ state, remote }, { identity }) {
  if (state === "TERMINATED" || state === "DELETING") return false;
  return remote.datacenter !== null && remote.datacenter.toLowerCase() === identity.datacenter?.toLowerCase();
}

/** A side as the module's decisions take it. */
export const toDecide = ({ peer_name, standing, others, identity, rival, meta, server_external_addresses }) => ({
  peer_name,
  standing,
  others,
  identity,
  rival,
  meta,
  server_external_addresses,
});
