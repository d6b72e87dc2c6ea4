/**
 * Cluster peering for HashiCorp Consul: {@link establish}, {@link read}, {@link remove | delete} and {@link list}
 * peerings, generate peering tokens ({@link generateToken}), validate input ({@link validatePeering}), wait for a state
 * ({@link wait}), and link whole clusters ({@link connect}). A link is a pair of peerings, one on each cluster.
 *
 * Three rules apply everywhere:
 *
 * - Data that describes a peering is snake_case, named as in Terraform's `consul_peering`. Options that control a call
 *   (`timeout`, `signal`, `onProgress`) are camelCase.
 * - Arguments are validated before anything is sent. A failed call rejects with a {@link PeeringError} whose {@link
 *   PeeringError.code | code} has one meaning.
 * - A promise resolves when the operation has completed, not when Consul has accepted the request.
 *
 * These types do not need the DOM library: this file compiles with `lib: ["es2022"]` alone.
 *
 * @module consul-peering
 */

// ---------------------------------------------------------------------------------------------------------------------
// Clusters, places, references
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The Consul agent that receives the requests: its address, or an object with the address and more settings. `{}` takes
 * everything from the environment.
 *
 * Plain data: there is no client to open or close, and no state between calls.
 *
 * @example
 * ```ts
 * const local = "http://127.0.0.1:8500";
 * const east = { address: "https://consul.east.example:8501", token: process.env.EAST_TOKEN };
 * const behindProxy = { address: "https://example.com/consul", headers: { "X-Tenant": "east" } };
 * ```
 */
export type Cluster = string | ClusterConfig;

/** The long form of a {@link Cluster}. Every field is optional. */
export interface ClusterConfig {
  /**
   * Base URL of Consul's HTTP API: `http` or `https`, optionally with a path prefix, without credentials and query.
   * `host:port` means `http`, or `https` if the environment's `CONSUL_HTTP_SSL` is true.
   *
   * Default: in a page, the page's own origin; elsewhere the environment's `CONSUL_HTTP_ADDR`, then `127.0.0.1:8500`.
   * If `CONSUL_HTTP_SSL` is true, that address always uses `https`, even if `CONSUL_HTTP_ADDR` begins with `http://`.
   * The call rejects with `invalid` for a setting of the environment that cannot be honoured:
   * `CONSUL_HTTP_SSL_VERIFY=false`, `CONSUL_CAPATH`, a `unix://` address, a boolean that is neither true nor false.
   */
  address?: string | undefined;
  /**
   * ACL token, sent as `X-Consul-Token`, never in a URL.
   *
   * Default: the environment's (the file in `CONSUL_HTTP_TOKEN_FILE`, then `CONSUL_HTTP_TOKEN`), but only if the
   * address also comes from the environment or has the same origin (scheme, host and port), so that an ACL token is
   * never sent to another server. In a browser: none. The file is read for each request, so that a long call (`watch`,
   * `wait`) uses an ACL token that was rotated meanwhile.
   */
  token?: string | undefined;
  /** Datacenter for all calls to this cluster, see {@link Place.datacenter}. Default: the agent's own. */
  datacenter?: string | undefined;
  /**
   * Admin partition for all calls to this cluster, see {@link Place.partition}. Default: the environment's
   * `CONSUL_PARTITION`, under the same condition as the token; otherwise none is sent.
   */
  partition?: string | undefined;
  /**
   * Headers added to every request, for proxies and gateways. Names and values are validated. `X-Consul-Token` is
   * `invalid` here, and `Content-Type` has no effect. The environment's `CONSUL_HTTP_AUTH` becomes `Authorization`, under the same
   * condition as the token, unless that header is given here.
   */
  headers?: Record<string, string> | undefined;
  /** Your own `fetch`: client certificates, proxies, tests. Default: the global `fetch`. See {@link FetchLike}. */
  fetch?: FetchLike | undefined;
}

/**
 * The datacenter, the partition and the ACL token of a call. Part of every spec; each field overrides the cluster's
 * field of the same name. `null` means "not set", as in a Terraform plan.
 */
export interface Place {
  /**
   * The datacenter that the agent must be in. Consul ignores the datacenter of a peering request and always acts on the
   * agent's own, so the agent's datacenter is read first (`GET /v1/catalog/datacenters`). If it is another one, the
   * call rejects with `wrong_datacenter`. A write also rejects, and sends nothing, if the datacenter cannot be read.
   */
  datacenter?: string | null | undefined;
  /** ACL token for this call, sent as `X-Consul-Token`. Overrides the cluster's token. */
  token?: string | null | undefined;
  /** Admin partition (Consul Enterprise). On the community edition, the call rejects with `partition_unsupported`. */
  partition?: string | null | undefined;
}

/**
 * Identifies one peering: its name, or its name and a {@link Place}. A {@link Peering} that was read can be passed as
 * it is.
 */
export type Ref = string | PeeringRef;

/** The long form of a {@link Ref}. */
export interface PeeringRef extends Place {
  /** This cluster's name for the other one. */
  peer_name: string;
}

// ---------------------------------------------------------------------------------------------------------------------
// Specs
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The dialing side of a peering to establish: the arguments of Terraform's `consul_peering`, under the same names.
 */
export interface PeeringSpec extends Place {
  /**
   * This cluster's name for the other one: 1 to 63 characters `a-z`, `0-9` and `-`, not starting or ending with `-`.
   * `token` and `establish` are invalid: Consul accepts them, but cannot read them back.
   */
  peer_name: string;
  /**
   * The peering token that {@link generateToken} returned on the other cluster. It works once. Surrounding spaces are
   * trimmed (and reported as a warning by {@link validatePeering}); line breaks in it are ignored.
   */
  peering_token: string;
  /**
   * Your own labels, stored with the peering on this side: at most 64 pairs; keys of `a-z`, `A-Z`, `0-9`, `_` and `-`,
   * at most 128 bytes, not starting with `consul-`; values of at most 512 bytes. Default: none.
   *
   * Establishing again **replaces** them. If omitted, they are cleared.
   */
  meta?: Record<string, string> | null | undefined;
}

/** The accepting side of a peering, for which a peering token is generated. */
export interface TokenSpec extends Place {
  /** This cluster's name for the other one. Same rules as {@link PeeringSpec.peer_name}. */
  peer_name: string;
  /**
   * Your own labels, stored with the peering on this side. Same rules as {@link PeeringSpec.meta}. Consul sets them
   * only with the first peering token: for an existing peering, different labels are rejected with `meta_fixed`.
   */
  meta?: Record<string, string> | null | undefined;
  /**
   * Addresses (`host:port`) at which the other cluster reaches this one's servers, if these differ from the servers'
   * own: a load balancer or a NAT. IPv6 addresses are in brackets. `[]` means none.
   *
   * Consul never returns them, and drops them each time it generates a peering token: pass them every time. Consul
   * before 1.14 uses them instead of the servers' own addresses, later versions in addition to them.
   */
  server_external_addresses?: string[] | null | undefined;
}

// ---------------------------------------------------------------------------------------------------------------------
// Results
// ---------------------------------------------------------------------------------------------------------------------

/**
 * A peering as Consul stores it. Plain data: every key is always present, in this order; missing text is `null`,
 * missing collections are empty. Times are RFC 3339.
 */
export interface Peering {
  /** Consul's id of the record, a UUID. (Terraform's resource id is the name.) */
  id: string;
  /** This cluster's name for the other one. */
  peer_name: string;
  /**
   * `"DELETING"` whenever {@link Peering.deleted_at} is set, even if Consul still reports another state of the stream.
   */
  state: State;
  /** `"dialer"` on the side that established, `"acceptor"` on the side that generated the peering token. */
  role: "dialer" | "acceptor";
  /** When deletion began, otherwise `null`. */
  deleted_at: string | null;
  /** The labels of this side. */
  meta: Record<string, string>;
  /** Dialer: the id of the peering on the other cluster. Acceptor: `null`. */
  peer_id: string | null;
  /** The other cluster's CA certificates, PEM. */
  peer_ca_pems: string[];
  /** Dialer: the TLS name of the other side, `server.<datacenter>.peering.<trust domain>`. */
  peer_server_name: string | null;
  /** Dialer: the addresses it dials. */
  peer_server_addresses: string[];
  /** This side's admin partition (Consul Enterprise). */
  partition: string | null;
  /** What the other cluster reports about itself. On an acceptor, empty until the dialer has connected. */
  remote: {
    /** Its datacenter. */
    datacenter: string | null;
    /** Its admin partition. */
    partition: string | null;
    /** Its locality. Since Consul 1.16. */
    locality: Locality | null;
  };
  /** The stream between the clusters. Since Consul 1.14. */
  stream: {
    /** Services that the other cluster exports to this one. */
    imported_services: string[];
    /** Services that this cluster exports to the other one. */
    exported_services: string[];
    /** Last heartbeat received. `null` for about the first 15 seconds of a connection. */
    last_heartbeat: string | null;
    /** Last message received. Errors count as messages, so this does not prove health. */
    last_receive: string | null;
    /** Last message sent. Errors count as messages, so this does not prove health. */
    last_send: string | null;
  };
  /** Raft index at which the record was created. */
  create_index: number;
  /** Raft index at which the stored record last changed. ACTIVE, FAILING and heartbeats do not change it. */
  modify_index: number;
}

/** The locality that a cluster's agents are configured with. */
export interface Locality {
  /** The cloud region. */
  region: string;
  /** The zone within the region. */
  zone: string;
}

/**
 * The state of one side of a peering.
 *
 * - `PENDING`: an acceptor whose peering token has not been used, or a dialer whose token exchange failed.
 * - `ESTABLISHING`: the token was exchanged; the connection is being made.
 * - `ACTIVE`: connected.
 * - `FAILING`: the connection was lost; Consul keeps retrying.
 * - `TERMINATED`: the other cluster deleted its peering. An acceptor in this state generates only invalid tokens.
 * - `DELETING`: marked for deletion; the imported data is being removed.
 * - `UNDEFINED`: Consul reports no state.
 *
 * Other states are returned as Consul reports them.
 */
