// Checks the result of a call when it ends, against the peerings that exist at that time.

import { inspect } from "node:util";
import { CODES } from "./call.js";
import { falseClaim } from "./claims.js";
import { brief, isRecord, recordOf, recordOfPeering, sameMeta, sameRecord } from "./record.js";
import { readsOf } from "./sending.js";

/** The codes that every call may reject with. */
const ANYWHERE = `permission_denied acl_token_unknown peering_disabled connect_disabled not_ready leader_unreachable
  partition_unsupported wrong_datacenter endpoint_blocked writes_restricted rate_limited unsupported network timeout
  unexpected_answer server_error`.split(/\s+/);
const CODES_OF = {
  establish: `invalid same_cluster role_conflict deleting peer_mismatch token_spent unreachable tls_failed
    not_active`.split(/\s+/),
  generateToken: `invalid role_conflict terminated meta_fixed server_misconfigured`.split(" "),
  remove: ["invalid"],
  read: ["invalid"],
  list: [],
  wait: ["invalid"],
  permissions: [],
};

export async function checkEnding(call, calls, violate) {
  const { world } = calls;
  call.observed = readsOf(call);
  call.writes = world.writes.filter((write) => write.call === call);
  inTime(call, violate);
  if (call.failed) checkError(call, violate);
  secrets(call, calls.secrets, violate);
  if (call.peer_name === undefined) return checkList(call, violate);

  // If the server is down, its state is read as soon as it is up again.
  const { record: now, late } = await world.readAsSoonAsPossible(call.at, call.peer_name);
  const readAt = world.time.now;
  world.trace(`${call.label} left ${brief(now)}${late ? " (read later)" : ""}`);
  // Later writes of other callers may have invalidated the call's data. The exact time of a write is unknown.
  const acted = Math.max(0, ...call.observed.map(({ at }) => at), ...call.writes.map(({ sent }) => sent));
  const others = (from) => world.writesOfOthers(call, from, readAt).length > 0;
  const situation = {
    call,
    now,
    late,
    observed: call.observed.at(-1)?.record,
    touched: others(acted),
    touchedEver: others(call.started),
    tokens: calls.tokens,
    firstWrite: call.writes.find(({ kind }) => kind !== "delete"),
    // Only this code makes a claim about another cluster.
    everywhere: call.error?.code === "token_spent" ? await readEverywhere(world) : [],
  };
  for (const claim of claimsOf(call)) {
    const why = falseClaim(claim, situation);
    if (why) violate("leftovers are true", `"${claim.what}" is not true: ${why}`);
  }
  if (!call.failed) resolved(situation, violate);
  else if (call.error?.code === "token_spent") spent(situation, calls, violate);
  unreported(situation, violate);
}

async function readEverywhere(world) {
  const all = await Promise.all(world.names.map((name) => world.readAll(name).catch(() => [])));
  return all.flat();
}

/** The leftovers that a call reports: in its error or, if it was aborted, by progress. */
function claimsOf(call) {
  if (!call.failed) return [];
  if (call.error !== call.reason) return call.error?.left_behind ?? [];
  return call.progress
    .filter(({ kind }) => kind === "left_behind")
    .map(({ text, ...claim }) => ({ ...claim, what: text, fix: text }));
}

function inTime(call, violate) {
  const { settled, started, options, requests, abortAfter = Infinity } = call;
  const limit = Math.min(options.timeout ?? 60_000, abortAfter);
  if (settled - started > limit) violate("in time", `it took ${settled - started} ms of ${limit}`);
  for (const { answered, signal, method, path, tooLate } of requests) {
    if (tooLate) violate("ends once", `${method} ${path} was sent after its end`);
    if (answered === undefined && !signal.aborted) violate("ends once", `${method} ${path} continues after its end`);
  }
}

function checkError(call, violate) {
  const { error, reason, op, requests, started, settled, options } = call;
  if (error === reason && reason !== undefined) return;
  const wrong = (text) => violate("errors are true", `${text}: ${error?.stack ?? error}`);
  if (error?.name !== "PeeringError") return wrong("it is not a PeeringError");
  const { code, hint, findings, left_behind } = error;
  if (!CODES.has(code)) wrong(`the code ${code} is not documented`);
  if (![...ANYWHERE, ...CODES_OF[op]].includes(code)) wrong(`the code ${code} is not one of ${op}`);
  if (typeof hint !== "string" || !/\S/.test(hint)) wrong("there is no hint");
  if (!Array.isArray(findings) || !Array.isArray(left_behind)) wrong("findings or left_behind is not an array");
  if (code === "timeout" && settled - started < (options.timeout ?? 60_000)) wrong("the time was not over");
  const why = EVIDENCE[code];
  if (why && !requests.some(why)) wrong(`no response means ${code}`);
  if (error.peering) {
    const shown = recordOfPeering(error.peering);
    if (!call.observed.some(({ record }) => sameRecord(record, shown))) wrong(`it never read ${brief(shown)}`);
  }
}

