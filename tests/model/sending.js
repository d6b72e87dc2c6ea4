// What a call may send: judged at the moment at which it sends it, against what stands then.

import { brief, isRecord, sameMeta, tokenOf } from "./record.js";

/** The records that a call has seen, as its reads were answered: `{ at, record }`. */
export function seenBy(call) {
  return call.requests.filter(isLook).map(({ answered, record }) => ({ at: answered, record }));
}

/** A read of the call's peering that was answered. */
export const isLook = ({ method, path, record }) =>
  method === "GET" && path.startsWith("/v1/peering/") && record !== undefined;

/** Every write of a call, before it goes out. `violate(rule, text)` takes what must not be. */
export function judgeSending(call, write, roundTrip, violate) {
  repeated(call, write, violate);
  const { before, kind } = write;
  // One round trip lies between a call's look and its write, and nobody can close it: what the call saw just now counts
  // as well.
  const seen = seenBy(call).at(-1);
  const fresh = seen && seen.at >= write.sent - roundTrip;
  const views = [before, ...(fresh ? [seen.record] : [])].filter((view) => view !== undefined);
  if (views.length === 0) return;
  const why = views.map((view) => JUDGES[kind](call, view, write));
  if (!why.includes(undefined)) violate("never destroyed", `${kind} was sent ${why[0]}: ${brief(before)}`);
}

/** A write goes out again only where the one before cannot have done anything, or was another record's deletion. */
function repeated(call, { request, kind, before }, violate) {
  const earlier = call.requests.findLast((other) => other !== request && other.write?.kind === kind);
  if (!earlier || harmless(earlier)) return;
  // Nor does it matter what is on its way out.
  if (kind === "delete" && (!isRecord(earlier.write.before, before) || before.state === "DELETING")) return;
  violate("sent once", `${kind} was sent again after ${earlier.status ?? earlier.broken}`);
}

/** A write that has had its answer, and has changed nothing. */
export const harmless = ({ status, broken, text = "" }) =>
  broken === "ECONNREFUSED" ||
  status === 429 ||
  (status >= 300 && status < 400) ||
  /No cluster leader|CA has not finished|marked for deletion/.test(text);

// Why a write must not go out over what stands; undefined where it may.
const JUDGES = {
  token(call, record) {
    if (record === null) return undefined;
    if (record.state === "TERMINATED" || record.state === "DELETING") return "over a record that makes dead tokens";
    return undefined; // a dialer is refused by Consul, without damage
  },

  establish(call, record, { token }) {
    if (record === null || record.role === "acceptor" || record.state === "DELETING") return undefined; // no damage
    const { peer_id, server_name } = tokenOf(token);
    if (record.server_name !== server_name) return "over a peering with another cluster";
    // Its connection goes on with the record that it has dialed. One that is lost, or was never made, is made anew with
    // what is written now.
    if (record.state === "ACTIVE" && record.peer_id !== peer_id) return "over a live peering with another record";
    return undefined;
  },

  delete(call, record) {
    if (record === null || record.state === "DELETING" || call.op === "remove") return undefined;
    if (call.op === "generateToken") {
      const unfit = record.role === "dialer" || record.state === "TERMINATED";
      return call.options.replace && unfit ? undefined : "by generateToken over what makes good tokens";
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
    return own ? undefined : "by establish over what is not its own failed attempt";
  },
};
