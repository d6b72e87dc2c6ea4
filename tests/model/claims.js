// What each code of `left_behind` claims, and whether it is true. A code that is not known here is a violation too: a new
// one says here what it means.

import { brief, isRecord, sameMeta, tokenOf } from "./record.js";
import { harmless, isLook } from "./sending.js";

/**
 * `situation` is what a claim is held against: `call`; `now`, what stands; `seen`, what the call saw last; `touched`,
 * whether somebody else wrote since; `touchedEver`, since it began; `tokens`, those that are about.
 * Gives why the claim is not true; undefined where it is.
 */
export function falseClaim({ cluster, peer_name, code, fix, state, changed }, situation) {
  const { call } = situation;
  if (cluster !== call.address || peer_name !== call.peer_name) return `it names ${peer_name} at ${cluster}`;
  if (typeof fix !== "string" || fix === "") return "it says no way on";
  if (!(code in CLAIMS)) return `${code} is not known`;
  return CLAIMS[code](situation, { state, changed });
}

const CLAIMS = {
  establish_unanswered: unanswered("establish"),
  token_unanswered: unanswered("token"),
  deletion_unanswered: unanswered("delete"),
  dialer_not_active: exists("dialer"),
  exists: exists(),
  token_lost: exists("acceptor"),
  acceptor_without_dialer: takenOver,
  establish_unread: refusedUnread("establish"),
  token_unread: refusedUnread("token"),
  overwritten,
  not_deleted: stillStands,
  deleting: beingDeleted,
  replaced,
};

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

function exists(role) {
  return ({ now, seen, touched }, { state }) => {
    // Without a state it is Consul's word, which holds until somebody else writes.
    if (touched && state === undefined) return undefined;
    const views = touched ? [seen, now] : [now];
    if (!views.some((view) => view && (role ?? view.role) === view.role)) return `there is ${brief(now)}`;
    const states = [seen?.state, now?.state];
    return state === undefined || states.includes(state) ? undefined : `its state was ${states.join(", then ")}`;
  };
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
    const later = call.requests.slice(call.requests.indexOf(refusal) + 1); // of one instant, too
    const read = later.some((look) => isLook(look) && look.sent >= refusal.answered && look.answered <= call.settled);
    return read ? "it was read" : undefined;
  };
}

/** An aborted call's progress does not list the members. */
function overwritten({ call, now, touched, firstWrite }, { changed: said }) {
  const before = firstWrite?.before;
  if (touched || !before || said === undefined) return undefined;
  const changed = [];
  if (!sameMeta(before.meta, now?.meta)) changed.push("meta");
  if (before.peer_id !== now?.peer_id) changed.push("peer_id");
  if (before.server_name !== now?.server_name) changed.push("peer_server_name", "peer_ca_pems");
  if (said.filter((member) => member !== "state").join() !== changed.join())
    return `what differs is: ${changed.join(", ") || "nothing"}`;
  return said.includes("state") && call.seen.at(-1)?.record?.state !== "PENDING" ? "it was not PENDING" : undefined;
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