export type State =
  "PENDING" | "ESTABLISHING" | "ACTIVE" | "FAILING" | "TERMINATED" | "DELETING" | "UNDEFINED" | (string & {});

/** The contents of a peering token without its secret. Everything in it may be shown. */
export interface TokenInfo {
  /** Datacenter of the cluster that generated the token. `null` if the token does not contain it (Consul 1.13). */
  datacenter: string | null;
  /** Admin partition of the accepting peering (Consul Enterprise). */
  partition: string | null;
  /** Trust domain of the cluster that generated the token. Federated datacenters share one. */
  trust_domain: string | null;
  /** The TLS server name that the dialer verifies, `server.<datacenter>.peering.<trust domain>`. */
  server_name: string;
  /** Id of the accepting peering, which becomes the dialer's `peer_id`. */
  peer_id: string;
  /** Addresses of the servers, as Consul determined them. */
  server_addresses: string[];
  /** The external addresses passed to {@link generateToken}. If there are any, the dialer uses these. */
  manual_server_addresses: string[];
  /** The CA certificates in the token. */
  authorities: TokenAuthority[];
}

/** A CA certificate in a peering token. */
export interface TokenAuthority {
  /** Distinguished name, for display. */
  subject: string;
  /** Start of validity, RFC 3339. */
  not_before: string;
  /** End of validity, RFC 3339. */
  not_after: string;
  /** Whether `not_after` is in the past. */
  expired: boolean;
}

/** One problem of a name, a spec or a plan. A validation returns all findings, not only the first. */
export interface Finding {
  /** The field: `"peer_name"`, `"meta.team"`, … */
  field: string;
  /** The rule, a stable word for programs. */
  rule: string;
  /** What is wrong, in complete sentences. Never contains a token. */
  message: string;
  /** How to fix it, in complete sentences. */
  fix: string;
  /** With an `"error"` nothing is sent; a `"warning"` does not prevent the call, but may be a mistake. */
  severity: "error" | "warning";
  /** The address of the Terraform resource. Only set by {@link checkTerraform}. */
  path?: string;
}

/** The identity of a cluster. Federated datacenters share a trust domain, so both parts are needed. */
export interface ClusterIdentity {
  /** Its datacenter. */
  datacenter: string | null;
  /** Its trust domain, which is generated when the cluster is created. */
  trust_domain: string | null;
}

/** What an ACL token may do with peerings. */
export interface Permissions {
  /** `peering:read`: {@link read}, {@link list}, {@link wait}. */
  read: boolean;
  /** `peering:write`: {@link establish}, {@link remove | delete}, {@link generateToken}. */
  write: boolean;
}

// ---------------------------------------------------------------------------------------------------------------------
// Options of a call
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Options that every call takes. An option of another call has no effect, so calls can share their options; an unknown one
 * is `invalid`.
 */
