// Two clusters and the peering between them, as the caller names them; and looking at both sides at once.

const KEYS = ["cluster", "peer_name", "meta", "server_external_addresses", "datacenter", "partition", "token"];

/**
 * A side as a call keeps it, read once. `ref` says where, `wish` what it is to be.
 * @returns {{ side?: object, findings: object[] }}
 */
export function readSide(core, given, field) {
  const wrong = (message, fix) => ({ findings: [{ field, rule: "type", message, fix, severity: "error" }] });
  let own;
  try {
    own = { ...given };
  } catch {
    return wrong(`${field} cannot be read`, "Give plain data.");
  }
  if (given === null || typeof given !== "object" || own.cluster === undefined || own.cluster === null) {
    return wrong(`${field} must be an object with a cluster and a peer_name`, "Give { cluster, peer_name }.");
  }
  const { cluster, ...spec } = own;
  const findings = [
    ...core.validateToken(spec).map((finding) => ({ ...finding, field: `${field}.${finding.field}` })),
    ...core.check(cluster).map((finding) => ({ ...finding, field: `${field}.${finding.field}` })),
  ];
  for (const finding of findings)
    finding.fix = finding.rule === "unknown" ? `Known are ${KEYS.join(", ")}.` : finding.fix;
  const { peer_name, meta, server_external_addresses, ...place } = spec;
  return { findings, side: { field, cluster, peer_name, place, meta, server_external_addresses, address: "" } };
}

/** What stands on both sides now. */
export async function lookAround(call, core, sides, look = survey) {
  const found = await Promise.all(sides.map((side) => look(call, core, side)));
  sides.forEach((side, index) => Object.assign(side, found[index]));
  return meet(...sides);
}

/** All that stands on a side, and who it is. */
export async function survey(call, core, side) {
  return core.survey(side.cluster, refOf(side), call.part());
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
  }
  return [a, b];
}

/** A side as the module's decisions take it. */
export const toDecide = ({ peer_name, standing, identity, rival, meta, server_external_addresses }) => ({
  peer_name,
  standing,
  identity,
  rival,
  meta,
  server_external_addresses,
});
