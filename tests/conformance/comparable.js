// What of an answer must be the same on every Consul: its status, what its headers promise, and its body word for word,
// but for what differs from one cluster, or from one moment, to the next.

import { isDeepStrictEqual } from "node:util";

const HEADERS = /^(content-type|allow|location|vary|retry-after|x-consul-.+|access-control-.+)$/;
/** Their values are of the moment. */
const COUNTING = /^x-consul-(index|lastcontact)$/;

const MASKS = [
  [/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs, "<certificate>"],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>"],
  [/([0-9a-f]{2}:){19,}[0-9a-f]{2}/g, "<fingerprint>"],
  [/(?!0001|1970)\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>"],
  [/(127\.0\.0\.\d+|localhost):\d+/g, "<address>"],
  [/("(?:CreateIndex|ModifyIndex|SerialNumber)"): ?\d+/g, "$1: <number>"],
  [/("Hash"): ?("[^"]+"|\d+)/g, "$1: <hash>"],
  [/("grpc_tls_port"): ?"\d+"/g, "$1: <port>"],
  // The servers' own port: of real ones, one that was free.
  [/("(?:Service)?Port"): ?(?:8300|\d{5})\b/g, "$1: <port>"],
  // Whether the other end closes a connection or breaks it off is chance.
  [/(error reading server preface): [^"]+/g, "$1: <closed>"],
  // A peering token is as long as its addresses and names.
  [/(illegal base64 data at input byte) \d{3,}/g, "$1 <length>"],
];

/** How a stream that has only just been opened shows its times is a matter of milliseconds. */
const NEW_STREAM =
  /("State": ?"(?:ACTIVE|ESTABLISHING)".*?"LastHeartbeat": ?)(?:null|"[^"]*")(,\s*"LastReceive": ?)(?:null|"[^"]*")(,\s*"LastSend": ?)(?:null|"[^"]*")/gs;
/** Whether a heartbeat has come, a matter of seconds. */
const HEARTBEAT = /("LastHeartbeat": ?)"<time>"/g;

const PEERING_TOKEN = /("PeeringToken": ?)"([A-Za-z0-9+/]+=*)"/g;

export function comparable({ status, headers, body }) {
  const compared = [...new Headers(headers)]
    .filter(([name]) => HEADERS.test(name))
    .map(([name, value]) => [name, COUNTING.test(name) ? "<number>" : value]);
  return { status, headers: Object.fromEntries(compared.sort()), body: mask(body) };
}

/** Whether two rows of a session differ. */
export function differs(some, other) {
  if (some?.what !== other?.what) return true;
  if (some.states) return !sameStates(some.states, other.states);
  const [one, another] = [some, other].map(({ answer }) => (answer?.headers ? comparable(answer) : answer));
  return !isDeepStrictEqual(one, another);
}

/** A poll may miss a short state: each state of one must occur in the other, and the last must be equal. */
function sameStates(some, others) {
  const [fewer, more] = [some, others].sort((a, b) => a.length - b.length);
  let at = 0;
  for (const state of more) if (state === fewer[at]) at++;
  return at === fewer.length && some.at(-1) === others.at(-1);
}

export function mask(text) {
  const open = text.replace(PEERING_TOKEN, (_, key, token) => key + Buffer.from(token, "base64").toString());
  const masked = MASKS.reduce((masked, [pattern, instead]) => masked.replace(pattern, instead), open)
    .replace(NEW_STREAM, "$1<a moment>$2<a moment>$3<a moment>")
    .replace(HEARTBEAT, "$1null");
  return eachReasonOnce(masked);
}

/** How often an address was tried in three seconds is chance. */
function eachReasonOnce(text) {
  if (!/^\d+ errors? occurred:/.test(text)) return text;
  return [...new Set(text.replace(/^\d+ errors?/, "<number> errors").split("\n"))].join("\n");
}
