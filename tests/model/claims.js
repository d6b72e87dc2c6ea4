// Checks the claim that each code of `left_behind` makes. An unknown code is a violation as well: a new code needs an entry
// here.

import { brief, isRecord, sameMeta, tokenOf } from "./record.js";
import { harmless, isRead } from "./sending.js";

/**
 * `situation` has `call`; `now`, the existing record; `observed`, the record that the call read last; `touched`, whether
 * another caller wrote since then; `touchedEver`, since the call began; and `tokens`, all peering tokens.
 * Returns why the claim is false; undefined if it is true.
 */
export function falseClaim({ cluster, peer_name, code, fix, state, changed }, situation) {
  const { call } = situation;
  if (cluster !== call.address || peer_name !== call.peer_name) return `it names ${peer_name} at ${cluster}`;
  if (typeof fix !== "string" || fix === "") return "it has no fix";
  if (!(code in CLAIMS)) return `${code} is unknown`;
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
  not_deleted: stillExists,
  deleting: beingDeleted,
  replaced,
};

const last = (call, kind) => call.writes.findLast((write) => write.kind === kind)?.request;

/** The last write of this kind is pending, or its response was lost. */
function unanswered(kind) {
  return ({ call }) => {
    const request = last(call, kind);
    if (!request) return "nothing of that kind was sent";
    if (harmless(request))
      return `the last answer was ${request.status ?? request.broken}, and nothing can have happened`;
    const { status, broken, text } = request;
    // A response of a proxy, or one without a text, is not a response of Consul.
    const lost = status === undefined || broken || [502, 504].includes(status) || text === "" || text.startsWith("<");
    return lost ? undefined : `the answer was ${status}`;
  };
}

function exists(role) {
  return ({ now, observed, touched }, { state }) => {
    // Without a state, the claim is based on Consul's response, which is valid until another caller writes.
    if (touched && state === undefined) return undefined;
    const views = touched ? [observed, now] : [now];
    if (!views.some((view) => view && (role ?? view.role) === view.role)) return `there is ${brief(now)}`;
    const states = [observed?.state, now?.state];
    return state === undefined || states.includes(state) ? undefined : `its state was ${states.join(", then ")}`;
  };
}

/** The call read a record that is not linked with the token's, and another caller has written it. */
function takenOver({ call, now, observed, touchedEver }) {
  const { peer_id } = tokenOf(call.spec.peering_token);
  if ((observed ?? now)?.peer_id === peer_id) return "it is linked with the token's own record";
  if (!observed) return "the call read no record";
  return touchedEver ? undefined : "no other caller has written to this name";
}

function refusedUnread(kind) {
  return ({ call }) => {
    const refusal = last(call, kind);
    if (!(refusal?.status >= 300)) return `the answer was ${refusal?.status ?? refusal?.broken}`;
    const later = call.requests.slice(call.requests.indexOf(refusal) + 1); // including those at the same time
    const read = later.some((each) => isRead(each) && each.sent >= refusal.answered && each.answered <= call.settled);
    return read ? "it was read" : undefined;
  };
}

/** The progress of an aborted call does not list the members. */
function overwritten({ call, now, touched, firstWrite }, { changed: reported }) {
  const before = firstWrite?.before;
  if (touched || !before || reported === undefined) return undefined;
  const changed = [];
  if (!sameMeta(before.meta, now?.meta)) changed.push("meta");
  if (before.peer_id !== now?.peer_id) changed.push("peer_id");
  if (before.server_name !== now?.server_name) changed.push("peer_server_name", "peer_ca_pems");
  if (reported.filter((member) => member !== "state").join() !== changed.join())
    return `what differs is: ${changed.join(", ") || "nothing"}`;
  return reported.includes("state") && call.observed.at(-1)?.record?.state !== "PENDING"
    ? "it was not PENDING"
    : undefined;
}

function stillExists({ now, touched }) {
  return touched || (now && now.state !== "DELETING") ? undefined : `there is ${brief(now)}`;
}

function beingDeleted({ call, now, touched }) {
  const was = call.observed.findLast(({ record }) => record)?.record;
  const gone = !isRecord(now, was) || now.state === "DELETING";
  return touched || gone ? undefined : `there is ${brief(now)}`;
}

function replaced({ call, now }, { state }) {
  const deletion = call.writes.find(({ kind }) => kind === "delete");
  const was = deletion?.before ?? call.observed[0]?.record;
  if (isRecord(now, was)) return `it exists: ${brief(now)}`;
  return call.observed.some(({ record }) => record?.state === state) ? undefined : `it was never ${state}`;
}
