// Checks each request of a call when it is sent, against the peering that exists at that time.

import { brief, isRecord, sameMeta, tokenOf } from "./record.js";

/** The records that a call has read, with the times of the responses: `{ at, record }`. */
export function readsOf(call) {
  return call.requests.filter(isRead).map(({ answered, record }) => ({ at: answered, record }));
}

/** Whether a request is a completed read of the call's peering. */
export const isRead = ({ method, path, record }) =>
  method === "GET" && path.startsWith("/v1/peering/") && record !== undefined;

/** Checks a write before it is sent. `violate(rule, text)` records a violation. */
export function checkSending(call, write, roundTrip, violate) {
  repeated(call, write, violate);
  const { before, kind } = write;
  // A round trip between a call's read and its write is inevitable, so the result of a recent read is accepted as well.
  const observed = readsOf(call).at(-1);
  const fresh = observed && observed.at >= write.sent - roundTrip;
  const views = [before, ...(fresh ? [observed.record] : [])].filter((view) => view !== undefined);
  if (views.length === 0) return;
  const why = views.map((view) => CHECKS[kind](call, view, write));
  if (!why.includes(undefined)) violate("never destroyed", `${kind} was sent ${why[0]}: ${brief(before)}`);
}

/** A write may be repeated only if the earlier one cannot have had an effect, or deleted another record. */
function repeated(call, { request, kind, before }, violate) {
  const earlier = call.requests.findLast((other) => other !== request && other.write?.kind === kind);
  if (!earlier || harmless(earlier)) return;
  // Deleting a record that is being deleted has no effect.
  if (kind === "delete" && (!isRecord(earlier.write.before, before) || before.state === "DELETING")) return;
  violate("sent once", `${kind} was sent again after ${earlier.status ?? earlier.broken}`);
}

/** Whether a completed write has changed nothing. */
export const harmless = ({ status, broken, text = "" }) =>
  broken === "ECONNREFUSED" ||
  status === 429 ||
  (status >= 300 && status < 400) ||
  /No cluster leader|CA has not finished|marked for deletion/.test(text);

// Returns why a write must not be sent while a record exists; undefined if it may be sent.
const CHECKS = {
  token(call, record) {
    if (record === null) return undefined;
    if (record.state === "TERMINATED" || record.state === "DELETING")
      return "over a record that generates invalid tokens";
    return undefined; // a dialer is refused by Consul, without damage
  },

  establish(call, record, { token }) {
    if (record === null || record.role === "acceptor" || record.state === "DELETING") return undefined; // no damage
    const { peer_id, server_name } = tokenOf(token);
    if (record.server_name !== server_name) return "over a peering with another cluster";
    // An open connection continues with the record that it has dialed. A lost or new connection uses the new data.
    if (record.state === "ACTIVE" && record.peer_id !== peer_id) return "over a live peering with another record";
    return undefined;
  },

  delete(call, record) {
    if (record === null || record.state === "DELETING" || call.op === "remove") return undefined;
    if (call.op === "generateToken") {
      const unfit = record.role === "dialer" || record.state === "TERMINATED";
      return call.options.replace && unfit ? undefined : "by generateToken although it can generate valid tokens";
    }
    if (call.op !== "establish") return `by ${call.op}`;
    const { peer_id, server_name } = tokenOf(call.spec.peering_token);
    const other = record.state !== "ACTIVE" && record.peer_id !== peer_id;
    const unfit = record.role === "acceptor" || record.server_name !== server_name || other;
    if (unfit) return call.options.replace ? undefined : "by establish without being asked to replace";
    const own =
      record.state === "PENDING" &&
      record.peer_id === peer_id &&
      sameMeta(record.meta, call.spec.meta) &&
      record.created === record.modified &&
      call.requests.some(({ write }) => write?.kind === "establish");
    return own ? undefined : "by establish although it is not its own failed attempt";
  },
};
