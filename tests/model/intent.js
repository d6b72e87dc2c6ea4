// After all failures have ended, carries out an intent as documented, which must succeed.

import { brief, tokenOf } from "./record.js";

/** After this time, no call is pending. */
const QUIET_MS = 75_000;
const STABLE_MS = 16_000;
const ATTEMPTS = 5;

/** Peers two clusters, checks that the link remains ACTIVE, and deletes both sides. */
export async function reach(plan, calls, choose, violate) {
  const { world } = calls;
  await world.time.sleep(QUIET_MS);
  const [acceptor, dialer] = choose.chance(0.5) ? world.names : [world.names[1], world.names[0]];
  const sides = { acceptor: [acceptor, choose.pick(plan.names)], dialer: [dialer, choose.pick(plan.names)] };
  let left = await peerPermanently(sides, calls, violate);
  if (left && isSplit(world, sides.dialer)) {
    await removeBoth(sides, calls, violate);
    left = await peerPermanently(sides, calls, violate);
  }
  if (left) violate("the intent is reached", `peered, and later there is ${left}`);
  await removeBoth(sides, calls, violate);
}

/** Returns both sides if they are not linked and ACTIVE. */
async function peerPermanently(sides, calls, violate) {
  const token = await peer(sides, calls, violate);
  if (!token) return undefined;
  const { world } = calls;
  await world.time.sleep(STABLE_MS);
  const accepts = await world.read(...sides.acceptor);
  const dials = await world.read(...sides.dialer);
  const linked = accepts?.id === token.peer_id && dials?.peer_id === token.peer_id;
  if (linked && accepts.state === "ACTIVE" && dials.state === "ACTIVE") return undefined;
  return `${brief(accepts)}, and on the other side ${brief(dials)}`;
}

/**
 * Whether two calls dialed different records for one name within one round trip: the record of the later call replaces
 * the earlier one, but Consul keeps the stream of the earlier one. The dialer is ACTIVE through a stream that belongs to
 * another record, its cluster does not report this, and only deleting it helps.
 */
function isSplit(world, [cluster, name]) {
  const dialed = world.writes
    .filter((write) => write.kind === "establish" && write.cluster === cluster && write.name === name)
    .map(({ sent, until, token }) => ({ sent, until: until + world.roundTrip, ...tokenOf(token) }));
  return dialed.some((one) =>
    dialed.some((other) => other.peer_id !== one.peer_id && other.sent <= one.until && other.until >= one.sent),
  );
}

async function removeBoth({ acceptor, dialer }, calls, violate) {
  for (const [at, peer_name] of [dialer, acceptor]) {
    const removal = await calls.make("intent", { op: "remove", at, peer_name });
    const left = await calls.world.read(at, peer_name);
    if (removal.failed || left !== null)
      violate("the intent is reached", `removed, and there is ${brief(left)}`, removal);
  }
}

/** Peers two clusters, and returns the peering token that was used. */
async function peer({ acceptor, dialer }, calls, violate) {
  const [accepting, dialing] = [acceptor, dialer].map(([at, peer_name]) => ({ at, peer_name }));
  const make = (op, side, more) => calls.make("intent", { op, ...side, ...more });
  const both = (op, more) => Promise.all([make(op, dialing, more), make(op, accepting, more)]);
  let call;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    call = await make("generateToken", accepting);
    // The existing peering cannot generate valid tokens: it is a dialer or TERMINATED.
    if (["role_conflict", "terminated"].includes(call.error?.code)) {
      call = await make("generateToken", accepting, { options: { replace: true } });
    }
    if (call.failed) break;
    const spec = { peering_token: call.token_made };
    call = await make("establish", dialing, { spec });
    // If the existing peering is usable, this is refused with the same code.
    if (["role_conflict", "peer_mismatch"].includes(call.error?.code)) {
      call = await make("establish", dialing, { spec, options: { replace: true } });
    }
    if (!call.failed) return spec.peering_token;
    // The documented fix of these codes: delete both sides and recreate them.
    const { code } = call.error ?? {};
    const split = ["unreachable", "tls_failed"].includes(code) && isSplit(calls.world, dialer);
    if (!split && !["not_active", "peer_mismatch", "token_spent", "deleting"].includes(code)) break;
    await both("remove");
  }
  violate("the intent is reached", `to peer ${acceptor} with ${dialer} ended with ${call.error?.message}`, call);
  return undefined;
}
