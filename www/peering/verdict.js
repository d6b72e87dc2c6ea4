// The verdict on a peering: by the package, from what its cluster confirms now.
import { health } from "consul-peering";

/** Verdicts depend on the time as well: a heartbeat grows old, a certificate ends. */
const KEPT_MS = 15_000;
const kept = new Map(); // by cluster and id: a list of thousands is judged again each time that one of them has changed

/**
 * @param {{ alias: string, peering: Peering, staleSince?: number }} side
 * @param {{ peering: Peering, staleSince?: number }} [other]  the other side, where it is seen
 * @returns {{ verdict: string, reasons: string[] }}
 */
export function verdictOf({ alias, peering, staleSince }, other, now = Date.now()) {
  if (staleSince !== undefined) return { verdict: "unknown", reasons: [] };
  const confirmed = other?.staleSince === undefined ? other?.peering : undefined;
  const id = `${alias}/${peering.id}`;
  const key = [peering, confirmed].map(fingerprint).join("\n");
  const last = kept.get(id);
  if (last?.key === key && now - last.at < KEPT_MS) return last.result;
  const result = health(peering, confirmed && { other: confirmed });
  kept.set(id, { key, at: now, result });
  return result;
}

/** Another one where what the verdict depends on is another. */
const fingerprint = (peering) =>
  peering && [peering.id, peering.state, peering.role, peering.modify_index, Object.values(peering.stream)].join();
