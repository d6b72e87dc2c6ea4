// Linking two clusters, changing the link, and taking it apart. What to do is the module's decision, made anew from what
// stands each time something has changed; so a call that was stopped anywhere goes on when it is made again.
import { now as monotonic } from "./clock.js";
import { Composite, FLAG } from "./composite.js";
import { isPeeringError } from "./error.js";
import { lookAround, readSide, refOf, survey, toDecide } from "./pair.js";

const FAILING_LIMIT_MS = 15_000;
/**
 * A dialer that stood before may go on dialling with its former secret: its leader looks at it when it is written, dials,
 * and does not look a second time while that is under way. Nothing but another token ends that.
 */
const RENEW_FAILING_MS = 6_000;
const STAYS_ACTIVE_MS = 1_000; // after FAILING was seen, since a connection may flap
const DELETED_WITHIN_MS = 2_000;
/** The leader has five looks in hand. Each token takes two, and once one alone is left they are too far apart for that. */
const TOKENS_MAX = 5;
/** How establishing with a token that was just made ends when another call for the same pair has come in between. */
const RACED = ["token_spent", "peer_mismatch", "not_active", "deleting"];
const RACES_MAX = 5;
const RACE_PAUSE_MS = 500;
/** Of two calls that connect a pair in opposite directions at once, one lets the other go first, twice as long each time. */
const LET_PASS_MS = 2_000;
/** How long an unused half of the other direction may be another call's that is about to use it. */
const PASSING_MS = 8_000;
const PASSING_LOOK_MS = 250;

export const plan = (core, acceptor, dialer, options) =>
  onPair(core, "plan", acceptor, dialer, options, async (call, sides) => {
    await lookAround(call, core, sides);
    return decide(call, core, sides);
  });

export const connect = (core, acceptor, dialer, options) =>
  onPair(core, "connect", acceptor, dialer, options, (call, sides) => link(call, core, sides));

export const rotate = (core, acceptor, dialer, options) =>
  onPair(core, "rotate", acceptor, dialer, options, async (call, sides) => {
    await lookAround(call, core, sides);
    const { linked, reversed } = decide(call, core, sides);
    const [accepting, dialling] = reversed ? [sides[1], sides[0]] : sides;
    if (!linked) {
      const hint = "Call connect: it makes the link, and needs no rotation afterwards.";
      throw call.failure("not_active", "the two sides are not linked with each other", { side: sides[0], hint });
    }
    if (accepting.server_external_addresses === undefined || accepting.server_external_addresses === null) {
      const message = "a new token forgets the acceptor's external addresses, and they were not named";
      throw call.failure("external_addresses_unknown", message, { side: accepting });
    }
    await renew(call, core, accepting, dialling, sides.left);
    dialling.meta = undefined; // it stands now as it was wished
    return { ...(await link(call, core, sides)), changed: true };
  });

export const disconnect = (core, a, b, options) =>
  onPair(core, "disconnect", a, b, options, async (call, sides) => {
    const { force = false } = call.options;
    await lookAround(call, core, sides);
    const conflict = force ? null : core.disconnectable(...sides.map(toDecide));
    if (conflict) throw refusal(call, sides, conflict);
    // Each waits until its own side is gone; the end of one is no reason to leave the other half done.
    const ended = await Promise.allSettled(sides.map((side) => takeDown(call, core, side)));
    const failed = ended.findIndex(({ status }) => status === "rejected");
    if (failed < 0) return { a: ended[0].value, b: ended[1].value };
    const [other, standing] = [sides[1 - failed], sides[failed]];
    const { value, reason } = ended[1 - failed];
    if (value) {
      const fix = `Call disconnect again to delete "${standing.peer_name}" on the other side.`;
      sides.left.push(leftOn(other, "one_sided", "this side was deleted, and the other was not", fix));
    }
    if (isPeeringError(reason)) sides.left.push(...reason.left_behind);
    throw ended[failed].reason;
  });

/** Deletes what stands on a side, and waits until it is gone. */
async function takeDown(call, core, side, why) {
  if (side.standing) call.step(side, "deleting", `deleting "${side.peer_name}"${because(why)}`);
  const deleted = await call.on(side, core.remove(side.cluster, refOf(side), call.part()));
  if (side.standing) call.step(side, "deleted", `"${side.peer_name}" is gone`);
  return deleted;
}

/** Checks both sides before anything is asked of anybody. */
function onPair(core, operation, a, b, options, work) {
  const call = new Composite(core, operation, options, { force: FLAG });
  const names = operation === "disconnect" ? ["a", "b"] : ["acceptor", "dialer"];
  const read = [a, b].map((given, index) => readSide(core, given, names[index]));
  const findings = read.flatMap(({ findings }) => findings);
  return call.run(findings, () => {
    const sides = read.map(({ side }) => side);
    // Each cluster is called what the other calls it.
    for (const [index, side] of sides.entries()) side.name = sides[1 - index].peer_name;
    return work(call, Object.assign(sides, { left: call.leftovers() }));
  });
}

