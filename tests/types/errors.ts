// The types of errors. Compiled by `tsc -p tests/types/nodenext.json`, `… bundler.json` and `… dom.json`; never run.
import { isPeeringError, PeeringError, read } from "consul-peering";
import type { Code, Finding, LeftBehind, Peering } from "consul-peering";
import { same, typed } from "./assert.js";

same<
  Code,
  | "invalid"
  | "permission_denied"
  | "acl_token_unknown"
  | "token_spent"
  | "same_cluster"
  | "peer_mismatch"
  | "role_conflict"
  | "deleting"
  | "terminated"
  | "not_active"
  | "unreachable"
  | "tls_failed"
  | "meta_fixed"
  | "external_addresses_unknown"
  | "peering_disabled"
  | "connect_disabled"
  | "server_misconfigured"
  | "not_ready"
  | "leader_unreachable"
  | "partition_unsupported"
  | "wrong_datacenter"
  | "endpoint_blocked"
  | "writes_restricted"
  | "rate_limited"
  | "unsupported"
  | "network"
  | "timeout"
  | "unexpected_answer"
  | "server_error"
>();

export async function described(): Promise<string> {
  try {
    await read({}, "eu");
    return "";
  } catch (error) {
    // @ts-expect-error the error may be an abort's reason, or anything else
    error.code;
    if (!isPeeringError(error)) throw error;

    typed<PeeringError>()(error);
    typed<Code>()(error.code);
    typed<"PeeringError">()(error.name);
    typed<string>()(error.message);
    typed<string>()(error.operation);
    typed<string>()(error.cluster);
    typed<string>()(error.hint);
    typed<boolean>()(error.retryable);
    typed<number | undefined>()(error.status);
    typed<string | undefined>()(error.peer_name);
    typed<Peering | undefined>()(error.peering);
    typed<Finding[]>()(error.findings);
    typed<LeftBehind[]>()(error.left_behind);
    typed<unknown>()(error.cause);

    // @ts-expect-error no such code: misspelt codes are detected
    if (error.code === "denied") return "";
    // @ts-expect-error an error is read, not written
    error.code = "timeout";
    // @ts-expect-error the peering exists only if it was read
    error.peering.state;
    return error.hint;
  }
}

export function byClass(error: unknown): Code | undefined {
  return error instanceof PeeringError ? error.code : undefined;
}

/** An exhaustive switch remains possible: a code added later is a type error here. */
export function exhaustive(code: Exclude<Code, "invalid" | "timeout">, all: Code): void {
  if (all === "invalid" || all === "timeout") return;
  same<typeof all, typeof code>();
}

// @ts-expect-error errors are made by the package only
new PeeringError("no");
