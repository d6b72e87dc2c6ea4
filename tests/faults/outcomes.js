// The outcomes in the table: how a call settles, and what it leaves behind.
//
// `done`, `retried`, `verified` and `sent again` resolve; `aborted` rejects with the signal's reason; every other outcome
// is the code of the PeeringError. After a comma: the kind of leftover in `left_behind`. Without one, `left_behind` is
// empty.

/** Outcomes that are not error codes. */
export const ENDS = {
  done: "resolves; both clusters are in the requested state, and the fault is not reported.",
  retried: "resolves in the same way after a second or third attempt; a `retry` progress event reports each.",
  verified: "resolves in the same way: the response was lost, and a read shows that the requested state exists.",
  "sent again": "resolves in the same way: the response was lost, and the token was sent again.",
  aborted: "rejects with `signal.reason`.",
};

/** Error codes, and whether an error with that code is retryable. */
export const RETRYABLE = {
  network: true,
  timeout: true,
  rate_limited: true,
  not_ready: true,
  server_error: true,
  unreachable: true,
  tls_failed: false,
  unexpected_answer: false,
  not_active: false,
};

/** Kinds of leftovers as the document names them, and their codes in `left_behind`. */
export const LEFT = {
  exists: {
    words: "the peering that the call created, or was to delete, exists.",
    codes: ["dialer_not_active", "exists", "token_lost", "not_deleted"],
  },
  "may exist": {
    words: "Consul may have acted on the request; the peering that may exist is reported.",
    codes: ["establish_unanswered", "token_unanswered", "deletion_unanswered"],
  },
  deleting: {
    words: "Consul has accepted the deletion and continues it.",
    codes: ["deleting"],
  },
  overwritten: {
    words: "the refused call changed an existing peering; the changed fields are reported.",
    codes: ["overwritten"],
  },
};

/** The parts of a cell. */
export function outcomeOf(cell) {
  const [end, left] = cell.split(", ");
  const resolves = ["done", "retried", "verified", "sent again"].includes(end);
  if (!(end in ENDS) && !(end in RETRYABLE)) throw new TypeError(`"${cell}" has an unknown outcome`);
  if (left !== undefined && !(left in LEFT)) throw new TypeError(`"${cell}" has an unknown leftover`);
  return { end, left, resolves, code: end in RETRYABLE ? end : undefined };
}