/**
 * Goes on until both sides are ACTIVE and each other's. `look` finds what stands on a side, `slot` holds back how many
 * write at once.
 */
export async function link(call, core, sides, { look = survey, slot = (write) => write(), again = changed } = {}) {
  let made = false;
  let tokens = 0;
  let races = 0;
  let failing; // since when
  let calm; // since when both have been ACTIVE again after that
  let awaited; // what was told last
  let ending; // what is being deleted, and since when
  let noted = []; // what the plan has noted
  let passing; // since when another call may be connecting the other way round
  for (;;) {
    await lookAround(call, core, sides, look);
    const now = monotonic();
    const { conflict, steps, notes, linked, reversed } = core.plan(...sides.map(toDecide));
    if (conflict) {
      if (!conflict.passing || now - (passing ?? now) >= PASSING_MS) throw refusal(call, sides, conflict);
      const text = "another call may be connecting the other way round; waiting for it";
      const side = sides[conflict.on === "acceptor" ? 0 : 1];
      if (passing === undefined) call.step(side, conflict.refusal.code, text, "retry");
      passing ??= now;
      await call.pause(PASSING_LOOK_MS);
      continue;
    }
    passing = undefined;
    for (const { code, text } of notes.filter(({ text }) => !noted.includes(text))) call.step(sides[1], code, text);
    noted = notes.map(({ text }) => text);
    const states = sides.map(({ standing }) => standing?.state);
    if (linked && states.includes("FAILING")) failing ??= now;
    calm = states.every((state) => state === "ACTIVE") ? (calm ?? now) : undefined;
    if (steps.length === 0 && (failing === undefined || now - calm >= STAYS_ACTIVE_MS)) {
      return { acceptor: sides[0].standing, dialer: sides[1].standing, changed: made, reversed };
    }
    if (linked && calm === undefined && now - failing >= FAILING_LIMIT_MS) {
      throw notActive(call, sides, "the connection has been FAILING for 15 s");
    }
    const failed = linked && calm === undefined && now - failing >= RENEW_FAILING_MS;
    const renewal = { on: reversed ? "dialer" : "acceptor", action: "generate", reason: "the new link is FAILING" };
    const step = failed && tokens > 0 && tokens < TOKENS_MAX ? renewal : steps[0];
    const side = step && sides[step.on === "acceptor" ? 0 : 1];
    const other = sides[side === sides[0] ? 1 : 0];
    if (step?.action === "delete") {
      await slot(() => clear(call, core, side, sides.left, step.reason));
      made = true;
    } else if (step?.action === "generate") {
      if (tokens === TOKENS_MAX)
        throw notActive(call, sides, `${TOKENS_MAX} tokens were accepted, and none led to ACTIVE`);
      made = true;
      try {
        await slot(() => renew(call, core, side, other, sides.left, step.reason));
        tokens++;
        failing = undefined;
      } catch (error) {
        if (!isPeeringError(error) || !wasRaced(error, sides) || ++races > RACES_MAX) throw error;
        const text = `another call came in between (${error.code}); reading both sides again`;
        call.step(other, error.code, text, "retry");
        const letPass = error.code === "role_conflict" && !goesFirst(sides) ? LET_PASS_MS * 2 ** (races - 1) : 0;
        await call.pause(letPass + Math.random() * RACE_PAUSE_MS); // or both meet again
      }
    } else {
      if (step && step.reason !== awaited) {
        call.step(side, "waiting", `waiting for "${side.peer_name}"${because(step.reason)}`);
      }
      awaited = step?.reason;
      const { id, state } = side?.standing ?? {};
      if (state === "DELETING" && ending?.id !== id) ending = { id, since: now };
      // A goodbye that comes in between makes Consul forget that it is to be removed: remove tells it once more.
      if (state === "DELETING" && now - ending.since >= DELETED_WITHIN_MS) {
        await call.on(side, core.remove(side.cluster, refOf(side), call.part()));
      } else await again(call, core, sides);
    }
  }
}

/** Another call wrote in between. A role conflict is one where the name was free a moment ago. */
function wasRaced({ code, peer_name, cluster }, sides) {
  if (code !== "role_conflict") return RACED.includes(code);
  return sides.some((side) => side.peer_name === peer_name && side.address === cluster && side.standing === null);
}

/** Which of two opposite calls goes first: both come to the same result. */
function goesFirst([acceptor, dialer]) {
  const name = ({ identity: { datacenter, trust_domain } }) => `${datacenter} ${trust_domain}`;
  return name(acceptor) < name(dialer);
}

/** Deletes an acceptor that will never serve again, and waits until it is gone. */
async function clear(call, core, side, left, reason) {
  await takeDown(call, core, side, reason);
  const fix = "Call connect again: it recreates the peering.";
  const { state } = side.standing;
  left.push(leftOn(side, "acceptor_deleted", `the acceptor "${side.peer_name}", ${state}, was deleted`, fix, state));
}

