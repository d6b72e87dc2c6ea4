// Every data type again, in short: a field that is removed, renamed, made optional or changed does not compile here.
// Compiled by `tsc -p tests/types/nodenext.json`, `… bundler.json`, `… dom.json`; never run.
import type {
  CallOptions,
  Cluster,
  ClusterIdentity,
  DeleteOptions,
  Disconnected,
  DisconnectOptions,
  EstablishOptions,
  FetchInit,
  Finding,
  GenerateTokenOptions,
  Health,
  HealthCheck,
  HealthCode,
  HealthOptions,
  LeftBehind,
  LeftBehindCode,
  Linked,
  Locality,
  MeshOptions,
  MeshPair,
  MeshResult,
  NoteCode,
  Peering,
  PeeringError,
  PeeringRef,
  PeeringSpec,
  Permissions,
  Plan,
  PlanNote,
  PlanStep,
  NextStep,
  PlanStepCode,
  Progress,
  RotateOptions,
  ResponseLike,
  Side,
  SignalLike,
  State,
  TokenAuthority,
  TokenInfo,
  TokenSpec,
  ValidateOptions,
  Verdict,
  WatchOptions,
} from "consul-peering";
import { same } from "./assert.js";

type Unset = null | undefined;
type Place = { datacenter?: string | Unset; token?: string | Unset; partition?: string | Unset };
/** One flat object type instead of an intersection or an interface with parents. */
type Flat<T> = { [K in keyof T]: T[K] };

same<Flat<PeeringRef>, Flat<Place & { peer_name: string }>>();
same<
  Flat<PeeringSpec>,
  Flat<Place & { peer_name: string; peering_token: string; meta?: Record<string, string> | Unset }>
>();
same<
  Flat<TokenSpec>,
  Flat<
    Place & {
      peer_name: string;
      meta?: Record<string, string> | Unset;
      server_external_addresses?: string[] | Unset;
    }
  >
>();

same<
  Peering,
  {
    id: string;
    peer_name: string;
    state: State;
    role: "dialer" | "acceptor";
    deleted_at: string | null;
    meta: Record<string, string>;
    peer_id: string | null;
    peer_ca_pems: string[];
    peer_server_name: string | null;
    peer_server_addresses: string[];
    partition: string | null;
    remote: {
      datacenter: string | null;
      partition: string | null;
      locality: { region: string; zone: string } | null;
    };
    stream: {
      imported_services: string[];
      exported_services: string[];
      last_heartbeat: string | null;
      last_receive: string | null;
      last_send: string | null;
    };
    create_index: number;
    modify_index: number;
  }
>();
same<
  TokenInfo,
  {
    datacenter: string | null;
    partition: string | null;
    trust_domain: string | null;
    server_name: string;
    peer_id: string;
    server_addresses: string[];
    manual_server_addresses: string[];
    authorities: { subject: string; not_before: string; not_after: string; expired: boolean }[];
  }
>();
same<
  Finding,
  { field: string; rule: string; message: string; fix: string; severity: "error" | "warning"; path?: string }
>();
same<Permissions, { read: boolean; write: boolean }>();
same<
  Progress,
  {
    kind: "step" | "state" | "warning" | "retry" | "no_response" | "recovered" | "left_behind";
    code: string;
    cluster: string;
    peer_name?: string;
    field?: string;
    text: string;
    state?: State;
    elapsed: number;
  }
>();
same<
  Flat<Side>,
  Flat<
    Place & {
      cluster: Cluster;
      peer_name: string;
      meta?: Record<string, string> | Unset;
      server_external_addresses?: string[] | Unset;
    }
  >
>();
same<
  Plan,
  {
    steps: {
      on: "acceptor" | "dialer";
      action: "delete" | "wait" | "generate" | "establish";
      code: PlanStepCode;
      reason: string;
    }[];
    notes: { code: NoteCode; text: string }[];
    linked: boolean;
    reversed: boolean;
  }
>();
same<Linked, { acceptor: Peering; dialer: Peering; changed: boolean; reversed: boolean; next: NextStep | null }>();
same<
  MeshResult,
  {
    ok: boolean;
    pairs: {
      acceptor: string;
      dialer: string;
      status: "linked" | "changed" | "planned" | "failed";
      plan: Plan;
      error?: PeeringError;
    }[];
  }
>();
same<Verdict, "healthy" | "starting" | "degraded" | "broken" | "ending">();
same<HealthCheck, { code: HealthCode | (string & {}); verdict: Verdict; text: string }>();
same<Health, { verdict: Verdict; reasons: string[]; checks: HealthCheck[] }>();
same<
  LeftBehind,
  {
    cluster: string;
    peer_name: string;
    code: LeftBehindCode;
    what: string;
    fix: string;
    state?: State;
    changed?: ("meta" | "peer_id" | "peer_server_name" | "peer_ca_pems" | "state")[];
  }
>();

type Call = {
  signal?: SignalLike | undefined;
  timeout?: number | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
};
same<Flat<CallOptions>, Call>();
same<Flat<EstablishOptions>, Flat<Call & { wait?: boolean | undefined; replace?: boolean | undefined }>>();
same<Flat<DeleteOptions>, Flat<Call & { wait?: boolean | undefined }>>();
same<Flat<GenerateTokenOptions>, Flat<Call & { replace?: boolean | undefined }>>();
same<ValidateOptions, { now?: Date | undefined }>();
same<Flat<RotateOptions>, Flat<Call & { dryRun?: boolean | undefined }>>();
same<Flat<DisconnectOptions>, Flat<Call & { force?: boolean | undefined; dryRun?: boolean | undefined }>>();
same<Flat<MeshOptions>, Flat<Call & { concurrency?: number | undefined; dryRun?: boolean | undefined }>>();
same<Flat<WatchOptions>, Flat<Omit<Call, "timeout"> & { interval?: number | undefined }>>();
same<ClusterIdentity, { datacenter: string | null; trust_domain: string | null }>();
same<
  HealthOptions,
  {
    now?: Date | undefined;
    previous?: Peering | Unset;
    other?: Peering | Unset;
    otherCluster?: ClusterIdentity | Unset;
  }
>();

same<
  FetchInit,
  {
    method: string;
    headers: Record<string, string>;
    body?: string;
    signal: any;
    redirect: "manual";
    cache?: "no-store";
  }
>();
same<Pick<SignalLike, "aborted" | "reason">, { readonly aborted: boolean; readonly reason?: unknown }>();
same<
  ResponseLike,
  {
    readonly status: number;
    readonly headers: { get(name: string): string | null };
    text(): PromiseLike<string>;
  }
>();

same<
  Pick<PeeringError, Exclude<keyof PeeringError, keyof Error | "code">>,
  {
    readonly reason: string;
    readonly status?: number;
    readonly operation: string;
    readonly cluster: string;
    readonly peer_name?: string;
    readonly hint: string;
    readonly retryable: boolean;
    readonly findings: Finding[];
    readonly left_behind: LeftBehind[];
    readonly peering?: Peering;
  }
>();
same<Pick<PeeringError, "name" | "cause">, { readonly name: "PeeringError"; readonly cause?: unknown }>();

// Parts that have a name of their own.
same<Peering["remote"]["locality"], Locality | null>();
same<Plan["steps"], PlanStep[]>();
same<Plan["notes"], PlanNote[]>();
same<MeshResult["pairs"], MeshPair[]>();
same<TokenInfo["authorities"], TokenAuthority[]>();
same<Disconnected, { a: Peering | null; b: Peering | null }>();