export interface CallOptions {
  /**
   * Cancels the call, which then rejects with `signal.reason` itself, not with a {@link PeeringError}. Cancelling
   * deletes nothing: whatever exists already is first reported by a `left_behind` progress event.
   */
  signal?: SignalLike | undefined;
  /**
   * Time limit for the whole call in milliseconds, retries and waiting included; more than 0, `Infinity` for no limit.
   * When it has passed, the call rejects with `timeout` and deletes nothing; `left_behind` lists what exists. Measured
   * on the monotonic clock (`performance.now()`): changes of the system's clock have no effect, and time in which the
   * process is stopped counts.
   *
   * @defaultValue 60000
   */
  timeout?: number | undefined;
  /** Called for each step, state, warning, retry and leftover, as it happens. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** Options of {@link establish}. */
export interface EstablishOptions extends CallOptions {
  /**
   * `false`: resolve as soon as Consul has accepted the token, without waiting for ACTIVE.
   *
   * @defaultValue true
   */
  wait?: boolean | undefined;
  /**
   * `true`: delete an existing peering of this name first if it cannot be used (it is linked with another cluster, or
   * is the accepting side), and wait until it is gone; progress reports it. Also wait for a peering that is being
   * deleted. A usable peering with the token's cluster is never deleted.
   *
   * @defaultValue false
   */
  replace?: boolean | undefined;
}

/** Options of {@link remove | delete}. */
export interface DeleteOptions extends CallOptions {
  /**
   * `false`: resolve as soon as Consul has accepted the deletion, without waiting until the record is gone.
   *
   * @defaultValue true
   */
  wait?: boolean | undefined;
}

/** Options of {@link generateToken}. */
export interface GenerateTokenOptions extends CallOptions {
  /**
   * `true`: delete an existing peering of this name first if it cannot generate a valid token (it is TERMINATED, or is
   * the dialing side), and wait until it is gone; progress reports it.
   *
   * @defaultValue false
   */
  replace?: boolean | undefined;
}

/** Options of {@link validatePeering} and {@link checkTerraform}. */
export interface ValidateOptions {
  /** The time at which certificates are checked. Default: now. */
  now?: Date | undefined;
}

/** The code of a `"step"` of {@link Progress}, or the {@link NoteCode} of a note that is reported as one. */
export type StepCode =
  /** With `replace`: deletes the existing peering. */
  | "replacing"
  /** Waits until a peering that is being deleted is gone. */
  | "waiting_until_gone"
  /** Repeats the deletion, which Consul has lost. */
  | "deleting_again"
  /** The token requested next invalidates an older, unused one. */
  | "invalidates_unused_token"
  /** The response to a write was lost: reads the peering to see what the write did, or sends a token again. */
  | "response_lost"
  /** The other cluster has accepted the token. */
  | "token_accepted"
  /** The token was used before, for this peering. */
  | "token_used_before"
  /** The PENDING record that the refused {@link establish} created was deleted. */
  | "leftover_removed"
  /** Of a pair: deletes the peering on this side. */
  | "deleting"
  /** Of a pair: the peering on this side is gone. */
  | "deleted"
  /** Of a pair: the acceptor generates a token. */
  | "generating"
  /** Of a pair: the dialer establishes with the token. */
  | "establishing"
  /** Of a pair: waits for this side. */
  | "waiting";

/** One event of a running call. */
export interface Progress {
  /**
   * - `"step"`: a step begins.
   * - `"state"`: a new state was read.
   * - `"warning"`: an argument is valid, but may be a mistake.
   * - `"retry"`: a request failed and will be retried.
   * - `"no_response"`: a request has been without a response for 2.5 s (a blocking query: 2.5 s longer than its wait).
   *   The call keeps waiting until its timeout.
   * - `"recovered"`: the cluster responds again, after a `"retry"` or a `"no_response"`.
   * - `"left_behind"`: what remains on the cluster.
   */
  kind: "step" | "state" | "warning" | "retry" | "no_response" | "recovered" | "left_behind";
  /**
   * A stable code for programs, by `kind`:
   *
   * - `"step"`: a {@link StepCode} or a {@link NoteCode}.
   * - `"warning"`: the `rule` of the {@link Finding}.
   * - `"retry"`: the {@link Code} that an error would have.
   * - `"left_behind"`: a {@link LeftBehindCode}.
   * - `"state"`, `"no_response"`, `"recovered"`: the kind itself.
   */
  code: string;
  /** Address of the cluster, without credentials. */
  cluster: string;
  /** The name of the peering, if it concerns one. */
  peer_name?: string;
  /** With `kind: "warning"`: the `field` of the {@link Finding}. */
  field?: string;
  /** A sentence for people. Never contains a secret. */
  text: string;
  /** The state: with `kind: "state"`, and with `kind: "left_behind"` if it was read. */
  state?: State;
  /** Milliseconds since the call began. */
  elapsed: number;
}

/** What a failed call left behind. */
export type LeftBehindCode =
  /** {@link establish} was sent without a response: the dialer may exist, or have the token's peer and meta. */
  | "establish_unanswered"
  /** The dialer exists and is not ACTIVE. */
  | "dialer_not_active"
  /** {@link establish} was refused, and what it left could not be read. */
  | "establish_unread"
  /** The refused {@link establish} has changed the existing peering; `changed` lists what. */
  | "overwritten"
  /** The peering exists after a refused {@link establish}. */
  | "exists"
  /** Another call has linked the name; the acceptor of this call's token, on the other cluster, may have no dialer. */
  | "acceptor_without_dialer"
  /** A token was requested without a response: the acceptor may exist, and an older token may be invalid. */
  | "token_unanswered"
  /** A token request was refused, and what it left could not be read. */
  | "token_unread"
  /** The refused token request may have invalidated an older token. */
  | "secret_replaced"
  /** The acceptor exists, and its token is lost. */
  | "token_lost"
  /** A deletion was sent without a response: the peering may exist. */
  | "deletion_unanswered"
  /** The peering exists: the deletion had no effect. */
  | "not_deleted"
  /** The peering is being deleted. */
  | "deleting"
  /** With `replace`: the existing peering, of this `state`, was deleted, and the new one does not exist. */
  | "replaced"
  /** Of a pair: this side was deleted, and the other was not. */
  | "one_sided"
  /** Of a pair: the acceptor, of this `state`, was deleted, and not recreated. */
  | "acceptor_deleted"
  /** Of a pair: the acceptor exists, and its token may not have been used. */
  | "token_unused"
  /** Of a pair: the peering was created or renewed, and was not ACTIVE when it was last read. */
  | "not_active";

/** Something that a failed call created or changed, and did not undo. */
export interface LeftBehind {
  /** Address of the cluster, without credentials. */
  cluster: string;
  /** The name of the peering. */
  peer_name: string;
  /** A stable code for programs. */
  code: LeftBehindCode;
  /** A description for people. */
  what: string;
  /** How to continue, or clean up. */
  fix: string;
  /** The state of the peering, if it was read. */
  state?: State;
  /** With `overwritten`: what the refused call has changed. */
  changed?: ("meta" | "peer_id" | "peer_server_name" | "peer_ca_pems" | "state")[];
}

// ---------------------------------------------------------------------------------------------------------------------
// Platform interfaces, declared structurally so that no DOM types are needed
// ---------------------------------------------------------------------------------------------------------------------

/** The part of `AbortSignal` that is used. Every platform's own one is compatible. */
export interface SignalLike {
  /** Whether it is already aborted, in which case nothing is sent. */
  readonly aborted: boolean;
  /** The value with which a cancelled call rejects. */
  readonly reason?: unknown;
  /** Adds a `listener` that is called on abort. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Removes the `listener`, as every call does when it ends. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * The part of `fetch` that is used. The global one is compatible, as are undici's, node-fetch's and wrappers around
 * them.
 *
 * It is called as `fetch(urlString, plainInit)`, never with a `Request`, and may return the response or a promise of
 * it.
 *
 * @example A certificate authority of your own and a client certificate, with undici:
 * ```ts
 * import { Agent, fetch } from "undici";
 *
 * const dispatcher = new Agent({ connect: { ca, cert, key } });
 * const east: Cluster = {
 *   address: "https://consul.east.example:8501",
 *   fetch: (url, init) => fetch(url, { ...init, dispatcher }),
 * };
 * ```
 */
export type FetchLike = (url: string, init: FetchInit) => ResponseLike | PromiseLike<ResponseLike>;

/** The second argument of a {@link FetchLike}. */
export interface FetchInit {
  /** `"GET"`, `"POST"` or `"DELETE"`. */
  method: string;
  /** All headers, `X-Consul-Token` among them: do not log them. */
  headers: Record<string, string>;
  /** JSON text, with a `POST`. */
  body?: string;
  /** An `AbortSignal`. Typed `any`, because each platform's types accept only their own signal. */
  signal: any;
  /** A redirect is an error and not followed, because it could send a token to another host. */
  redirect: "manual";
  /** In pages: Consul sends no `Cache-Control`, so a cached response could be outdated. */
  cache?: "no-store";
}

/** The part of `Response` that is used. If it has a `body` stream, that may be read instead of `text()`. */
export interface ResponseLike {
  /** HTTP status. */
  readonly status: number;
  /** The response headers, of which `X-Consul-Index`, `Retry-After` and `X-Consul-Results-Filtered-By-ACLs` are read. */
  readonly headers: {
    /** The value of a header; `null` if it is missing. The name is case-insensitive. */
    get(name: string): string | null;
  };
  /** The body. */
  text(): PromiseLike<string>;
}

// ---------------------------------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Error codes. Each code has one meaning; {@link PeeringError.hint} says what to do next.
 *
 * - `invalid`: The arguments are invalid; `findings` lists why. Nothing was sent.
 * - `permission_denied`: The ACL token is valid, but lacks `peering:read` or `peering:write`.
 * - `acl_token_unknown`: Consul does not know the ACL token: wrong cluster, deleted, or expired.
 * - `token_spent`: The peering token was already used, was invalidated by a newer one, or its peering is gone. The ACL
 *   token is not the cause.
 * - `same_cluster`: The peering token was generated by this same cluster.
 * - `peer_mismatch`: The existing peering is linked with another cluster, or with another record on it. With a finding
 *   of the rule `rebuilt`, the datacenter is the same and its trust domain is not: that cluster was rebuilt.
 * - `role_conflict`: The existing peering of this name has the other role: a dialer where a token is to be generated,
 *   or an acceptor where one is to be established.
 * - `deleting`: The existing peering of this name is being deleted.
 * - `terminated`: The other cluster deleted its peering, so every token generated for this one would be invalid.
 * - `not_active`: Consul accepted the peering, but it did not become or stay ACTIVE.
 * - `unreachable`: The addresses in the peering token do not respond; the message lists each distinct reason once.
 * - `tls_failed`: The token's addresses are reachable, but the TLS handshake fails: a proxy that terminates TLS, a port
 *   without TLS, another cluster, another CA.
 * - `meta_fixed`: Consul cannot change the meta of an existing acceptor.
 * - `external_addresses_unknown`: An acceptor in use needs a new peering token, but `server_external_addresses` was not
 *   passed, so the addresses would be lost. Nothing was sent.
 * - `peering_disabled`: Peering is disabled on these servers (`peering.enabled`).
 * - `connect_disabled`: The service mesh is disabled on these servers (`connect.enabled`).
 * - `server_misconfigured`: The cluster generates no tokens, because a setting of its servers is missing: a gRPC TLS
 *   port, or a mesh gateway where `PeerThroughMeshGateways` is set. If the ACL token may not list services, only Consul
 *   detects the missing gateway, and leaves a PENDING acceptor behind.
 * - `not_ready`: The cluster has no leader, or its CA is not initialised, and this did not change within the retries.
 * - `leader_unreachable`: The agent cannot route requests to its cluster's leader. Retried for about ten seconds, the
 *   duration of an election.
 * - `partition_unsupported`: A partition was passed, but this Consul has none (community edition).
 * - `wrong_datacenter`: The agent is not in the given datacenter, or its datacenter cannot be read. Nothing was sent.
 * - `endpoint_blocked`: The agent's configuration blocks this endpoint (`http_config.block_endpoints`).
 * - `writes_restricted`: The agent accepts writes only from other networks (`http_config.allow_write_http_from`).
 * - `rate_limited`: Consul's rate limit was exceeded, and retries did not succeed.
 * - `unsupported`: The server is Consul older than 1.13, or not Consul.
 * - `network`: No response. In a page this is mostly CORS, and the hint names the headers to set. Elsewhere the message
 *   has the runtime's code, and the hint the fix: an untrusted certificate, a host name that is not the certificate's,
 *   a port without TLS, a required client certificate. Includes redirects and `http` requests to a TLS port.
 * - `timeout`: The time limit has passed. The message has the last failure. If a failure was being retried, its own
 *   code is reported instead.
 * - `unexpected_answer`: The response is not from Consul or not complete: HTML, truncated, empty or too large.
 * - `server_error`: Consul failed for a reason that no other code covers; the message quotes it.
 */
export type Code =
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
  | "server_error";

/**
 * The error with which every call rejects. Only a cancelled call rejects with `signal.reason` instead.
 *
 * In addition to the codes listed for each function, every call can reject with `permission_denied`,
 * `acl_token_unknown`, `peering_disabled`, `connect_disabled`, `not_ready`, `leader_unreachable`,
 * `partition_unsupported`, `wrong_datacenter`, `endpoint_blocked`, `writes_restricted`, `rate_limited`, `unsupported`,
 * `network`, `timeout`, `unexpected_answer` and `server_error`.
 *
 * It never contains a secret: neither an ACL token nor a peering token is in any field, in `toString()` or in the
 * output of an inspector.
 *
 * @example
 * ```ts
 * try {
 *   await establish(west, spec);
 * } catch (error) {
 *   if (!isPeeringError(error)) throw error;
 *   if (error.code === "token_spent") console.error(error.hint);
 *   for (const { what, fix } of error.left_behind) console.error(what, fix);
 * }
 * ```
 */
export class PeeringError extends Error {
  // Its `stack` begins at the call of the package's function.
  /** Only this package creates errors of this class. */
  private constructor();
  /** Checked by {@link isPeeringError}. */
  readonly name: "PeeringError";
  /** The error code. */
  readonly code: Code;
  /** The reason for people: the message without the operation and the cluster. */
  readonly reason: string;
  /** HTTP status, if there was a response. Consul uses the same status for different reasons: decide by `code`. */
  readonly status?: number;
  /** The function that was called: `"establish"`, `"read"`, …; `"delete"` for {@link remove | delete}. */
  readonly operation: string;
  /** Address of the cluster, without credentials. Empty if there is none, as for {@link inspectToken}. */
  readonly cluster: string;
  /** The name of the peering, if it concerns one. */
  readonly peer_name?: string;
  /** What to do next, a sentence for people. */
  readonly hint: string;
  /**
   * Whether the same call may succeed a little later without any change. Depends on Consul's reason as well as on the
   * code: for a host name that does not exist, `unreachable` is not retryable.
   */
  readonly retryable: boolean;
  /** With `invalid`: all findings. Otherwise empty, except for the finding `rebuilt`. */
  readonly findings: Finding[];
  /** What the failed call created or changed, and did not undo. Usually empty. */
  readonly left_behind: LeftBehind[];
  /** The peering as it was last read, if it was. */
  readonly peering?: Peering;
  /**
   * Why `fetch` failed: a copy of the error with its name, message, code and cause. Other properties are not copied,
   * because your own `fetch` may store its arguments there, which include the ACL token.
   */
  readonly cause?: unknown;
}

/**
 * Whether a value is a {@link PeeringError}, by its name. Unlike `instanceof`, this works across frames, workers and
 * several copies of this package.
 *
 * @param error - The caught value.
 * @returns Whether it is one. In TypeScript, this narrows the type of `error`.
 *
 * @example
 * ```ts
 * try {
 *   await read(west, "east");
 * } catch (error) {
 *   if (!isPeeringError(error) || !error.retryable) throw error;
 *   console.error(error.code, "- trying again in a minute");
 * }
 * ```
 */
export function isPeeringError(error: unknown): error is PeeringError;

// ---------------------------------------------------------------------------------------------------------------------
// Loading the module
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The WebAssembly module for {@link init}: its URL, its bytes, a `Response` with them, or a compiled
 * `WebAssembly.Module`. (Typed as `object`, because a `WebAssembly.Module` has no members.)
 */
export type ModuleSource =
  | string
  | {
      /** The `href` of a `URL`. */
      readonly href: string;
    }
  | ArrayBuffer
  | ArrayBufferView
  | ResponseLike
  | object;

/**
 * Loads the module. In a page, await it before the first call, because the page has to fetch the module; earlier calls
 * throw an error. Elsewhere the module is ready on import, and this does nothing. It may be called any number of times.
 *
 * @param module - The module. Default: `consul_peering_bg.wasm` next to the script; with `consul-peering/inline`, which
 *   contains the module, no file is needed.
 * @returns Nothing; afterwards every function may be called.
 * @throws The host's error if the file is missing or is not this module. It may be called again afterwards.
 *
 * @example
 * ```ts
 * import { init, list } from "consul-peering";
 *
 * await init();
 * const peerings = await list({}); // the page's own origin
 * ```
 */
export function init(module?: ModuleSource): Promise<void>;

/**
 * Loads the module synchronously, for workers and hosts that already have its bytes. Does nothing if the module is
 * ready, and throws while {@link init} is running.
 *
 * On a page's main thread, prefer {@link init}: compiling synchronously blocks the page, and Chromium refuses modules
 * above 8 MB there (tested with Chromium 156; older versions refuse more than 4 kB). Firefox 153 and WebKitGTK 2.50
 * compile modules of any size. This module is about 0.4 MB. Workers have no limit.
 *
 * @param module - The bytes of `consul_peering_bg.wasm` (an `ArrayBuffer` or a view of one), or a compiled
 *   `WebAssembly.Module`.
 * @returns Nothing; afterwards every function may be called.
 * @throws The host's error if the bytes are not this module.
 *
 * @example
 * ```ts
 * import { initSync } from "consul-peering/policy";
 * import { readFileSync } from "node:fs";
 *
 * initSync(readFileSync("consul_peering_bg.wasm"));
 * ```
 */
export function initSync(module: object): void;

// ---------------------------------------------------------------------------------------------------------------------
// Validation: synchronous, without network
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Validates a peer name, without network. Accepts any value and never throws.
 *
 * A valid name has 1 to 63 characters `a-z`, `0-9` and `-`, does not start or end with `-`, and is neither `token` nor
 * `establish`. This is the rule of Consul 1.14.4 and later; older servers also accepted upper case.
 *
 * @param name - One side's name for the other.
 * @returns All findings; `[]` if Consul accepts the name and can read it back.
 *
 * @example
 * ```ts
 * validatePeerName("east-west"); // []
 * validatePeerName("East.1")[0]?.fix; // a sentence
 * ```
 */
export function validatePeerName(name: unknown): Finding[];

/**
 * Validates a {@link PeeringSpec}: unknown keys, name, token, meta, addresses. Common mistakes, such as an ACL token, a
 * decoded token or a whole JSON response as the peering token, are recognised (rule `form`), and the fix says what to
 * pass instead. Values that Consul accepts but that may not work are warnings: an expired CA, spaces around the token,
 * addresses that may be unreachable from another network (private, link-local, a port other than gRPC TLS, several host
 * names). Accepts any value and never throws. {@link establish} makes the same checks before it sends anything.
 *
 * @param spec - The value to validate as a {@link PeeringSpec}, such as the fields of a form.
 * @param options - The time at which certificates are checked.
 * @returns All findings, errors and warnings; `[]` if there are none.
 *
 * @example
 * ```ts
 * const errors = validatePeering(form).filter((finding) => finding.severity === "error");
 * ```
 */
export function validatePeering(spec: unknown, options?: ValidateOptions): Finding[];

/**
 * Validates a {@link TokenSpec}. Accepts any value and never throws. {@link generateToken} makes the same checks before
 * it sends anything. Consul accepts invalid external addresses, which fail when the peering token is used. Addresses
 * that may be unreachable from another network are warnings, as in {@link validatePeering}.
 *
 * @param spec - The value to validate as a {@link TokenSpec}.
 * @returns All findings, errors and warnings; `[]` if there are none.
 *
 * @example
 * ```ts
 * const findings = validateToken({ peer_name: "west", server_external_addresses: ["consul.east.example"] });
 * for (const { field, fix } of findings) console.log(field, fix); // server_external_addresses[0], and how to write it
 * ```
 */
export function validateToken(spec: unknown): Finding[];

/**
 * Decodes a peering token: the cluster that generated it, its addresses and its CAs, without the secret. Needs no
 * network.
 *
 * @param peering_token - The peering token as {@link generateToken} returned it; surrounding spaces and line breaks are
 *   ignored.
 * @returns The contents, without the secret.
 * @throws {@link PeeringError} `invalid`: not a valid peering token; `findings` lists why.
 *
 * @example
 * ```ts
 * const { server_name, server_addresses, authorities } = inspectToken(peering_token);
 * ```
 */
export function inspectToken(peering_token: string): TokenInfo;

/**
 * Checks the output of `terraform show -json` for a plan or a state, also OpenTofu's: every `consul_peering`,
 * `consul_peering_token` and data source `consul_peering`, in all modules. A finding's `path` is the resource's
 * address. Accepts any value and never throws; another document, or a plan that ended in an error, is one finding.
 *
 * Errors:
 *
 * - `replaced`: a change that Terraform can only make by deleting and creating the peering. It ends the live peering,
 *   and then fails because the peering token was already used. `field` is the attribute that forces the replacement.
 * - `same_name`: two resources with the same name in the same cluster and partition.
 * - `same_cluster`: a peering whose token was generated by the cluster that is to use it.
 * - `token_reused`: a peering token that another peering uses or has used.
 * - `token_spent`: OpenTofu's `forget` with `create`: the peering stays in Consul and is created again with its used
 *   token.
 * - For each value, the rules of {@link validatePeering} and {@link validateToken}. A token is checked if the plan uses
 *   it.
 * - `document`, `format_version`, `errored`: nothing was checked.
 *
 * Warnings: `destroyed`, a side that the plan deletes; `terminated`, a peering that is TERMINATED and not changed;
 * `incomplete`, a plan that omits resources; and the warnings of those rules.
 *
 * Values that are unknown until the plan is applied are not checked, and sensitive values are never shown. The cluster
 * of a resource is determined from the constant arguments of its provider and the values of the plan's variables. If it
 * is unknown and both providers have the same expressions, `same_name` and `same_cluster` are warnings. docs/policy.md
 * explains each rule and what a plan does not show.
 *
 * @param plan - The parsed document.
 * @param options - The time at which certificates are checked.
 * @returns All findings, errors and warnings; `[]` if there are none.
 *
 * @example
 * ```ts
 * const findings = checkTerraform(JSON.parse(text));
 * for (const { path, message, fix } of findings) console.log(`${path ?? "plan"}: ${message} ${fix}`);
 * ```
 */
export function checkTerraform(plan: unknown, options?: ValidateOptions): Finding[];

/** Options of {@link preflight}. */
export interface PreflightOptions {
  /**
   * The `replace` option of the planned call.
   *
   * @defaultValue false
   */
  replace?: boolean | undefined;
}

/** The first step that a call would take. */
export interface Preflight {
  /**
   * - `"send"`: send the request. A peering that exists is renewed or repaired in place.
   * - `"wait"`: wait until the existing peering, which is being deleted, is gone.
   * - `"replace"`: delete the existing peering, wait until it is gone, then send.
   * - `"refuse"`: reject with `code`; nothing is sent.
   */
  action: "send" | "wait" | "replace" | "refuse";
  /** With `"refuse"` and `"wait"`: the code. Otherwise `null`. */
  code: Code | null;
  /** The reason, a sentence for people; empty if there is none. */
  message: string;
  /** With `"refuse"` and `"wait"`: what to do next. Otherwise empty. */
  hint: string;
}

/**
 * The preflight check of {@link establish} and {@link generateToken} on its own: for a form that validates while it is
 * filled in, or for a dry run. Offline and synchronous; it depends only on `existing`. The call repeats the check with
 * what it reads. Only the call checks whether a token is the cluster's own (`same_cluster`).
 *
 * @param spec - With `peering_token`: the argument of {@link establish}. Without: the argument of {@link
 *   generateToken}.
 * @param existing - The peering that exists under `spec.peer_name`, as {@link read} or {@link list} returned it; `null`
 *   if it does not exist.
 * @param options - `replace`, as for the planned call.
 * @returns The first step of the call.
 * @throws {@link PeeringError} `invalid`: `spec` has findings of {@link validatePeering} or {@link validateToken},
 *   `existing` is not a peering, or an option is invalid.
 *
 * @example
 * ```ts
 * const existing = await read(west, "east");
 * const { action, message, hint } = preflight({ peer_name: "east", peering_token }, existing);
 * if (action === "refuse") console.error(`${message}. ${hint}`);
 * ```
 */
export function preflight(
  spec: PeeringSpec | TokenSpec,
  existing: Peering | null,
  options?: PreflightOptions,
): Preflight;

/** The number of resources that {@link checkTerraform} checks in a document. */
export interface TerraformCount {
  /** Resources `consul_peering`. */
  peerings: number;
  /** Resources `consul_peering_token`. */
  tokens: number;
  /** Data sources `consul_peering`. */
  data_sources: number;
}

/**
 * Counts the resources that {@link checkTerraform} checks, to distinguish "no findings" from "nothing to check".
 * Accepts any value and never throws; for a document that cannot be checked, all numbers are 0.
 *
 * @param plan - The parsed document.
 * @returns The number of resources and data sources, in all modules.
 *
 * @example
 * ```ts
 * const { peerings, tokens } = countTerraform(plan);
 * if (peerings + tokens === 0) console.log("no peering in this plan");
 * ```
 */
export function countTerraform(plan: unknown): TerraformCount;

// ---------------------------------------------------------------------------------------------------------------------
// Calls on one cluster
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Establishes a peering: this cluster dials the one that generated the peering token. Resolves when the peering is
 * ACTIVE, or, with `wait: false`, when Consul has accepted it. This takes less than a second on idle clusters and up to
 * about five seconds on busy ones.
 *
 * Consul: `POST /v1/peering/establish`, needs `peering:write`, since Consul 1.13. First, concurrently, `GET
 * /v1/peering/:name`, `GET /v1/connect/ca/roots` and `GET /v1/catalog/datacenters`, so that a request that would break
 * an existing peering is never sent.
 *
 * - An existing peering with the same cluster is renewed in place by a new token: it keeps its id and its connection,
 *   and `meta` is replaced. A PENDING, FAILING or TERMINATED peering is repaired.
 * - After an error or a lost response, the peering is read. If it is the requested peering, the call resolves. If a
 *   connected peering was renewed, it may look the same before and after a lost response: then the token is sent again,
 *   once, which Consul refuses if it was used.
 * - The record of a failed first attempt is deleted only if another read shows that no other client has changed it.
 *   There is one round trip between that read and the deletion. Otherwise the record stays, and `left_behind` names it.
 *
 * Retried only if Consul cannot have acted on the request: connection refused, 429, not ready.
 *
 * @param cluster - The dialing cluster: its address, or an object with the address and more settings.
 * @param spec - The peering to establish, with the peering token that the other cluster generated.
 * @param options - `timeout`, `signal`, `onProgress`, `wait` and `replace`.
 * @returns The peering, with `state: "ACTIVE"` unless `wait` is `false`.
 * @throws {@link PeeringError}
 * - `invalid`, `same_cluster`, `role_conflict`, `deleting`, `peer_mismatch`, `wrong_datacenter`: rejected before
 *   anything was sent; nothing has changed.
 * - `token_spent`: a new peering token is needed. `peering` is the peering as it is now; `left_behind` lists what the
 *   failed call overwrote.
 * - `unreachable`: the token's addresses do not respond.
 * - `tls_failed`: they respond, but the TLS handshake fails.
 * - `not_active`: Consul accepted the peering, which was then TERMINATED, deleted, or FAILING for 15 seconds.
 *
 * @example
 * ```ts
 * const peering_token = await generateToken(east, { peer_name: "west" });
 * const peering = await establish(west, { peer_name: "east", peering_token, meta: { team: "payments" } });
 * peering.state; // "ACTIVE"
 * ```
 */
export function establish(cluster: Cluster, spec: PeeringSpec, options?: EstablishOptions): Promise<Peering>;

/**
 * Reads one peering.
 *
 * Consul: `GET /v1/peering/:name`, needs `peering:read`, since Consul 1.13.
 *
 * Consul takes 11 to 13 seconds to deny a read. Here, a denied read rejects within a second: if there is no response,
 * `POST /v1/internal/acl/authorize` is sent in addition. Reads are retried twice within a second on `network`, and
 * until the timeout on `rate_limited`, 503 and `not_ready`; `Retry-After` is honoured.
 *
 * @param cluster - The cluster: its address, or an object with the address and more settings.
 * @param ref - The peering: its name, or a peering that was read.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The peering; `null` if it does not exist.
 * @throws {@link PeeringError} `invalid`: the name is invalid.
 *
 * @example
 * ```ts
 * const peering = await read(west, "east");
 * if (peering?.state !== "ACTIVE") console.warn("east is not connected");
 * ```
 */
export function read(cluster: Cluster, ref: Ref, options?: CallOptions): Promise<Peering | null>;

/**
 * Deletes this side of a peering. Also exported as `delete`. Resolves when this side is gone: no peering of this name
 * exists, or one with another id does.
 *
 * Consul: `DELETE /v1/peering/:name`, needs `peering:write`, since Consul 1.13 (a TERMINATED peering since 1.13.2).
 * `GET /v1/peering/:name` before and after it.
 *
 * The other side becomes TERMINATED within five seconds; it is not deleted. Peering tokens that were generated before
 * become invalid.
 *
 * @param cluster - The cluster: its address, or an object with the address and more settings.
 * @param ref - The peering: its name, or a peering that was read.
 * @param options - `timeout`, `signal`, `onProgress` and `wait`.
 * @returns The deleted peering; `null` if it did not exist.
 * @throws {@link PeeringError} `invalid`: the name is invalid. `wrong_datacenter`: nothing was sent.
 *
 * @example
 * ```ts
 * import * as peering from "consul-peering";
 *
 * const gone = await peering.delete(west, "east");
 * ```
 */
declare function remove(cluster: Cluster, ref: Ref, options?: DeleteOptions): Promise<Peering | null>;
export { remove, remove as delete };

/**
 * Lists all peerings of a cluster.
 *
 * Consul: `GET /v1/peerings`, needs `peering:read`, since Consul 1.13. Denied reads and retries are handled as in
 * {@link read}.
 *
 * @param cluster - The cluster: its address, or an object with the address and more settings.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The peerings, in Consul's order; `[]` if there are none.
 * @throws {@link PeeringError} `invalid`: the cluster or an option is invalid. Otherwise the codes of every call.
 *
 * @example
 * ```ts
 * for (const { peer_name, state, role } of await list(west)) console.log(peer_name, state, role);
 * ```
 */
export function list(cluster: Cluster, options?: CallOptions): Promise<Peering[]>;

/**
 * Generates a peering token on the accepting cluster, and creates the accepting side of the peering, which is PENDING
 * until the token is used. The token is a secret: anyone who has it can peer with this cluster, once.
 *
 * Consul: `POST /v1/peering/token`, needs `peering:write`, since Consul 1.13. First `GET /v1/peering/:name`.
 *
 * - Generating a token for an existing peering does not disturb its connection. An older, unused token becomes invalid;
 *   if there may be one, progress reports it. Of tokens that are requested concurrently, only the last one that Consul
 *   generates is valid.
 * - If the peering is DELETING, the call waits until it is gone, because its tokens would be invalid.
 *
 * @param cluster - The accepting cluster: its address, or an object with the address and more settings.
 * @param spec - The accepting side.
 * @param options - `timeout`, `signal`, `onProgress` and `replace`.
 * @returns The peering token: standard base64, in one line. Consul does not return it again.
 * @throws {@link PeeringError}
 * - `invalid`, `wrong_datacenter`: nothing was sent.
 * - `role_conflict`: the existing peering of this name is a dialer; choose another name, or pass `replace`.
 * - `terminated`: the other cluster deleted its peering; pass `replace`, or delete this one first.
 * - `meta_fixed`: `meta` differs from that of the existing peering.
 *
 * @example
 * ```ts
 * const peering_token = await generateToken(east, {
 *   peer_name: "west",
 *   server_external_addresses: ["consul.east.example:8503"],
 * });
 * ```
 */
export function generateToken(cluster: Cluster, spec: TokenSpec, options?: GenerateTokenOptions): Promise<string>;

/**
 * Reads the permissions of the cluster's ACL token. If ACLs are disabled, both are `true`.
 *
 * Consul: `POST /v1/internal/acl/authorize`, for the resource `peering`; needs no permission, since Consul 1.13.
 *
 * @param cluster - The cluster: its address, or an object with the address and more settings.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The permissions.
 * @throws {@link PeeringError} `acl_token_unknown`: Consul does not know the ACL token.
 *
 * @example
 * ```ts
 * const { write } = await permissions(west);
 * ```
 */
export function permissions(cluster: Cluster, options?: CallOptions): Promise<Permissions>;

/**
 * Reads the identity of a cluster: its datacenter and its trust domain. A rebuilt cluster has a new trust domain.
 *
 * Consul: `GET /v1/connect/ca/roots` and `GET /v1/catalog/datacenters`; needs no permission, since Consul 1.13.
 *
 * @param cluster - The cluster: its address, or an object with the address and more settings.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The identity; `null` for a part that the agent does not return.
 * @throws {@link PeeringError} `connect_disabled`: the cluster has no trust domain and cannot be peered.
 *
 * @example
 * ```ts
 * const [dialer, acceptor, otherCluster] = await Promise.all([read(west, "east"), read(east, "west"), identify(east)]);
 * if (dialer) console.log(health(dialer, { other: acceptor, otherCluster }).verdict);
 * ```
 */
export function identify(cluster: Cluster, options?: CallOptions): Promise<ClusterIdentity>;

/**
 * Waits until a peering has a state, is gone, or satisfies a predicate.
 *
 * Consul: polls `GET /v1/peering/:name`; needs `peering:read`, since Consul 1.13.
 *
 * @param cluster - The cluster: its address, or an object with the address and more settings.
 * @param ref - The peering: its name, or a peering that was read.
 * @param until - `"ACTIVE"`, `"TERMINATED"`, `"GONE"`, or a predicate that receives each reading (`null` if the peering
 *   does not exist) and returns `true` to end the wait. If it throws, the call rejects with that error.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The last reading; `null` if the peering does not exist.
 * @throws {@link PeeringError} `invalid`: the name or `until` is invalid. `timeout`: the condition was not met in time;
 *   `peering` is the last reading. A state from which it cannot be reached, such as TERMINATED when waiting for ACTIVE,
 *   does not end the wait.
 *
 * @example
 * ```ts
 * await wait(east, "west", "ACTIVE", { timeout: 30_000 });
 * await wait(east, "west", (peering) => (peering?.stream.imported_services.length ?? 0) > 0);
 * ```
 */
export function wait(
  cluster: Cluster,
  ref: Ref,
  until: "ACTIVE" | "TERMINATED" | "GONE" | ((peering: Peering | null) => boolean),
  options?: CallOptions,
): Promise<Peering | null>;

// ---------------------------------------------------------------------------------------------------------------------
// Calls on several clusters
// ---------------------------------------------------------------------------------------------------------------------

/** One side of a link between two clusters. */
export interface Side extends Place {
  /** The cluster of this side. */
  cluster: Cluster;
  /** What this side calls the other one. The rule is that of {@link PeeringSpec.peer_name}. */
  peer_name: string;
  /**
   * Labels to store with this side. Same rules as {@link PeeringSpec.meta}. If omitted, the existing ones are kept. On
   * the dialing side, a change needs a new peering token; on the accepting side, Consul cannot change them, and a note
   * reports that.
   */
  meta?: Record<string, string> | null | undefined;
  /**
   * Addresses at which the other cluster reaches this one, see {@link TokenSpec.server_external_addresses}; `[]` means
   * the servers' own addresses. Required whenever an acceptor in use gets a new peering token, because Consul drops the
   * previous addresses and never returns them.
   */
  server_external_addresses?: string[] | null | undefined;
}

/** The reason for a step of a {@link Plan}. */
export type PlanStepCode =
  /** `generate`: no peering exists on either side. */
  | "no_peering"
  /** `generate`: the acceptor's token was never used. */
  | "token_unused"
  /** `generate`: the dialer is PENDING, because its token was refused. */
  | "dialer_pending"
  /** `generate`: the dialer is TERMINATED. */
  | "dialer_terminated"
  /** `wait`, `generate`: the dialer's acceptor is gone. */
  | "acceptor_gone"
  /** `wait`, `generate`: the dialer's acceptor is gone, and another exists under its name. */
  | "acceptor_recreated"
  /** `delete`: the acceptor is TERMINATED, and every token that it generates is invalid. */
  | "acceptor_terminated"
  /** `delete`: the acceptor's dialer is gone. */
  | "dialer_gone"
  /** `generate`: a step before deletes the acceptor. */
  | "acceptor_deleted"
  /** `generate`: the dialer's `meta` changes, which takes a new token. */
  | "meta_changed"
  /** `wait`: the peering is being deleted. */
  | "deleting"
  /** `wait`: the two are linked, and this side is not ACTIVE yet. */
  | "not_active"
  /** `establish`: with the token that the step before generates. */
  | "new_token"
  /** `generate`: the caller requests a rotation. */
  | "requested";

/** One step of a {@link Plan}. */
export interface PlanStep {
  /** The side, as the caller passed it. */
  on: "acceptor" | "dialer";
  /** The action on that side: {@link remove | delete}, {@link wait}, {@link generateToken} or {@link establish}. */
  action: "delete" | "wait" | "generate" | "establish";
  /** The reason, for programs. */
  code: PlanStepCode;
  /** The reason, for people. */
  reason: string;
}

/** The subject of a note of a {@link Plan}. */
export type NoteCode =
  /** The acceptor keeps its `meta`: Consul cannot change it in place. */
  | "acceptor_meta_kept"
  /** Another peering of the same two clusters exists: services are imported twice. */
  | "other_peering"
  /** Two aliases of a {@link mesh} are the same cluster. */
  | "same_cluster"
  /**
   * The peering token cannot be generated: the acceptor's servers peer through mesh gateways, and none is registered.
   * Only checked if the ACL token may list services (`service:read` and `node:read`).
   */
  | "no_gateway";

/** A difference from the request that stays, or something valid that may be a mistake. */
export interface PlanNote {
  /** A stable code for programs. */
  code: NoteCode;
  /** A description for people. */
  text: string;
}

/** The steps that {@link connect} would take, with reasons. */
export interface Plan {
  /**
   * The steps, in order. Steps after a `"wait"` or a `"delete"` are the expected ones: {@link connect} plans again from
   * what it then reads.
   */
  steps: PlanStep[];
  /** Differences from the request that stay, and what is valid but may be a mistake. */
  notes: PlanNote[];
  /** Both peerings exist and belong to each other. */
  linked: boolean;
  /** The link has the opposite direction, which is kept: the side passed as acceptor is the dialer. */
  reversed: boolean;
}

/** The next step after a link is ACTIVE, until a service of one cluster can be called from the other. */
export interface NextStep {
  /**
   * A stable code for programs. `"nothing_exported"`: no `exported-services` config entry of the two clusters names
   * the peering. More codes may follow.
   */
  code: "nothing_exported" | (string & {});
  /** A description for people. */
  message: string;
}

/** Two peerings that belong to each other and are ACTIVE. */
export interface Linked {
  /** The peering on the side that was passed as acceptor. */
  acceptor: Peering;
  /** The peering on the side that was passed as dialer. */
  dialer: Peering;
  /** Whether this call wrote anything. */
  changed: boolean;
  /** As {@link Plan.reversed}. */
  reversed: boolean;
  /** The next step; `null` if services are exported, or if an ACL token lacks `mesh = "read"`. {@link troubleshoot} checks the remaining steps. */
  next: NextStep | null;
}

/**
 * Previews what {@link connect} would do with the same arguments. Changes nothing.
 *
 * Consul, on both clusters concurrently: `GET /v1/peerings`, `GET /v1/connect/ca/roots`, `GET /v1/catalog/datacenters`;
 * needs `peering:read`, since Consul 1.13.
 *
 * @param acceptor - The side that generates the peering token.
 * @param dialer - The side that establishes with it.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The steps, in order, each with its reason.
 * @throws {@link PeeringError} As {@link connect}: `invalid`, `same_cluster`, `peer_mismatch`, `role_conflict`,
 *   `external_addresses_unknown`; `cluster` and `peer_name` identify the side with the conflict.
 *
 * @example
 * ```ts
 * const { steps } = await plan({ cluster: east, peer_name: "west" }, { cluster: west, peer_name: "east" });
 * for (const { on, action, reason } of steps) console.log(`${action} on the ${on}: ${reason}`);
 * ```
 */
export function plan(acceptor: Side, dialer: Side, options?: CallOptions): Promise<Plan>;

/**
 * Links two clusters: generates a peering token on the acceptor, establishes with it on the dialer, and resolves when
 * both sides are ACTIVE. The token stays in memory.
 *
 * It takes the first step of {@link plan} and plans again, until no step is left. The call is idempotent: a second call
 * changes nothing, and the next call completes an interrupted one. It repairs a side that is TERMINATED, whose token
 * was refused, or whose other side was deleted. A link in the opposite direction keeps its direction. The dialer's
 * `meta` is changed in place: the ids and the connection are kept.
 *
 * Peerings that may belong to another owner are not touched: a dialer of another cluster, an acceptor that another
 * cluster uses, a peering of this name with the other role.
 *
 * Consul: as {@link plan}, then `POST /v1/peering/token` and `POST /v1/peering/establish`, `DELETE /v1/peering/:name`
 * for an acceptor that cannot become ACTIVE again; needs `peering:write`, since Consul 1.13.
 *
 * If Consul refuses the peering token, the acceptor that this call created for it is deleted, but only if another read
 * shows that no other client has changed it. Otherwise `left_behind` lists what exists on each side. Cancelling and
 * timing out delete nothing.
 *
 * @param acceptor - The side that generates the peering token.
 * @param dialer - The side that establishes with it.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns Both sides, ACTIVE, and whether anything was written.
 * @throws {@link PeeringError}
 * - `invalid`, `same_cluster`, `peer_mismatch`, `role_conflict`: rejected before anything was written.
 * - `external_addresses_unknown`: an acceptor in use needs a new peering token: pass its `server_external_addresses`,
 *   or `[]` for none. Nothing was written.
 * - `server_misconfigured`: the acceptor's cluster generates no tokens. `left_behind` names an acceptor that it left.
 * - `unreachable`, `tls_failed`: the token's addresses do not respond, or their TLS handshake fails.
 * - `not_active`: Consul accepted the peering, which was then FAILING for 15 seconds.
 *
 * @example
 * ```ts
 * await connect({ cluster: east, peer_name: "west" }, { cluster: west, peer_name: "east", meta: { team: "payments" } });
 * ```
 */
export function connect(acceptor: Side, dialer: Side, options?: CallOptions): Promise<Linked>;

/** Options of {@link rotate}. */
export interface RotateOptions extends CallOptions {
  /**
   * `true`: return the plan of the rotation and change nothing.
   *
   * @defaultValue false
   */
  dryRun?: boolean | undefined;
}

/**
 * Gives a link a new secret: generates a new peering token on the acceptor and establishes with it on the dialer. The
 * ids and the connection are kept, and the dialer's `meta` too unless it is passed.
 *
 * Consul: as {@link connect}, since Consul 1.13.
 *
 * @param acceptor - The side that generates the peering token.
 * @param dialer - The side that establishes with it.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns Both sides, ACTIVE, `changed: true`.
 * @throws {@link PeeringError} `not_active`: the two sides are not linked with each other; {@link connect} does that.
 *   `external_addresses_unknown`: pass the acceptor's `server_external_addresses`, or `[]` for none. Otherwise as
 *   {@link connect}.
 *
 * @example
 * ```ts
 * const acceptor = { cluster: east, peer_name: "west", server_external_addresses: [] };
 * await rotate(acceptor, { cluster: west, peer_name: "east" });
 * ```
 */
export function rotate(
  acceptor: Side,
  dialer: Side,
  options?: RotateOptions & { dryRun?: false | undefined },
): Promise<Linked>;
/**
 * A dry run: returns the plan of the rotation and changes nothing.
 *
 * Consul: `GET /v1/peerings` and what {@link plan} reads, since Consul 1.13.
 *
 * @param acceptor - The side that would generate the peering token.
 * @param dialer - The side that would establish with it.
 * @param options - `dryRun: true`, and the other options.
 * @returns The plan.
 * @throws {@link PeeringError} As the rotation itself, before it changes anything.
 *
 * @example
 * ```ts
 * const acceptor = { cluster: east, peer_name: "west", server_external_addresses: [] };
 * const { steps } = await rotate(acceptor, { cluster: west, peer_name: "east" }, { dryRun: true });
 * ```
 */
export function rotate(acceptor: Side, dialer: Side, options: RotateOptions & { dryRun: true }): Promise<Plan>;

/** Options of {@link disconnect}. */
export interface DisconnectOptions extends CallOptions {
  /**
   * `true`: delete the peerings of both names, whatever they are linked with.
   *
   * @defaultValue false
   */
  force?: boolean | undefined;
  /**
   * `true`: return what would be deleted, and delete nothing.
   *
   * @defaultValue false
   */
  dryRun?: boolean | undefined;
}

/** The peerings that {@link disconnect} deleted. */
export interface Disconnected {
  /** On the first side; `null` if there was none. */
  a: Peering | null;
  /** On the second side; `null` if there was none. */
  b: Peering | null;
}

/**
 * Deletes both sides of a link and resolves when both are gone. If one side is gone already, it deletes the other.
 *
 * Deletes only peerings that verifiably belong to this pair, or that were never linked: the dialer has the acceptor's
 * id or names the acceptor's cluster, and the acceptor's CAs name the dialer's cluster.
 *
 * Consul, on both clusters: as {@link plan}, then `DELETE /v1/peering/:name`; needs `peering:write`, since Consul 1.13.
 *
 * @param a - One side, acceptor or dialer.
 * @param b - The other side.
 * @param options - `timeout`, `signal`, `onProgress`, `force` and `dryRun`.
 * @returns The deleted peering of each side; `null` if there was none.
 * @throws {@link PeeringError} `invalid`: a side is invalid. `peer_mismatch`: a peering is linked with another cluster,
 *   or its owner cannot be determined; nothing was sent. If only one side was deleted, `left_behind` names it.
 *
 * @example
 * ```ts
 * await disconnect({ cluster: east, peer_name: "west" }, { cluster: west, peer_name: "east" });
 * ```
 */
export function disconnect(a: Side, b: Side, options?: DisconnectOptions): Promise<Disconnected>;

/** Options of {@link mesh}. */
export interface MeshOptions extends CallOptions {
  /**
   * The maximum number of concurrent writes. Waiting does not count.
   *
   * @defaultValue 16
   */
  concurrency?: number | undefined;
  /**
   * `true`: plan and change nothing.
   *
   * @defaultValue false
   */
  dryRun?: boolean | undefined;
}

/** The result for one pair of a mesh. */
export interface MeshPair {
  /** Alias of the accepting side. For an existing link, {@link Plan.reversed} tells its direction. */
  acceptor: string;
  /** Alias of the dialing side. */
  dialer: string;
  /**
   * Already linked (`"linked"`); linked by this call (`"changed"`); would be linked, with `dryRun` (`"planned"`); or
   * `"failed"`.
   */
  status: "linked" | "changed" | "planned" | "failed";
  /** The plan at the first reading. */
  plan: Plan;
  /** With `"failed"`: the reason. */
  error?: PeeringError;
}

/** The result of a mesh. */
export interface MeshResult {
  /** Whether no pair failed. */
  ok: boolean;
  /** All pairs, in the order of the clusters. */
  pairs: MeshPair[];
}

/**
 * Links every cluster with every other. The names of the peerings are the aliases; a pair that is already linked under
 * other names counts as linked. An existing link keeps its direction. Otherwise the side with external addresses
 * accepts, or else the one whose alias sorts first.
 *
 * All writes are sent as early as possible, because Consul's leader takes up to five seconds for any number of pending
 * peerings: a mesh of any size is connected after about two such rounds. A failed pair does not stop the others and
 * does not make the call reject. Another call completes the remaining pairs.
 *
 * Consul: as {@link connect}; while waiting, one `GET /v1/peerings` per cluster every 250 ms. Since Consul 1.13.
 *
 * @param clusters - The clusters by alias, which is the other clusters' name for it.
 * @param options - `timeout`, `signal`, `onProgress`, `concurrency` and `dryRun`.
 * @returns The result for each pair, once every pair is linked or has failed.
 * @throws {@link PeeringError} `invalid`: an alias is not a valid peer name, or a cluster is invalid.
 *
 * @example
 * ```ts
 * const lb = ["lb.north.example:8503"];
 * const { ok, pairs } = await mesh({ east, west, north: { cluster: north, server_external_addresses: lb } });
 * ```
 */
export function mesh(
  clusters: Record<string, Cluster | Omit<Side, "peer_name">>,
  options?: MeshOptions,
): Promise<MeshResult>;

// ---------------------------------------------------------------------------------------------------------------------
// Watching and health
// ---------------------------------------------------------------------------------------------------------------------

/** Options of {@link watch}. It has no timeout. */
export interface WatchOptions {
  /** Ends the iteration: the pending value rejects with `signal.reason` itself. */
  signal?: SignalLike | undefined;
  /**
   * Poll interval in milliseconds for values that Consul computes and does not store: ACTIVE, FAILING, heartbeats.
   * Changes of stored values are reported immediately. At most 600000; while Consul blocks, at most a minute.
   *
   * @defaultValue 2000
   */
  interval?: number | undefined;
  /**
   * Called when contact with the cluster is lost (`"retry"` for each failed request, `"no_response"`) and when it is
   * regained (`"recovered"`).
   */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Watches all peerings of a cluster: yields the current peerings, and again after each change, never the same value
 * twice. `break` and `return()` end the iteration and cancel its requests.
 *
 * Consul: blocking `GET /v1/peerings?index=…&wait=…`, one at a time. Polls every `interval` if Consul does not block
 * (before 1.14.8, 1.15.3, 1.16) or does not expose its index (CORS), and for a peering that does not exist yet, for
 * which Consul returns no index. Needs `peering:read`, since Consul 1.13.
 *
 * Before the first value, any failure rejects. Afterwards, temporary failures are retried: a restarting server, a
 * leader election, a network outage. A revoked permission ends the iteration.
 *
 * @param cluster - The cluster: its address, or an object with the address and more settings.
 * @param options - `signal`, `interval` and `onProgress`.
 * @returns The current peerings, and again after each change.
 * @throws {@link PeeringError} `invalid`: an option or the name is invalid.
 *
 * @example
 * ```ts
 * for await (const peerings of watch(west)) {
 *   const failing = peerings.filter(({ state }) => state === "FAILING");
 *   if (failing.length > 0) console.error("FAILING:", failing.map(({ peer_name }) => peer_name));
 * }
 * ```
 */
export function watch(cluster: Cluster, options?: WatchOptions): AsyncIterableIterator<Peering[]>;
/**
 * Watches one peering in the same way.
 *
 * Consul: blocking `GET /v1/peering/:name`, since Consul 1.13.
 *
 * @param cluster - The cluster: its address, or an object with the address and more settings.
 * @param ref - The peering: its name, or a peering that was read.
 * @param options - `signal`, `interval` and `onProgress`.
 * @returns The current peering, and again after each change; `null` while it does not exist.
 * @throws {@link PeeringError} `invalid`: an option or the name is invalid.
 */
export function watch(cluster: Cluster, ref: Ref, options?: WatchOptions): AsyncIterableIterator<Peering | null>;

/** Options of {@link health}. */
export interface HealthOptions {
  /** The time of the verdict. Default: now. */
  now?: Date | undefined;
  /**
   * An earlier reading of the same peering: adds what has become worse since. If data flows all the time, it
   * also shows that a heartbeat is overdue, or that a missing service stays missing.
   */
  previous?: Peering | null | undefined;
  /**
   * The other side, read from the other cluster at about the same time; `null` if it does not exist there; omitted if
   * it was not read. Adds whether both belong to each other, and whether each imports what the other exports.
   */
  other?: Peering | null | undefined;
  /**
   * The identity of the cluster of `other`, as {@link identify} returns it. Adds whether this peering was created with
   * another cluster, or with that cluster before it was rebuilt.
   */
  otherCluster?: ClusterIdentity | null | undefined;
}

/**
 * The verdict on a peering.
 *
 * - `"healthy"`: ACTIVE, with heartbeats.
 * - `"starting"`: not connected yet, or only recently: PENDING with an unused token, ESTABLISHING, waiting for the
 *   first heartbeat, or the next one after a reconnection, for up to 30 seconds.
 * - `"degraded"`: works, but needs attention: no heartbeat, or none for two minutes, a CA that expires within 30 days,
 *   services that are not imported.
 * - `"broken"`: not connected, or unable to reconnect: FAILING, TERMINATED, PENDING with a refused token or after a
 *   restart of the servers, one-sided, an expired CA, no longer ACTIVE.
 * - `"ending"`: being deleted.
 */
export type Verdict = "healthy" | "starting" | "degraded" | "broken" | "ending";

/** What a {@link HealthCheck} is about. */
export type HealthCode =
  /** About the state: an acceptor's token has not been used yet. */
  | "token_unused"
  /** About the state: a dialer's token was refused. */
  | "token_refused"
  /** About the state: an acceptor's servers restarted, and the dialer has not reconnected. */
  | "not_reconnected"
  /** About the state: the connection is being made. */
  | "establishing"
  /** About the state: the connection is lost. */
  | "failing"
  /** About the state: the other side was deleted. */
  | "terminated"
  /** About the state: this side is being deleted. */
  | "deleting"
  /** About the state: Consul reports a state that this version does not know. */
  | "unknown_state"
  /** About the connection: connected or reconnected; the next heartbeat is not due yet. */
  | "heartbeat_pending"
  /** About the connection: connected, and no heartbeat has arrived. */
  | "heartbeat_missing"
  /** About the connection: the last heartbeat is more than two minutes old, and the next one is overdue. */
  | "heartbeat_old"
  /** About the connection: the other cluster's CA expires within 30 days. */
  | "ca_expires_soon"
  /** About the connection: the other cluster's CA has expired. */
  | "ca_expired"
  /** With `previous`: the peering was deleted and recreated since the previous reading. */
  | "recreated"
  /** With `previous`: the peering was ACTIVE in the previous reading and is not now. */
  | "was_active"
  /** With `previous`: the dialer is linked with another cluster than in the previous reading. */
  | "leads_elsewhere"
  /** With `previous`: services of the previous reading are no longer imported. */
  | "services_lost"
  /** With `other`: the peering does not exist on the other cluster. */
  | "one_sided"
  /** With `other`: the peering on the other cluster does not belong to this one. */
  | "other_peering"
  /** With `other`: ACTIVE here, and not on the other cluster. */
  | "other_state"
  /** With `other`: the other cluster exports services that are not imported here. */
  | "not_imported"
  /** With `other`: this cluster exports services that are not imported there. */
  | "not_imported_there"
  /** With `other`: the same for less than five seconds: not imported here yet. */
  | "import_pending"
  /** With `other`: the same for less than five seconds: not imported there yet. */
  | "export_pending"
  /** With `other`: services are imported here that the other cluster does not export any more. */
  | "not_exported"
  /** With `other`: services are imported there that this cluster does not export any more. */
  | "not_exported_here"
  /** With `other` and `otherCluster`: the peering was created with another cluster than the one passed. */
  | "wrong_cluster"
  /**
   * With `other` and `otherCluster`: the other cluster was rebuilt since the peering was created, or is another one
   * with the same datacenter name.
   */
  | "rebuilt";

/** One observation about a peering. */
export interface HealthCheck {
  /**
   * The subject, for programs. For the addresses of a dialer, it is the rule of the same warning of {@link
   * validatePeering}, such as `host_names`, or `private_address` if it never connected; these do not change the
   * verdict. More codes may follow.
   */
  code: HealthCode | (string & {});
  /** The verdict of this check alone. */
  verdict: Verdict;
  /** The observation, for people. */
  text: string;
}

/** The verdict on a peering. */
export interface Health {
  /** The worst verdict of all checks; `"healthy"` without checks. */
  verdict: Verdict;
  /** The texts of the checks. */
  reasons: string[];
  /** The checks, for programs. */
  checks: HealthCheck[];
}

/**
 * Determines the health of a peering that was read. Synchronous, without network.
 *
 * @param peering - The peering, as {@link read} or {@link list} returned it.
 * @param options - The time, an earlier reading, and the other side with its cluster.
 * @returns The verdict with its reasons, and the checks behind them.
 * @throws {@link PeeringError} `invalid`: not a peering as {@link read} returns it, or an invalid or unknown option.
 *
 * @example
 * ```ts
 * const peering = await read(west, "east");
 * if (peering && health(peering).verdict !== "healthy") process.exitCode = 3;
 * ```
 */
export function health(peering: Peering, options?: HealthOptions): Health;

/** Options of {@link troubleshoot}. */
export interface TroubleshootOptions extends CallOptions {
  /** Check only this service, from its exporter to its importer. Default: all services that cross the peering. */
  service?: string;
}

/**
 * The subject of a check of {@link troubleshoot}:
 *
 * - `peering.*`: the peering itself, as in {@link health}. `other_side`, `rebuilt` and `address_drift` need both
 *   clusters.
 * - `mode.*`: whether servers peer through mesh gateways, compared with the registered gateways and the addresses that
 *   the other side dials.
 * - `gateways.*`: mesh gateways for calls between services: registered, passing, reachable, and used by the proxies.
 * - `exports.*`: whether services are exported to existing peers, have instances and sidecar proxies, and are imported by the other side.
 * - `imports.*`: instances of imported services, and local services of the same name.
 * - `intentions.*`: whether the other cluster may call the exported services.
 * - `routing.*`: peers and protocols of redirects and failover.
 * - `datacenters.primary`: federated datacenters, whose config entries have to be written in the primary datacenter.
 */
export type CheckId =
  | "peering.state"
  | "peering.heartbeat"
  | "peering.other_side"
  | "peering.rebuilt"
  | "peering.certificates"
  | "peering.addresses"
  | "peering.address_drift"
  | "mode.gateway"
  | "mode.addresses"
  | "gateways.registered"
  | "gateways.passing"
  | "gateways.address"
  | "gateways.proxy_mode"
  | "exports.any"
  | "exports.consumers"
  | "exports.reserved"
  | "exports.instances"
  | "exports.sidecar"
  | "exports.arrived"
  | "imports.instances"
  | "imports.local_name"
  | "intentions.allowed"
  | "intentions.peers"
  | "routing.peers"
  | "routing.protocol"
  | "datacenters.primary";

/** What a {@link Check} found, by kind; each is a list without duplicates, in the order of Consul's responses. */
export interface CheckEvidence {
  /** Names of services: those that a failed check of exports, imports, intentions, routing or gateways is about. */
  services?: string[];
  /** `exports.consumers`, `intentions.peers`, `routing.peers`: names that no peering has. */
  peers?: string[];
  /** With `peers`: the names of the services whose config entries or intentions name them. */
  entries?: string[];
  /** `gateways.registered`: the names of the services that the registered mesh gateways are. */
  gateways?: string[];
  /** `gateways.passing`: the nodes of the gateways that are not passing. */
  nodes?: string[];
  /** `gateways.address`: WAN addresses of mesh gateways, `host:port`. */
  addresses?: string[];
  /** `gateways.proxy_mode`: the mode of `proxy-defaults`. */
  mode?: string[];
  /** `mode.addresses`, `peering.address_drift`: the addresses that the dialer uses, `host:port`. */
  dialed?: string[];
  /** `peering.address_drift`: the addresses at which the other cluster's servers accept peers, `host:port`. */
  servers?: string[];
  /** `datacenters.primary`: the names of the federated datacenters. */
  datacenters?: string[];
  /** More kinds may follow. */
  [kind: string]: string[] | undefined;
}

/** One check of {@link troubleshoot}. */
export interface Check {
  /** The subject, for programs. More ids may follow. */
  id: CheckId | (string & {});
  /**
   * `"fail"`: calls fail, or will fail. `"warning"`: it may be intended, or concerns other peerings. `"skipped"`: it
   * could not be checked, because of a missing permission or because Consul did not respond.
   */
  status: "pass" | "warning" | "fail" | "skipped";
  /** The address of the cluster. */
  cluster: string;
  /** That cluster's name for the other one. */
  peer_name: string;
  /** The result, for people. */
  message: string;
  /**
   * The fix to paste: a config entry for `consul config write`, a command, or a setting. A config entry replaces the
   * existing one and includes its content; checks that one config entry fixes have the same. `null` if the check passes,
   * nothing that can be pasted repairs it, or it is a consequence of another check, which has the fix.
   */
  fix: string | null;
  /** What the commands of `fix` do, if they are commands of this package; otherwise `null`. */
  repair: Repair | null;
  /** The result, for programs: only the kinds that this check has. */
  evidence: CheckEvidence;
  /** The missing ACL rules, one per line; `null` unless the check was skipped because of a missing permission. */
  needs: string | null;
}

/**
 * What the commands of a fix do, for programs that call the functions, or name the clusters differently than by their
 * addresses.
 */
export interface Repair {
  /** {@link connect} or {@link rotate}. */
  command: "connect" | "rotate";
  /** The accepting cluster by its address, and its name for the other one. */
  acceptor: {
    /** Its address. */
    cluster: string;
    /** Its name for the other cluster. */
    peer_name: string;
  };
  /** The dialing cluster, as for `acceptor`. */
  dialer: {
    /** Its address. */
    cluster: string;
    /** Its name for the other cluster. */
    peer_name: string;
  };
  /** Whether the peering of the check, `peer_name` on `cluster`, is deleted first. */
  delete_first: boolean;
}

/** A service, with the cluster that exports it and the one that imports it. */
export interface ServiceAcross {
  /** Its name on the exporting cluster. */
  name: string;
  /** The address of the exporting cluster; if that was not passed, the other cluster's name for it. */
  exporter: string;
  /** The address or name of the importing cluster, as for `exporter`. */
  importer: string;
  /** Whether it is exported to this peer; `null` if that is not known. Consul can export a service that does not exist. */
  exported: boolean | null;
  /** Whether the importing cluster lists it as imported; `null` if that cluster was not passed or could not be read. */
  imported: boolean | null;
  /**
   * Its instances, as registered in the importing cluster, or else in the exporting one. `null` if they could not be
   * read.
   */
  instances: {
    /** The number of instances. */
    total: number;
    /** The number of instances that pass their health checks. */
    passing: number;
  } | null;
  /** Its DNS names in the importing cluster, in the domain `consul`. */
  dns: string[];
  /** For the `proxy` block of a sidecar in the importing cluster, in HCL. Choose any free port. */
  upstream: string;
  /** The ids of its failed checks and warnings, and of the failed checks that concern every service of the peering. */
  problems: (CheckId | (string & {}))[];
}

/** The result of {@link troubleshoot}. */
export interface Troubleshooting {
  /**
   * Whether no check failed. There may be warnings and skipped checks: a gate that must be certain accepts only results in
   * which every check passes.
   */
  ok: boolean;
  /** All checks of each side, in the order of a request: the peering first, the services last. */
  checks: Check[];
  /** The services that cross the peering, in both directions. */
  services: ServiceAcross[];
}

/**
 * Finds out why a service of one cluster cannot be called from the other although the peering is ACTIVE: it is not
 * exported, or to a misspelt peer; it is not imported; no intention allows the call; a mesh gateway is missing.
 *
 * Only reads, on both clusters concurrently. A check for which the ACL token lacks a permission is skipped and names
 * the missing rule; it never passes. `peering = "read"` is enough to start. All checks need:
 *
 * ```hcl
 * peering = "read"
 * mesh    = "read"
 * service_prefix "" { policy = "read" }
 * node_prefix    "" { policy = "read" }
 * ```
 *
 * For services that were exported only recently, it reads again for up to 5 seconds, until they are imported with their
 * instances.
 *
 * A service that is exported only to a peer without a peering, such as a misspelt one, is listed with `exported: false` and
 * the problem `exports.consumers`.
 *
 * Consul: `GET /v1/peerings` (`peering:read`), `/v1/config/exported-services/default` (`mesh:read` or `operator:read`),
 * `/v1/config/mesh/mesh`, `/v1/config/proxy-defaults/global` and `/v1/catalog/datacenters` (no permission),
 * `/v1/config/service-resolver`, `/v1/config/service-defaults` and `/v1/connect/intentions` (`service:read`),
 * `/v1/catalog/services`, `/v1/catalog/service/consul`, `/v1/health/service/:name` and `/v1/health/connect/:name`
 * (`service:read` and `node:read`; for imported instances and for proxies of all services, without a `deny`); since Consul 1.13. The permissions of the ACL token are read with `POST /v1/internal/acl/authorize`.
 *
 * @param side - One cluster, and its name for the other.
 * @param other - The other cluster. Without it, only the checks of one cluster are made.
 * @param options - `service`, `timeout`, `signal` and `onProgress`.
 * @returns The checks, and the services that cross the peering.
 * @throws {@link PeeringError} `invalid`, `network`, `timeout`, `acl_token_unknown`, `wrong_datacenter`,
 *   `connect_disabled`: a cluster could not be read. A failed check is a result, not an error.
 *
 * @example
 * ```ts
 * const { ok, checks } = await troubleshoot({ cluster: east, peer_name: "west" }, { cluster: west, peer_name: "east" });
 * for (const { id, message, fix } of checks.filter(({ status }) => status === "fail")) console.log(id, message, fix);
 * if (!ok) process.exitCode = 3;
 * ```
 */
export function troubleshoot(side: Side, other?: Side | null, options?: TroubleshootOptions): Promise<Troubleshooting>;