/** A new token, and its use. The token lives in here and nowhere else. */
async function renew(call, core, acceptor, dialer, left, reason) {
  const stood = acceptor.standing;
  const { meta, server_external_addresses } = acceptor;
  call.step(acceptor, "generating", `generating a token for "${acceptor.peer_name}"${because(reason)}`);
  const wish = { ...refOf(acceptor), server_external_addresses, ...(!stood && { meta }) };
  const peering_token = await call.on(acceptor, core.generateToken(acceptor.cluster, wish, call.part()));
  const acceptorId = core.inspectToken(peering_token).peer_id;
  const fix = "Call connect again, or delete it.";
  const what = `the acceptor "${acceptor.peer_name}" exists, and its token was not used`;
  const unused = leftOn(acceptor, "token_unused", what, fix);
  if (!stood) left.push(unused);
  call.step(dialer, "establishing", `establishing "${dialer.peer_name}" with the token`);
  const spec = { ...refOf(dialer), peering_token, meta: dialer.meta ?? dialer.standing?.meta ?? {} };
  try {
    await call.on(dialer, core.establish(dialer.cluster, spec, call.part({ wait: false })));
  } catch (error) {
    if (!stood && (await takeBack(call, core, acceptor, acceptorId, error))) left.pop();
    throw error;
  }
  const renewed = (side) => {
    const what = `"${side.peer_name}" was created or renewed by this call, and was not ACTIVE when it was last read`;
    return leftOn(side, "not_active", what, "Call connect again: it continues from here.");
  };
  left.splice(0, left.length, ...[acceptor, dialer].map(renewed));
  call.step(dialer, "token_accepted", `"${dialer.peer_name}" has accepted the token`);
}

/**
 * Deletes an acceptor that this call made, where nobody has used or changed it since and nobody can use it any more.
 * Whether nothing of it stands now.
 */
async function takeBack(call, core, side, id, error) {
  // It may be needed yet where something stands on the dialling side, or may, or another call has a newer token.
  if (!isPeeringError(error) || error.left_behind.length > 0) return false;
  if (error.code === "timeout" || RACED.includes(error.code)) return false;
  try {
    const standing = await core.read(side.cluster, refOf(side), call.part());
    if (standing === null) return true;
    const { state, create_index, modify_index } = standing;
    if (standing.id !== id || state !== "PENDING" || create_index !== modify_index) return false;
    await core.remove(side.cluster, refOf(side), call.part());
    return true;
  } catch {
    return false; // it stays, and is told
  }
}

/** Waits until something is another than it was, on either side. */
async function changed(call, core, sides) {
  const began = monotonic();
  const state = (standing) => `${standing?.id} ${standing?.state}`;
  const before = sides.map(({ standing }) => state(standing));
  for (;;) {
    await call.pause(core.lookAfter(monotonic() - began));
    // async: where the deadline passes between the two, the read that has begun is not left alone.
    const now = await Promise.all(
      sides.map(async (side) => call.on(side, core.read(side.cluster, refOf(side), call.part()))),
    );
    if (now.some((standing, index) => state(standing) !== before[index])) return;
    // ACTIVE on both sides, and it is to stay so for a while.
    if (now.every((standing) => standing?.state === "ACTIVE") && monotonic() - began >= STAYS_ACTIVE_MS) return;
    if (monotonic() - began >= DELETED_WITHIN_MS && before.some((text) => text.endsWith("DELETING"))) return;
    if (monotonic() - began >= RENEW_FAILING_MS && before.some((text) => text.endsWith("FAILING"))) return;
  }
}

/** The plan for what was found; a conflict fails. */
export function decide(call, core, sides) {
  const found = core.plan(...sides.map(toDecide));
  if (found.conflict) throw refusal(call, sides, found.conflict);
  return found;
}

function refusal(call, sides, { on, refusal, passing }) {
  const { code, message, hint, findings } = refusal;
  const side = sides[on === "acceptor" ? 0 : 1];
  const details = { side, hint, findings, retryable: passing };
  return call.failure(code, message, { ...details, ...(side.standing && { peering: side.standing }) });
}

function notActive(call, sides, message) {
  const side = sides.find(({ standing }) => standing && standing.state !== "ACTIVE") ?? sides[1];
  const fix = "Disconnect both sides, then connect again.";
  const stand = sides.filter(({ standing }) => standing);
  const left = stand.map((each) => {
    const { state } = each.standing;
    return leftOn(each, "not_active", `"${each.peer_name}" exists, ${state}`, fix, state);
  });
  sides.left.splice(0, sides.left.length, ...left);
  return call.failure("not_active", message, { side, ...(side.standing && { peering: side.standing }) });
}

const leftOn = ({ address, peer_name }, code, what, fix, state) => ({
  ...{ cluster: address, peer_name, code, what, fix },
  ...(state !== undefined && { state }),
});

const because = (reason) => (reason === undefined ? "" : `: ${reason}`);
