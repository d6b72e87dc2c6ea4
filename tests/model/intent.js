// A wish, carried out as the documentation says, when nothing goes wrong any more: it must be reached.

import { brief, tokenOf } from "./record.js";

/** So much has settled after it, whatever a run has left under way. */
const QUIET_MS = 75_000;
const STAYS_MS = 16_000;
const TRIES = 5;

/** Peers two clusters, looks whether it lasts, and deletes both sides again. */
export async function reach(plan, calls, choose, violate) {
  const { world } = calls;
  await world.time.sleep(QUIET_MS);
  const [acceptor, dialer] = choose.chance(0.5) ? world.names : [world.names[1], world.names[0]];
  const sides = { acceptor: [acceptor, choose.pick(plan.names)], dialer: [dialer, choose.pick(plan.names)] };
  let left = await peerForGood(sides, calls, violate);
  if (left && isSplit(world, sides.dialer)) {
    await removeBoth(sides, calls, violate);
    left = await peerForGood(sides, calls, violate);
  }
  if (left) violate("a wish is reached", `peered, and later there is ${left}`);
  await removeBoth(sides, calls, violate);
}

/** What stands on both sides where that is not what was wished for. */
async function peerForGood(sides, calls, violate) {
  const token = await peer(sides, calls, violate);
  if (!token) return undefined;
  const { world } = calls;
  await world.time.sleep(STAYS_MS);
  const accepts = await world.look(...sides.acceptor);
  const dials = await world.look(...sides.dialer);
  const linked = accepts?.id === token.peer_id && dials?.peer_id === token.peer_id;
  if (linked && accepts.state === "ACTIVE" && dials.state === "ACTIVE") return undefined;
  return `${brief(accepts)}, and over there ${brief(dials)}`;
}

/**
 * Two calls that dialed different records under one name, within one round trip of each other: the later one's record
 * is written over the earlier one's stream, which Consul keeps. The dialer says ACTIVE of a stream with another record
 * than its own, nothing on its cluster tells, and only deleting it helps.
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
    const removal = await calls.make("wish", { op: "remove", at, peer_name });
    const left = await calls.world.look(at, peer_name);
    if (removal.failed || left !== null) violate("a wish is reached", `removed, and there is ${brief(left)}`, removal);
  }
}

/** The token with which it was reached. */
async function peer({ acceptor, dialer }, calls, violate) {
  const [accepting, dialing] = [acceptor, dialer].map(([at, peer_name]) => ({ at, peer_name }));
  const make = (op, side, more) => calls.make("wish", { op, ...side, ...more });
  const both = (op, more) => Promise.all([make(op, dialing, more), make(op, accepting, more)]);
  let call;
  for (let tries = 0; tries < TRIES; tries++) {
    call = await make("generateToken", accepting);
    // What stands makes no good tokens: another role, or TERMINATED.
    if (["role_conflict", "terminated"].includes(call.error?.code)) {
      call = await make("generateToken", accepting, { options: { replace: true } });
    }
    if (call.failed) break;
    const spec = { peering_token: call.token_made };
    call = await make("establish", dialing, { spec });
    // Where the existing peering is usable, it is refused again, with the same code.
    if (["role_conflict", "peer_mismatch"].includes(call.error?.code)) {
      call = await make("establish", dialing, { spec, options: { replace: true } });
    }
    if (!call.failed) return spec.peering_token;
    // The way out that the codes name: away with both sides, and anew.
    const { code } = call.error ?? {};
    const split = ["unreachable", "tls_failed"].includes(code) && isSplit(calls.world, dialer);
    if (!split && !["not_active", "peer_mismatch", "token_spent", "deleting"].includes(code)) break;
    await both("remove");
  }
  violate("a wish is reached", `to peer ${acceptor} with ${dialer} ended with ${call.error?.message}`, call);
  return undefined;
}
