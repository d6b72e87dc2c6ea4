// The verdict on a peering: by the package, from what its cluster confirms now.
import { health } from "consul-peering";

/** Verdicts depend on the time as well: a heartbeat grows old, a certificate expires. */
const KEPT_MS = 15_000;
const kept = new Map(); // by cluster and id: a list of thousands is judged again each time that one of them has changed
const fingerprints = new WeakMap();

/**
 * @param {{ alias: string, peering: Peering, staleSince?: number }} side
 * @param {{ peering: Peering, staleSince?: number } | null} [other]  the other side, where it is seen; null: it does not exist
 * @param {{ datacenter: string | null, trust_domain: string | null }} [identity]  of the cluster where it does not exist
 * @returns {{ verdict: string, reasons: string[], codes: string[] }}
 */
export function verdictOf({ alias, peering, staleSince }, other, identity, now = Date.now()) {
  if (staleSince !== undefined) return { verdict: "unknown", reasons: [], codes: [] };
  const there = other && (other.staleSince === undefined ? other.peering : undefined);
  const id = `${alias}/${peering.id}/${there === null}`;
  const key = [fingerprint(peering), there && fingerprint(there), Object.values(identity ?? {})].join("\n");
  const last = kept.get(id);
  if (last?.key === key && now - last.at < KEPT_MS) return last.result;
  const { checks, ...judged } = health(peering, { other: there, otherCluster: identity });
  const result = { ...judged, codes: checks.map(({ code }) => code) };
  kept.set(id, { key, at: now, result });
  return result;
}

/** Another one where what the verdict depends on is another. */
function fingerprint(peering) {
  const { id, state, role, modify_index, stream } = peering;
  if (!fingerprints.has(peering)) {
    fingerprints.set(peering, [id, state, role, modify_index, Object.values(stream)].join());
  }
  return fingerprints.get(peering);
}
