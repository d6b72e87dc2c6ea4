// What each text of `left_behind` claims, and whether it is true. A text that is not known here is a violation too:
// whoever says something new has to say here what it means.

import { brief, isRecord, sameMeta, tokenOf } from "./record.js";
import { harmless, isLook } from "./sending.js";

/**
 * `situation` is what a claim is held against: `call`; `now`, what stands; `seen`, what the call saw last; `touched`,
 * whether somebody else wrote since; `touchedEver`, since it began; `tokens`, those that are about.
 * Gives why the claim is not true; undefined where it is.
 */
export function falseClaim({ cluster, peer_name, what, fix }, situation) {
  const { call } = situation;
  if (cluster !== call.address || peer_name !== call.peer_name) return `it names ${peer_name} at ${cluster}`;
  if (typeof fix !== "string" || fix === "") return "it says no way on";
  for (const [pattern, judge] of CLAIMS) {
    const match = pattern.exec(what);
    if (match) return judge(situation, match.groups ?? {});
  }
  return "it is not a claim that is known";
}

const CLAIMS = [
  [/^establish was sent and no answer has come: a dialer "[a-z-]+" may stand$/, unanswered("establish")],
  [/^establish was sent and no answer has come: "[a-z-]+" may carry /, unanswered("establish")],
  [/^a token for "[a-z-]+" was asked for and no answer has come: /, unanswered("token")],
  [/^a new token for "[a-z-]+" was asked for and no answer has come: /, unanswered("token")],
  [/^"[a-z-]+" was asked to be deleted, and no answer has come: it may still stand$/, unanswered("delete")],
  [/^the dialer "[a-z-]+" stands here(, (?<state>[A-Z]+))?$/, stands("dialer")],
  [/^an? (?<role>dialer|acceptor) "[a-z-]+" stands here, (?<state>[A-Z]+)$/, stands()],
  [/^an acceptor "[a-z-]+" stands here, (?<state>[A-Z]+), and nobody has a token for it$/, nobodysAcceptor],
  [
    /^an acceptor "[a-z-]+" stands here, (?<state>[A-Z]+); where this call made it, its token is lost$/,
    stands("acceptor"),
  ],
  [
    /^another call has linked "[a-z-]+" with another record, and the acceptor of this call's token may have no dialer$/,
    takenOver,
  ],
  [
    /^the token was refused, and what the refused call left of "[a-z-]+" could not be read$/,
    refusedUnread("establish"),
  ],
  [/^a token for "[a-z-]+" was refused, and what the refused call left could not be read$/, refusedUnread("token")],
  [/^the (refused )?call has overwritten of "[a-z-]+": (?<parts>.+)$/, overwritten],
  [/^"[a-z-]+" still stands$/, stillStands],
  [/^"[a-z-]+" is being deleted, and may still be seen for a moment$/, beingDeleted],
  [/^the peering that stood under this name, (?<state>[A-Z]+), was deleted to make room, as replace asks$/, replaced],
];

const last = (call, kind) => call.writes.findLast((write) => write.kind === kind)?.request;

/** The last such write is out, or was lost. */
function unanswered(kind) {
  return ({ call }) => {
    const request = last(call, kind);
    if (!request) return "nothing of that kind was sent";
    if (harmless(request))
      return `the last answer was ${request.status ?? request.broken}, and nothing can have happened`;
    const { status, broken, text } = request;
    // What came in Consul's place, or without its words, is no answer to what was asked.
    const lost = status === undefined || broken || [502, 504].includes(status) || text === "" || text.startsWith("<");
    return lost ? undefined : `the answer was ${status}`;
  };
}

function stands(fixed) {
  return ({ now, seen, touched }, { role = fixed, state }) => {
    // Without a state it is Consul's word, which holds until somebody else writes.
    if (touched && state === undefined) return undefined;
    const views = touched ? [seen, now] : [now];
    if (!views.some((view) => view?.role === role)) return `there is ${brief(now)}`;
    const states = [seen?.state, now?.state];
    return state === undefined || states.includes(state) ? undefined : `its state was ${states.join(", then ")}`;
  };
}

function nobodysAcceptor(situation, groups) {
  const { now, tokens } = situation;
  const why = stands("acceptor")(situation, groups);
  if (why || !now) return why;
  const owner = tokens.find(({ peer_id }) => peer_id === now.id);
  return owner && `${owner.call.label} has one`;
}

/** It saw a record that is not linked with the token's, and somebody else has written it. */
function takenOver({ call, now, seen, touchedEver }) {
  const { peer_id } = tokenOf(call.spec.peering_token);
  if ((seen ?? now)?.peer_id === peer_id) return "it is linked with the token's own record";
  if (!seen) return "the call saw no record";
  return touchedEver ? undefined : "nobody else has written to this name";
}

function refusedUnread(kind) {
  return ({ call }) => {
    const refusal = last(call, kind);
    if (!(refusal?.status >= 300)) return `the answer was ${refusal?.status ?? refusal?.broken}`;
    const read = call.requests.some(
      (look) => isLook(look) && look.sent >= refusal.answered && look.answered <= call.settled,
    );
    return read ? "it was read" : undefined;
  };
}

function overwritten({ call, now, touched, firstWrite }, { parts }) {
  const before = firstWrite?.before;
  if (touched || !before) return undefined;
  const changed = [];
  if (!sameMeta(before.meta, now?.meta)) changed.push("meta");
  if (before.peer_id !== now?.peer_id) changed.push("peer_id");
  if (before.server_name !== now?.server_name) changed.push("peer_server_name and peer_ca_pems");
  const said = parts.split(", ").filter((part) => part !== "state (now PENDING)");
  if (said.join() !== changed.join()) return `what differs is: ${changed.join(", ") || "nothing"}`;
  return parts.includes("(now PENDING)") && call.seen.at(-1)?.record?.state !== "PENDING"
    ? "it was not PENDING"
    : undefined;
}

function stillStands({ now, touched }) {
  return touched || (now && now.state !== "DELETING") ? undefined : `there is ${brief(now)}`;
}

function beingDeleted({ call, now, touched }) {
  const was = call.seen.findLast(({ record }) => record)?.record;
  const gone = !isRecord(now, was) || now.state === "DELETING";
  return touched || gone ? undefined : `there is ${brief(now)}`;
}

function replaced({ call, now }, { state }) {
  const deletion = call.writes.find(({ kind }) => kind === "delete");
  const was = deletion?.before ?? call.seen[0]?.record;
  if (isRecord(now, was)) return `it stands: ${brief(now)}`;
  return call.seen.some(({ record }) => record?.state === state) ? undefined : `it was never ${state}`;
}
