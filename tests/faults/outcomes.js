// The words of the table: how a call ends, and what it then says of what stands.
//
// `done`, `retried` and `judged` resolve; `aborted` rejects with the signal's reason; every other word is the code of
// the PeeringError it rejects with. After a comma: what of the call stands, or may stand, as `left_behind` tells it.
// Without one nothing of it stands, and `left_behind` is empty.

/** Ends that are no codes. */
export const ENDS = {
  done: "resolves, with what was asked for true on both clusters; the caller hears nothing of the fault.",
  retried: "resolves in the same way, after a second or third try; a `retry` progress tells of each.",
  judged: "resolves in the same way: the answer was lost, and what stands is what was asked for.",
  aborted: "rejects with `signal.reason`.",
};

/** The codes, and whether an error with one says that the same call may succeed a little later. */
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

/** What `left_behind` says, as a reader of the document hears it, and its codes. */
export const LEFT = {
  stands: {
    words: "what the call made, or was to delete, stands, and is named.",
    codes: ["dialer_not_active", "exists", "token_lost", "not_deleted"],
  },
  "may stand": {
    words: "whether Consul acted cannot be learnt; what may stand is named.",
    codes: ["establish_unanswered", "token_unanswered", "deletion_unanswered"],
  },
  "under way": {
    words: "Consul has accepted the deletion and goes on with it.",
    codes: ["deleting"],
  },
  overwritten: {
    words: "what the refused call changed in the peering that stood before is named.",
    codes: ["overwritten"],
  },
};

/** A cell's words, taken apart. */
export function outcomeOf(cell) {
  const [end, left] = cell.split(", ");
  const resolves = ["done", "retried", "judged"].includes(end);
  if (!(end in ENDS) && !(end in RETRYABLE)) throw new TypeError(`"${cell}" begins with no known end`);
  if (left !== undefined && !(left in LEFT)) throw new TypeError(`"${cell}" ends with nothing known`);
  return { end, left, resolves, code: end in RETRYABLE ? end : undefined };
}