/** What must have been answered for a code to be true. */
const EVIDENCE = {
  network: ({ broken, status }) => broken || (status >= 300 && status < 400),
  rate_limited: ({ status }) => status === 429,
  not_ready: ({ text }) => text?.includes("No cluster leader"),
  unexpected_answer: ({ text, broken }) => broken || text?.startsWith("<"),
  server_error: ({ status }) => status >= 500,
  token_spent: ({ text }) => text?.includes("a new peering token must be generated"),
  unreachable: ({ text }) => text?.includes("failed to exchange peering secret"),
  tls_failed: ({ text }) => /handshake failed|server preface/.test(text ?? ""),
  deleting: ({ record, text }) => record?.state === "DELETING" || text?.includes("marked for deletion"),
  not_active: ({ call, write, text, record }) =>
    (write?.kind === "establish" && text?.trim() === "{}") || record?.peer_id === call.dialed.peer_id,
  terminated: ({ record }) => record?.state === "TERMINATED",
  meta_fixed: ({ record }) => record?.role === "acceptor",
  role_conflict: ({ record, text }) =>
    record || /expecting to be dialed|already an established|Cannot switch peering dialing mode/.test(text ?? ""),
  permission_denied: ({ status, text }) => [401, 403].includes(status) || text?.includes('"Allow": false'),
  acl_token_unknown: ({ text }) => text?.includes("ACL not found"),
};

function secrets(call, known, violate) {
  const { error, reason, progress } = call;
  const texts = [inspect(progress, { depth: 9 })];
  if (call.failed && error !== reason)
    texts.push(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error) ?? "", String(error?.stack));
  const text = texts.join("\n");
  for (const secret of known)
    if (text.includes(secret)) violate("no secrets", "its texts contain a token or its secret");
}

function checkList(call, violate) {
  if (call.failed || call.op !== "list") return;
  const answer = call.requests.findLast(({ path, status }) => path === "/v1/peerings" && status === 200);
  const listed = JSON.parse(answer.text).map(recordOf);
  if (!sameRecord(listed, call.value.map(recordOfPeering)))
    violate("done is done", "the list differs from the response");
}

/** The value that a call resolves with must be true. */
function resolved({ call, now, late, observed, touched, touchedEver }, violate) {
  const { op, value, options, spec, peer_name } = call;
  const wrong = (text) => violate("done is done", `${text}; there is ${brief(now)}`);
  const deletes = op !== "remove" && call.writes.some(({ kind }) => kind === "delete");
  if (deletes && !call.progress.some(({ code }) => code === "replacing"))
    wrong("it deleted a record without reporting it");
  if (op === "generateToken") {
    const { peer_id } = call.token_made;
    const lives = (record) => record?.role === "acceptor" && !["TERMINATED", "DELETING"].includes(record.state);
    // The other cluster's termination message may arrive while the response is pending.
    const { before } = call.writes.findLast(({ kind }) => kind === "token");
    const ended = now?.state === "TERMINATED" && before?.id === peer_id && lives(before);
    if (!touchedEver && !ended && !(now?.id === peer_id && lives(now))) wrong("the peering token is invalid");
    if (!touchedEver && spec.meta && !sameMeta(now?.meta, spec.meta)) wrong("the meta differs");
    return;
  }
  const shown = value && recordOfPeering(value);
  if (op === "wait" && !UNTIL(call.until, value))
    return wrong(`it waited for ${call.until}, but it is ${brief(shown)}`);
  if (op === "remove") {
    if (value === null) return observed === null ? undefined : wrong("it resolved with null, but read a record");
    if (!call.observed.some(({ record }) => sameRecord(record, shown)))
      return wrong("it resolved with a record that it never read");
    const gone = !isRecord(now, shown) || (options.wait === false && now.state === "DELETING");
    return gone ? undefined : wrong(`${value.id.slice(0, 8)} is not gone`);
  }
  if (!sameRecord(shown, observed)) return wrong(`it resolved with a record that it did not read: ${brief(shown)}`);
  if (op !== "establish") return;
  const { peer_id } = call.dialed;
  if (shown.peer_id !== peer_id || shown.role !== "dialer" || shown.name !== peer_name)
    return wrong("it is not the token's");
  if (options.wait !== false && shown.state !== "ACTIVE") return wrong(`it is ${shown.state}`);
  if (touchedEver) return;
  if (!sameMeta(shown.meta, spec.meta)) return wrong("the meta differs");
  if (!touched && !late && !sameRecord(shown, now)) return wrong("it has changed since");
}

const UNTIL = (until, value) =>
  typeof until === "function" ? until(value) : until === "GONE" ? value === null : value?.state === until;

/** `token_spent` means that the token was used or replaced, or that its peering is gone. */
function spent({ call, everywhere }, { tokens, world }, violate) {
  const token = tokens.find(({ text }) => text === call.spec.peering_token);
  const made = token.call.writes.findLast(({ kind }) => kind === "token");
  const causes = world.writes.filter((write) => {
    if (write.kind === "establish")
      return write.token === token.text && write !== call.writes.at(-1) && write.until >= made.sent;
    return write !== made && write.cluster === token.cluster && write.name === token.name && write.until >= made.sent;
  });
  const acceptor = everywhere.find(({ id }) => id === token.peer_id);
  const gone = !acceptor || ["TERMINATED", "DELETING"].includes(acceptor.state);
  if (causes.length === 0 && !gone) violate("done is done", `a valid token was refused: ${brief(acceptor)}`);
}

/** A call reports everything that it created or changed and did not undo. */
function unreported({ call, now, touchedEver }, violate) {
  if (!call.failed || touchedEver || claimsOf(call).length > 0) return;
  const before = call.writes[0]?.before;
  if (before === undefined) return;
  const kept = ({ id, meta, peer_id, server_name, state }) => ({
    id,
    meta,
    peer_id,
    server_name,
    deleting: state === "DELETING",
  });
  if (now && (!before || !sameRecord(kept(before), kept(now)))) {
    violate("all is reported", `it found ${brief(before)} and leaves ${brief(now)} without reporting it`);
  }
  if (before && !now && before.state !== "DELETING")
    violate("all is reported", `it found ${brief(before)} and leaves nothing`);
}
