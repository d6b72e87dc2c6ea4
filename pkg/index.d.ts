/**
 * Cluster peering for HashiCorp Consul: {@link establish}, {@link read}, {@link remove | delete}, {@link list}, and
 * what leads there ({@link generateToken}), checks it ({@link validatePeering}) and waits for it ({@link wait}).
 *
 * Three rules hold everywhere:
 *
 * - What describes a peering is snake_case, named as in Terraform's `consul_peering`. What steers a call
 *   (`timeout`, `signal`, `onProgress`) is camelCase.
 * - Nothing that can be known to be wrong is sent. A refused call rejects with a {@link PeeringError} whose
 *   {@link PeeringError.code | code} has one meaning.
 * - A promise resolves when the thing is done, not when Consul has accepted the wish.
 *
 * Nothing here needs the DOM types: this file compiles with `lib: ["es2022"]` alone.
 *
 * @module consul-peering
 */

// ---------------------------------------------------------------------------------------------------------------------
// Where: clusters, places, references
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The Consul agent to talk to: its address, or the address and more. `{}` takes everything from the environment.
 *
 * Plain data: nothing to open, nothing to close, nothing remembered between two calls.
 *
 * @example
 * ```ts
 * const local = "http://127.0.0.1:8500";
 * const eu = { address: "https://consul.eu.example:8501", token: process.env.EU_TOKEN };
 * const behindProxy = { address: "https://example.com/consul", headers: { "X-Tenant": "eu" } };
 * ```
 */
export type Cluster = string | ClusterConfig;

/** The long form of a {@link Cluster}. Every field is optional. */
export interface ClusterConfig {
  /**
   * Base URL of Consul's HTTP API: `http` or `https`, a path prefix allowed, no credentials, no query. `host:port` is
   * accepted as well, and means `http`, or `https` where the environment's `CONSUL_HTTP_SSL` is true.
   *
   * Default: in a page the page's own origin; elsewhere the environment's `CONSUL_HTTP_ADDR`, then `127.0.0.1:8500`. That
   * address is always `https` where `CONSUL_HTTP_SSL` is true, even if `CONSUL_HTTP_ADDR` begins with `http://`. A
   * setting of the environment that cannot be honoured rejects with `invalid`: `CONSUL_HTTP_SSL_VERIFY=false`,
   * `CONSUL_CAPATH`, a `unix://` address, a boolean that is neither true nor false.
   */
  address?: string | undefined;
  /**
   * ACL token, sent as `X-Consul-Token`, never in a URL.
   *
   * Default: the environment's (the file in `CONSUL_HTTP_TOKEN_FILE`, then `CONSUL_HTTP_TOKEN`), but only where the
   * address comes from the environment as well, or has its origin (scheme, host and port). A token is never sent to a
   * server it was not meant for. In a browser: none. The file is read again for each request, so that a call that goes on
   * for long (`watch`, `wait`) uses a token that was rotated meanwhile.
   */
  token?: string | undefined;
  /** Datacenter for all calls to this cluster, see {@link Place.datacenter}. Default: whichever the agent is in. */
  datacenter?: string | undefined;
  /**
   * Admin partition for all calls to this cluster, see {@link Place.partition}. Default: the environment's
   * `CONSUL_PARTITION`, under the same condition as the token; otherwise none is named.
   */
  partition?: string | undefined;
  /**
   * Headers added to every request, for proxies and gateways. Names and values are checked before they are used.
   * `Content-Type` and `X-Consul-Token` cannot be set here. The environment's `CONSUL_HTTP_AUTH` becomes `Authorization`,
   * under the same condition as the token, unless that header is given here.
   */
  headers?: Record<string, string> | undefined;
  /** Your own `fetch`: client certificates, proxies, tests. Default: the global `fetch`. See {@link FetchLike}. */
  fetch?: FetchLike | undefined;
}

/**
 * Where in a cluster, and with which right. Part of every spec; each field wins over the cluster's field of the same
 * name. `null` says "not set", as a Terraform plan writes it.
 */
export interface Place {
  /**
   * The datacenter this is meant for. Consul itself ignores the datacenter on peering calls and acts on whichever the
   * agent belongs to; so the agent is asked (`GET /v1/catalog/datacenters`). Where it is in another one, the call rejects
   * with `wrong_datacenter`; a write does so too where that cannot be learnt, and sends nothing.
   */
  datacenter?: string | null | undefined;
  /** ACL token for this call, sent as `X-Consul-Token`. Wins over the cluster's token. */
  token?: string | null | undefined;
  /** Admin partition, Consul Enterprise only. The community edition answers `partition_unsupported`. */
  partition?: string | null | undefined;
}

/** Names one peering: by its name, or by its name and where to look. A {@link Peering} that was read names itself. */
export type Ref = string | PeeringRef;

/** The long form of a {@link Ref}. */
export interface PeeringRef extends Place {
  /** What this cluster calls the other one. */
  peer_name: string;
}

// ---------------------------------------------------------------------------------------------------------------------
// What: specs
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The dialing side of a peering, to be established: the arguments of Terraform's `consul_peering`, under the same
 * names.
 */
export interface PeeringSpec extends Place {
  /**
   * What this cluster will call the other one: 1 to 63 characters `a-z`, `0-9` and `-`, not starting or ending with
   * `-`. `token` and `establish` are refused: Consul takes them, but cannot read them back.
   */
  peer_name: string;
  /**
   * The token that {@link generateToken} made on the other cluster. It works once. Spaces around it are trimmed (and
   * reported as a warning by {@link validatePeering}); line breaks inside it do not matter.
   */
  peering_token: string;
  /**
   * Labels of your own, kept with the peering on this side: at most 64 pairs; keys of `a-z`, `A-Z`, `0-9`, `_` and `-`,
   * at most 128 bytes, not starting with `consul-`; values of at most 512 bytes. Default: none.
   *
   * Establishing again **replaces** them: left out, they are cleared.
   */
  meta?: Record<string, string> | null | undefined;
}

/** The accepting side of a peering: what a token is made for. */
export interface TokenSpec extends Place {
  /** What this cluster will call the other one. The rule is that of {@link PeeringSpec.peer_name}. */
  peer_name: string;
  /**
   * Labels of your own, kept with the peering on this side; the rule is that of {@link PeeringSpec.meta}. Consul sets
   * them with the first token only: other ones for a peering that stands are refused with `meta_fixed`.
   */
  meta?: Record<string, string> | null | undefined;
  /**
   * `host:port` under which the other cluster reaches this one's servers, where that is not their own address: a load
   * balancer, a NAT. IPv6 in brackets. `[]` says: none.
   *
   * Consul never shows them, and forgets them with each new token: name them again every time. Consul before 1.14 puts
   * them in place of the servers' own addresses, later versions beside them.
   */
  server_external_addresses?: string[] | null | undefined;
}

// ---------------------------------------------------------------------------------------------------------------------
// Answers
// ---------------------------------------------------------------------------------------------------------------------

/**
 * A peering as Consul holds it. Plain data: every key is always there, in this order; absent text is `null`, absent
 * collections are empty. Times are RFC 3339.
 */
export interface Peering {
  /** Consul's id of the record, a UUID. (Terraform's resource id is the name.) */
  id: string;
  /** What this cluster calls the other one. */
  peer_name: string;
  /** `"DELETING"` whenever {@link Peering.deleted_at} is set, whatever Consul still says about the stream. */
  state: State;
  /** `"dialer"` on the side that established, `"acceptor"` on the side that made the token. */
  role: "dialer" | "acceptor";
  /** When deletion began; `null` when it did not. */
  deleted_at: string | null;
  /** The labels given to this side. */
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
  /** What the other cluster says about itself. An acceptor learns it when the dialer has connected. */
  remote: {
    /** Its datacenter. */
    datacenter: string | null;
    /** Its admin partition. */
    partition: string | null;
    /** Where it is. Since Consul 1.16. */
    locality: Locality | null;
  };
  /** What flows over the connection. Since Consul 1.14. */
  stream: {
    /** Services that the other cluster exports to this one. */
    imported_services: string[];
    /** Services that this cluster exports to the other one. */
    exported_services: string[];
    /** Last heartbeat received. `null` for about the first 15 seconds of a connection. */
    last_heartbeat: string | null;
    /** Last message received. Errors count as messages: no proof of health. */
    last_receive: string | null;
    /** Last message sent. Errors count as messages: no proof of health. */
    last_send: string | null;
  };
  /** Raft index at which the record was made. */
  create_index: number;
  /** Raft index at which the stored record last changed. ACTIVE, FAILING and heartbeats do not raise it. */
  modify_index: number;
}

/** Where a cluster's agents are configured to be. */
export interface Locality {
  /** Its region, as the cloud calls it. */
  region: string;
  /** Its zone within the region. */
  zone: string;
}

/**
 * The state of one side of a peering.
 *
 * - `PENDING`: an acceptor whose token has not been used, or a dialer whose first exchange failed.
 * - `ESTABLISHING`: the exchange is done, the connection is being made.
 * - `ACTIVE`: connected.
 * - `FAILING`: was connected and is not; Consul goes on trying.
 * - `TERMINATED`: the other side deleted its half. An acceptor in this state makes tokens that do not work.
 * - `DELETING`: marked for deletion; what was imported is being removed.
 * - `UNDEFINED`: Consul does not say.
 *
 * A state that is not in this list stays as Consul wrote it.
 */
export type State =
  "PENDING" | "ESTABLISHING" | "ACTIVE" | "FAILING" | "TERMINATED" | "DELETING" | "UNDEFINED" | (string & {});

/** Where a peering token leads. Everything in it may be shown: the secret is left out. */
export interface TokenInfo {
  /** Datacenter of the cluster that made the token. `null` where the token does not say (Consul 1.13). */
  datacenter: string | null;
  /** Admin partition that it was made in (Consul Enterprise). */
  partition: string | null;
  /** Trust domain of the cluster that made the token. Federated datacenters share one. */
  trust_domain: string | null;
  /** The TLS name that the dialer will ask for, `server.<datacenter>.peering.<trust domain>`. */
  server_name: string;
  /** Id of the accepting peering: the dialer's `peer_id` to be. */
  peer_id: string;
  /** Addresses of the servers, as Consul found them. */
  server_addresses: string[];
  /** The external addresses given to {@link generateToken}. Where there are any, the dialer uses these. */
  manual_server_addresses: string[];
  /** The CA certificates in the token. */
  authorities: TokenAuthority[];
}

/** A CA certificate in a peering token. */
export interface TokenAuthority {
  /** Distinguished name, for people. */
  subject: string;
  /** Start of validity, RFC 3339. */
  not_before: string;
  /** End of validity, RFC 3339. */
  not_after: string;
  /** True when `not_after` is past. */
  expired: boolean;
}

/** One thing that is wrong with a name, a spec or a plan. A check returns all of them, not the first. */
export interface Finding {
  /** Where: `"peer_name"`, `"meta.team"`, … */
  field: string;
  /** Which rule, a stable word for programs. */
  rule: string;
  /** What is wrong, in whole sentences. Never holds a token. */
  message: string;
  /** What to do about it, in whole sentences. */
  fix: string;
  /** An `"error"` would be refused; a `"warning"` can be sent and is worth a look. */
  severity: "error" | "warning";
  /** The address of the Terraform resource that it is about. Of {@link checkTerraform} alone. */
  path?: string;
}

/** Which cluster it is. Federated datacenters share a trust domain, so both parts count. */
export interface ClusterIdentity {
  /** Its datacenter. */
  datacenter: string | null;
  /** Its trust domain, made when the cluster was. */
  trust_domain: string | null;
}

/** What a token may do with peerings. */
export interface Permissions {
  /** `peering:read`: {@link read}, {@link list}, {@link wait}. */
  read: boolean;
  /** `peering:write`: {@link establish}, {@link remove | delete}, {@link generateToken}. */
  write: boolean;
}

// ---------------------------------------------------------------------------------------------------------------------
// How: options of a call
// ---------------------------------------------------------------------------------------------------------------------

/** Options that every call takes. */
export interface CallOptions {
  /**
   * Stops the call. It then rejects with `signal.reason` itself, whatever that is, not with a {@link PeeringError}.
   * Nothing is deleted by an abort: where something stands already, a `left_behind` progress says so first.
   */
  signal?: SignalLike | undefined;
  /**
   * Milliseconds for the whole call, retries and waiting included; above 0, `Infinity` for no limit. When they are over
   * the call rejects with `timeout`, and deletes nothing: `left_behind` lists what exists. Measured on the monotonic clock
   * (`performance.now()`): setting the system's clock changes nothing, time in which the process is stopped counts.
   *
   * @defaultValue 60000
   */
  timeout?: number | undefined;
  /** Told of each step, each state seen, each retry and whatever stays behind, as it happens. */
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
   * `true`: a peering under this name that cannot serve (linked with another cluster, or the accepting side) is deleted,
   * waited for and recreated, and progress reports it; one that is being deleted is waited for. A usable peering with the
   * token's cluster is never deleted.
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
   * `true`: a peering under this name that makes no good token (TERMINATED, or the dialing side) is deleted, waited for
   * and recreated, and progress reports it.
   *
   * @defaultValue false
   */
  replace?: boolean | undefined;
}

/** Options of {@link validatePeering} and {@link checkTerraform}. */
export interface ValidateOptions {
  /** The moment against which certificates are checked. Default: now. */
  now?: Date | undefined;
}

/** The code of a `"step"` of {@link Progress}, or the {@link NoteCode} of a note that is reported as one. */
export type StepCode =
  /** With `replace`: deletes the existing peering. */
  | "replacing"
  /** Waits until a peering that is being deleted is gone. */
  | "waiting_until_gone"
  /** Sends the deletion again: Consul has forgotten it. */
  | "deleting_again"
  /** The token requested next invalidates an older, unused one. */
  | "invalidates_unused_token"
  /** The response to a write was lost: reads the peering to see what the write did. */
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
   * - `"step"`: something begins.
   * - `"state"`: a new state was seen.
   * - `"warning"`: something in the arguments works and is doubtful.
   * - `"retry"`: a request failed and will be sent again.
   * - `"no_response"`: a request has been without a response for 2.5 s (a blocking query: 2.5 s beyond its wait). The call
   *   goes on waiting until its timeout.
   * - `"recovered"`: the cluster responds again, after a `"retry"` or a `"no_response"`.
   * - `"left_behind"`: what remains on the cluster.
   */
  kind: "step" | "state" | "warning" | "retry" | "no_response" | "recovered" | "left_behind";
  /**
   * What it is, for programs, by `kind`:
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
  /** The peering it is about. */
  peer_name?: string;
  /** A sentence for people. Never holds a secret. */
  text: string;
  /** The state: with `kind: "state"`, and with `kind: "left_behind"` if it was read. */
  state?: State;
  /** Milliseconds since the call began. */
  elapsed: number;
}

/** What a failed call left. */
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
  /** Of a pair: the acceptor exists, and its token was not used. */
  | "token_unused"
  /** Of a pair: the peering was created or renewed, and was not ACTIVE when it was last read. */
  | "not_active";

/** Something that a failed call created or changed, and did not undo. */
export interface LeftBehind {
  /** Address of the cluster, without credentials. */
  cluster: string;
  /** The name of the peering. */
  peer_name: string;
  /** What it is, for programs. */
  code: LeftBehindCode;
  /** What it is, for people. */
  what: string;
  /** How to continue, or clean up. */
  fix: string;
  /** The state of the peering, if it was read. */
  state?: State;
  /** With `overwritten`: what the refused call has changed. */
  changed?: ("meta" | "peer_id" | "peer_server_name" | "peer_ca_pems" | "state")[];
}

// ---------------------------------------------------------------------------------------------------------------------
// What the platform gives: declared by structure, so that no DOM types are needed
// ---------------------------------------------------------------------------------------------------------------------

/** What is needed of an `AbortSignal`. Every platform's own one fits. */
export interface SignalLike {
  /** Whether it has been aborted already: then nothing is sent. */
  readonly aborted: boolean;
  /** What a call that it stops rejects with. */
  readonly reason?: unknown;
  /** Tells the `listener` when it is aborted. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Takes the `listener` away again: every call does so when it ends. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * What is needed of a `fetch`. The global one fits, so do undici's, node-fetch's and wrappers around them.
 *
 * It is called as `fetch(urlString, plainInit)`, never with a `Request`; it may answer at once or with a promise.
 *
 * @example
 * A client certificate, with undici:
 * ```ts
 * import { Agent, fetch } from "undici";
 *
 * const dispatcher = new Agent({ connect: { ca, cert, key } });
 * const eu: Cluster = {
 *   address: "https://consul.eu.example:8501",
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
  /** An `AbortSignal`. Typed `any` because each platform's types know no other signal than their own. */
  signal: any;
  /** A redirect is refused, not followed: it could carry a token to another host. */
  redirect: "manual";
  /** In pages: Consul sends no `Cache-Control`, and an answer out of a cache would be an old one. */
  cache?: "no-store";
}

/** What is needed of a `Response`. Where it has a `body` stream, that may be read instead of `text()`. */
export interface ResponseLike {
  /** HTTP status. */
  readonly status: number;
  /** The answer's headers, of which `X-Consul-Index` and `Retry-After` are asked for. */
  readonly headers: {
    /** One header's value; `null` where it is not there. The name may be in any letter case. */
    get(name: string): string | null;
  };
  /** The body. */
  text(): PromiseLike<string>;
}

// ---------------------------------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------------------------------

/**
 * What went wrong. Each code has one meaning; {@link PeeringError.hint} says what to do in the case at hand.
 *
 * - `invalid`: The call's arguments cannot work; `findings` says what. Nothing was sent.
 * - `permission_denied`: The ACL token is known, and lacks `peering:read` or `peering:write`.
 * - `acl_token_unknown`: Consul does not know the ACL token: wrong cluster, deleted, or expired.
 * - `token_spent`: The peering token was used already, replaced by a newer one, or its peering is gone. Not an ACL
 *   problem.
 * - `same_cluster`: The peering token was made by this very cluster.
 * - `peer_mismatch`: The existing peering is linked with another cluster, or with another record on it. With a
 *   finding of the rule `rebuilt`, it is the same datacenter with another trust domain: that cluster was rebuilt.
 * - `role_conflict`: The name is taken by the other role: a dialer where a token is asked for, an acceptor where one
 *   dials.
 * - `deleting`: The existing peering of this name is being deleted.
 * - `terminated`: The far side deleted its half: tokens made from what is left would be dead.
 * - `not_active`: Consul accepted the peering, and it did not become ACTIVE, or did not stay so.
 * - `unreachable`: The addresses in the peering token do not respond; the message has each distinct reason once.
 * - `tls_failed`: The network path to the token's addresses is open, and the TLS handshake fails there: a proxy that
 *   terminates TLS, a port without TLS, another cluster, another CA.
 * - `meta_fixed`: Consul cannot change the meta of an accepting peering that stands.
 * - `external_addresses_unknown`: An acceptor in use needs a new token, and its external addresses were not named:
 *   they would be lost. Nothing sent.
 * - `peering_disabled`: Peering is switched off on these servers (`peering.enabled`).
 * - `connect_disabled`: The service mesh is switched off on these servers (`connect.enabled`).
 * - `server_misconfigured`: The cluster generates no tokens, because a setting of its servers is missing: a gRPC TLS
 *   port, or a mesh gateway where `PeerThroughMeshGateways` is set. Without the right to list services, the missing
 *   gateway is found by Consul alone, which leaves a PENDING acceptor behind.
 * - `not_ready`: No leader yet, or a CA that is still being made, and it stayed so.
 * - `leader_unreachable`: The agent cannot route requests to its cluster's leader. Retried for some ten seconds, the
 *   time of an election.
 * - `partition_unsupported`: A partition was named, and this Consul has none (community edition).
 * - `wrong_datacenter`: The agent is in another datacenter than the one named, or does not say. Nothing was sent.
 * - `endpoint_blocked`: The agent's configuration blocks this endpoint (`http_config.block_endpoints`).
 * - `writes_restricted`: The agent takes writes from other networks only (`http_config.allow_write_http_from`).
 * - `rate_limited`: Consul's rate limit, and it stayed so.
 * - `unsupported`: Consul older than 1.13, or not Consul.
 * - `network`: No answer at all. In a page mostly CORS: the hint names the headers to set. Elsewhere the message has
 *   the runtime's own code, and the hint the remedy: an untrusted certificate, another host name than the certificate's,
 *   a port that speaks plain HTTP, a client certificate that is required. A redirect and an `http` request to a port
 *   that speaks TLS count as well.
 * - `timeout`: `timeout` is over. The message has the last failure. Where a failure was being retried, its own code
 *   is reported instead.
 * - `unexpected_answer`: An answer that is not what Consul sends: HTML, cut off, empty, too large.
 * - `server_error`: Consul failed in a way that is in no other code; the message has its words.
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
 * What every call rejects with, except that an abort rejects with `signal.reason` itself.
 *
 * Besides the codes named at each function, every call can reject with `permission_denied`, `acl_token_unknown`,
 * `peering_disabled`, `connect_disabled`, `not_ready`, `leader_unreachable`, `partition_unsupported`, `wrong_datacenter`,
 * `endpoint_blocked`, `writes_restricted`, `rate_limited`, `unsupported`, `network`, `timeout`, `unexpected_answer` and
 * `server_error`.
 *
 * No secret is ever in it: neither an ACL token nor a peering token is in any field, in `toString()` or in what an
 * inspector prints.
 *
 * @example
 * ```ts
 * try {
 *   await establish(us, spec);
 * } catch (error) {
 *   if (!isPeeringError(error)) throw error;
 *   if (error.code === "token_spent") console.error(error.hint);
 *   for (const { what, fix } of error.left_behind) console.error(what, fix);
 * }
 * ```
 */
export class PeeringError extends Error {
  // Its `stack` is taken where the package's function was called.
  /** Made by this package only. */
  private constructor();
  /** What {@link isPeeringError} goes by. */
  readonly name: "PeeringError";
  /** What went wrong. */
  readonly code: Code;
  /** The same for people: the message without the operation and the cluster. */
  readonly reason: string;
  /** HTTP status, where an answer came. Consul's statuses mean little: decide by `code`. */
  readonly status?: number;
  /** The function that was called: `"establish"`, `"read"`, …; `"delete"` for {@link remove | delete}. */
  readonly operation: string;
  /** Address of the cluster, without credentials. Empty where there is none, as with {@link inspectToken}. */
  readonly cluster: string;
  /** The peering it is about. */
  readonly peer_name?: string;
  /** What to do next, a sentence for people. */
  readonly hint: string;
  /**
   * True where the same call may succeed a little later with nothing changed. It depends on Consul's text as well as on
   * the code: a host name that does not exist is `unreachable`, and not retryable.
   */
  readonly retryable: boolean;
  /** With `invalid`: everything that is wrong. Otherwise empty. */
  readonly findings: Finding[];
  /** What the failed call made, or changed, and did not take back. Mostly empty. */
  readonly left_behind: LeftBehind[];
  /** The peering as it stands now, or as it was last seen, where it was read. */
  readonly peering?: Peering;
  /**
   * Why `fetch` failed: a copy of what it threw, with its name, message, code and cause. What else hung on the error
   * stays behind, since a fetch of your own may put there what it was given.
   */
  readonly cause?: unknown;
}

/**
 * Tells a {@link PeeringError} by its name. Unlike `instanceof` it works across frames, workers and two copies of this
 * package.
 *
 * @param error - Whatever was caught.
 * @returns Whether it is one; in TypeScript, `error` is one from there on.
 *
 * @example
 * ```ts
 * try {
 *   await read(us, "eu");
 * } catch (error) {
 *   if (!isPeeringError(error) || !error.retryable) throw error;
 *   console.error(error.code, "- trying again in a minute");
 * }
 * ```
 */
export function isPeeringError(error: unknown): error is PeeringError;

// ---------------------------------------------------------------------------------------------------------------------
// Start
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The WebAssembly module for {@link init}: its URL, its bytes, a `Response` with them, or a compiled
 * `WebAssembly.Module`. (The last has no members by which a type could tell it from any other object.)
 */
export type ModuleSource =
  | string
  | {
      /** Of a `URL`: it as text. */
      readonly href: string;
    }
  | ArrayBuffer
  | ArrayBufferView
  | ResponseLike
  | object;

/**
 * Loads the module. A page awaits it before the first call, as it has to fetch the module first; a call made earlier
 * throws an error that says so. Elsewhere the module is ready on import, and this does nothing. It may
 * be called any number of times.
 *
 * @param module - Where the module is. Default: `consul_peering_bg.wasm` beside the script; with
 *   `consul-peering/inline`, which is this package with the module inside, no file at all.
 * @returns Nothing, when every function may be called.
 * @throws What the host throws where the file is not there, or is no such module; it may be called again then.
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
 * As {@link init}, at once: for workers and hosts that have the bytes at hand. A no-op where the module is ready, an
 * error while `init` is under way.
 *
 * On a page's main thread, prefer {@link init}: compiling synchronously blocks the page, and Chromium refuses modules
 * above 8 MB there (tried with Chromium 156; older versions above 4 kB). Firefox 153 and WebKitGTK 2.50 compile modules
 * of any size. This module has about 0.2 MB. Workers have no limit.
 *
 * @param module - The bytes of `consul_peering_bg.wasm` (an `ArrayBuffer` or a view of one), or a compiled
 *   `WebAssembly.Module`.
 * @returns Nothing; from then on every function may be called.
 * @throws What the host throws where they are no such module.
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
// Checks: synchronous, without network
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Checks a peer name, without network. Takes anything, never throws.
 *
 * The rule: 1 to 63 characters `a-z`, `0-9` and `-`, not starting or ending with `-`, and neither `token` nor
 * `establish`. That is the rule of Consul 1.14.4 and later; older servers took upper case as well.
 *
 * @param name - What one side is to call the other.
 * @returns Everything wrong with it; `[]` when Consul takes it and can read it back.
 *
 * @example
 * ```ts
 * validatePeerName("eu-west"); // []
 * validatePeerName("EU.west")[0]?.fix; // a sentence
 * ```
 */
export function validatePeerName(name: unknown): Finding[];

/**
 * Checks all of a {@link PeeringSpec}: unknown keys, name, token, meta, addresses. A value that belongs elsewhere, such as
 * an ACL token, a decoded token or a whole JSON response given as the peering token, is recognised (rule `form`), and the
 * fix says what to give instead. What Consul accepts and may not work is a warning: an expired CA, spaces around the token,
 * addresses that another network does not reach (private, link-local, a port that is not gRPC with TLS, several host
 * names). Takes anything, never throws. {@link establish} does the same before it sends.
 *
 * @param spec - What is to become a {@link PeeringSpec}: a form, a document.
 * @param options - The moment to check certificates at.
 * @returns Everything wrong with it, errors and warnings; `[]` when it is good.
 *
 * @example
 * ```ts
 * const errors = validatePeering(form).filter((finding) => finding.severity === "error");
 * ```
 */
export function validatePeering(spec: unknown, options?: ValidateOptions): Finding[];

/**
 * Checks all of a {@link TokenSpec}. Takes anything, never throws. {@link generateToken} does the same before it sends.
 * Consul itself accepts external addresses unchecked, and they fail when the token is used; addresses that another network
 * may not reach are warnings, as in {@link validatePeering}.
 *
 * @param spec - What is to become a {@link TokenSpec}.
 * @returns Everything wrong with it, errors and warnings; `[]` when it is good.
 *
 * @example
 * ```ts
 * const findings = validateToken({ peer_name: "us", server_external_addresses: ["consul.eu.example"] });
 * for (const { field, fix } of findings) console.log(field, fix); // server_external_addresses[0], and how to write it
 * ```
 */
export function validateToken(spec: unknown): Finding[];

/**
 * Tells where a peering token leads, without its secret and without network.
 *
 * @param peering_token - As {@link generateToken} gave it; spaces around it and line breaks in it do not matter.
 * @returns All that is in it and may be shown.
 * @throws {@link PeeringError} `invalid`: not a usable peering token; `findings` says why.
 *
 * @example
 * ```ts
 * const { server_name, server_addresses, authorities } = inspectToken(peering_token);
 * ```
 */
export function inspectToken(peering_token: string): TokenInfo;

/**
 * Checks what `terraform show -json` prints, of a plan or of a state, or OpenTofu's the same: every `consul_peering`,
 * `consul_peering_token` and data source `consul_peering`, in all modules. A finding's `path` is the resource's address.
 * Takes anything, never throws; what is no such document, or a plan that ended in an error, is one finding.
 *
 * Errors:
 *
 * - `replaced`: a change that Terraform can only make by deleting and creating. It ends the live peering, and fails on
 *   its spent token. `field` is the attribute that forces it.
 * - `same_name`: two resources with one name in one cluster and partition.
 * - `same_cluster`: a peering whose token is of the cluster that is to use it.
 * - `token_reused`: a token that another peering uses, or has used.
 * - `token_spent`: OpenTofu's `forget` with `create`: the peering is kept in Consul and created again with its spent token.
 * - Of each value, the rules of {@link validatePeering} and {@link validateToken}. A token is judged where the plan is to
 *   use it.
 * - `document`, `format_version`, `errored`: nothing was checked.
 *
 * Warnings: `destroyed`, a side that is destroyed on purpose; `terminated`, a peering that is TERMINATED and is not
 * changed; `incomplete`, a plan that leaves resources out; and what those rules warn of.
 *
 * Nothing is reported that is not known until the plan is applied, and nothing shown that is marked sensitive. Which
 * cluster a resource is on follows from the constant arguments of its provider and from the values of the plan's
 * variables. `same_name` and `same_cluster` are warnings where that is not known and both providers have the same
 * expressions. docs/policy.md has each rule, and what cannot be seen in a plan.
 *
 * @param plan - The document, parsed.
 * @param options - The moment to check certificates at.
 * @returns Everything wrong with it, errors and warnings; `[]` when it may be applied.
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
   * The `replace` that the call is going to have.
   *
   * @defaultValue false
   */
  replace?: boolean | undefined;
}

/** What a call would do first. */
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
  /** Why, a sentence for people; empty where there is nothing to say. */
  message: string;
  /** With `"refuse"` and `"wait"`: what to do about it. Otherwise empty. */
  hint: string;
}

/**
 * The check that {@link establish} and {@link generateToken} make before they send anything, by itself: for a form that
 * warns while it is filled in, or a dry run. Offline and synchronous; it decides from `existing` alone. The call checks
 * again, against what it reads then. Whether a token is the cluster's own (`same_cluster`) is left to the call.
 *
 * @param spec - With `peering_token`: what {@link establish} is going to be given. Without: {@link generateToken}.
 * @param existing - The peering that exists under `spec.peer_name`, as {@link read} or {@link list} returned it; `null`
 * where there is none.
 * @param options - `replace`, as the call is going to have it.
 * @returns What the call would do first.
 * @throws {@link PeeringError} `invalid`: what is wrong with `spec`, as {@link validatePeering} and
 * {@link validateToken} report it, or `existing` is not a peering.
 *
 * @example
 * ```ts
 * const existing = await read(us, "eu");
 * const { action, message, hint } = preflight({ peer_name: "eu", peering_token }, existing);
 * if (action === "refuse") console.error(`${message}. ${hint}`);
 * ```
 */
export function preflight(
  spec: PeeringSpec | TokenSpec,
  existing: Peering | null,
  options?: PreflightOptions,
): Preflight;

/** How many resources {@link checkTerraform} looks at in a document. */
export interface TerraformCount {
  /** Resources `consul_peering`. */
  peerings: number;
  /** Resources `consul_peering_token`. */
  tokens: number;
  /** Data sources `consul_peering`. */
  data_sources: number;
}

/**
 * Counts what {@link checkTerraform} looks at, so that "no findings" can be told from "nothing to check". Takes anything,
 * never throws; a document that cannot be checked has none.
 *
 * @param plan - The document, parsed.
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
// Calls
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Establishes a peering: this cluster dials the one that made the token. Resolves when it is ACTIVE, or, with
 * `wait: false`, once Consul has accepted it. On quiet clusters ACTIVE takes a fraction of a second, on busy ones up to
 * about five seconds.
 *
 * Consul: `POST /v1/peering/establish`, needs `peering:write`, since Consul 1.13. Before it, side by side,
 * `GET /v1/peering/:name`, `GET /v1/connect/ca/roots` and `GET /v1/catalog/datacenters`, so that a call which would
 * break an existing peering is never sent.
 *
 * - A live peering with the same cluster, and a fresh token: renewed in place. Same id, connection kept, `meta`
 *   replaced. A PENDING, FAILING or TERMINATED one is repaired.
 * - After a refusal or a lost answer the peering is read again. If it is the requested peering, the call
 *   resolves.
 * - The record that a failed first attempt leaves is removed only where a fresh read shows that nobody else has touched
 *   it. One round trip lies between that read and the deletion. Otherwise it stays, and `left_behind` names it.
 *
 * Retried only where nothing can have happened: connection refused, 429, not ready.
 *
 * @param cluster - The agent of the cluster that is to dial: its address, or its address and more.
 * @param spec - The peering to be, with the token that the other cluster made.
 * @param options - `timeout`, `signal`, `onProgress`, `wait` and `replace`.
 * @returns The peering as it stands, `state: "ACTIVE"` unless `wait` is `false`.
 * @throws {@link PeeringError}
 * - `invalid`, `same_cluster`, `role_conflict`, `deleting`, `peer_mismatch`, `wrong_datacenter`: refused before sending,
 *   nothing has changed.
 * - `token_spent`: ask for a new token; `peering` is the peering as it is now, `left_behind` what the refused call
 *   overwrote.
 * - `unreachable`: the token's addresses do not respond.
 * - `tls_failed`: they respond, and the TLS handshake fails.
 * - `not_active`: accepted, then TERMINATED, deleted, or FAILING for 15 seconds.
 *
 * @example
 * ```ts
 * const peering_token = await generateToken(eu, { peer_name: "us" });
 * const peering = await establish(us, { peer_name: "eu", peering_token, meta: { team: "payments" } });
 * peering.state; // "ACTIVE"
 * ```
 */
export function establish(cluster: Cluster, spec: PeeringSpec, options?: EstablishOptions): Promise<Peering>;

/**
 * Reads one peering.
 *
 * Consul: `GET /v1/peering/:name`, needs `peering:read`, since Consul 1.13.
 *
 * Consul itself takes 11 to 13 seconds to deny a read. Here a denied read rejects in under one: when the answer does not
 * come, `POST /v1/internal/acl/authorize` is asked beside it. Retried twice within a second on `network`, and until the
 * timeout on `rate_limited`, 503 and `not_ready`, `Retry-After` honoured.
 *
 * @param cluster - The agent to ask: its address, or its address and more.
 * @param ref - The peering: its name, or a peering that was read.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The peering; `null` when there is none.
 * @throws {@link PeeringError} `invalid`: the name.
 *
 * @example
 * ```ts
 * const peering = await read(us, "eu");
 * if (peering?.state !== "ACTIVE") console.warn("eu is not connected");
 * ```
 */
export function read(cluster: Cluster, ref: Ref, options?: CallOptions): Promise<Peering | null>;

/**
 * Deletes this side of a peering. Also exported as `delete`. Resolves when this side is gone: the name is free, or a
 * record with another id stands there.
 *
 * Consul: `DELETE /v1/peering/:name`, needs `peering:write`, since Consul 1.13 (a TERMINATED peering since 1.13.2).
 * Before and after it `GET /v1/peering/:name`.
 *
 * The far side is told within five seconds and then turns TERMINATED; it is not deleted. Peering tokens that were made
 * before are dead.
 *
 * @param cluster - The agent to ask: its address, or its address and more.
 * @param ref - The peering: its name, or a peering that was read.
 * @param options - `timeout`, `signal`, `onProgress` and `wait`.
 * @returns What was deleted; `null` when there was nothing to delete.
 * @throws {@link PeeringError} `invalid`: the name. `wrong_datacenter`: nothing was sent.
 *
 * @example
 * ```ts
 * import * as peering from "consul-peering";
 *
 * const gone = await peering.delete(us, "eu");
 * ```
 */
declare function remove(cluster: Cluster, ref: Ref, options?: DeleteOptions): Promise<Peering | null>;
export { remove, remove as delete };

/**
 * Lists all peerings of a cluster.
 *
 * Consul: `GET /v1/peerings`, needs `peering:read`, since Consul 1.13. Denied reads and retries are as with {@link read}.
 *
 * @param cluster - The agent to ask: its address, or its address and more.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The peerings, in Consul's order; `[]` when there are none.
 * @throws {@link PeeringError} `invalid`: the cluster, or an option. Otherwise what every call can reject with.
 *
 * @example
 * ```ts
 * for (const { peer_name, state, role } of await list(us)) console.log(peer_name, state, role);
 * ```
 */
export function list(cluster: Cluster, options?: CallOptions): Promise<Peering[]>;

/**
 * Makes a peering token on the accepting cluster, and with it the accepting side of the peering, PENDING until the token
 * is used. The token is a secret: anyone who has it can peer with this cluster, once.
 *
 * Consul: `POST /v1/peering/token`, needs `peering:write`, since Consul 1.13. Before it `GET /v1/peering/:name`.
 *
 * - A token made for a standing peering does not disturb its connection. An older, unused token stops working; where one
 *   may be about, progress tells it. Of tokens that are asked for at once, the one that Consul made last works.
 * - A peering that is DELETING is waited for: a token made from it would be dead.
 *
 * @param cluster - The agent of the cluster that is to be dialled: its address, or its address and more.
 * @param spec - The accepting side to be.
 * @param options - `timeout`, `signal`, `onProgress` and `replace`.
 * @returns The token: standard base64, in one line. Consul does not show it again.
 * @throws {@link PeeringError}
 * - `invalid`, `wrong_datacenter`: nothing was sent.
 * - `role_conflict`: the name belongs to a peering that this cluster dials; choose another, or pass `replace`.
 * - `terminated`: the far side deleted its half; pass `replace`, or delete first.
 * - `meta_fixed`: the meta is not that of the standing peering.
 *
 * @example
 * ```ts
 * const peering_token = await generateToken(eu, {
 *   peer_name: "us",
 *   server_external_addresses: ["consul.eu.example:8503"],
 * });
 * ```
 */
export function generateToken(cluster: Cluster, spec: TokenSpec, options?: GenerateTokenOptions): Promise<string>;

/**
 * Tells what the cluster's token may do, before anything is tried. With ACLs switched off: both `true`.
 *
 * Consul: `POST /v1/internal/acl/authorize`, for the resource `peering`; needs no right, since Consul 1.13.
 *
 * @param cluster - The agent to ask: its address, or its address and more.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns What the ACL token may do.
 * @throws {@link PeeringError} `acl_token_unknown`: Consul does not know the token.
 *
 * @example
 * ```ts
 * const { write } = await permissions(us);
 * ```
 */
export function permissions(cluster: Cluster, options?: CallOptions): Promise<Permissions>;

/**
 * Reads the identity of a cluster: its datacenter and its trust domain. A cluster that is rebuilt gets a new trust domain.
 *
 * Consul: `GET /v1/connect/ca/roots` and `GET /v1/catalog/datacenters`; needs no right, since Consul 1.13.
 *
 * @param cluster - The agent to ask: its address, or its address and more.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The identity; `null` for a part that the agent does not tell.
 * @throws {@link PeeringError} `connect_disabled`: the cluster has no trust domain, and cannot be peered.
 *
 * @example
 * ```ts
 * const [dialer, acceptor, otherCluster] = await Promise.all([read(us, "eu"), read(eu, "us"), identify(eu)]);
 * if (dialer) console.log(health(dialer, { other: acceptor, otherCluster }).verdict);
 * ```
 */
export function identify(cluster: Cluster, options?: CallOptions): Promise<ClusterIdentity>;

/**
 * Waits until a peering is as wished.
 *
 * Consul: `GET /v1/peering/:name`, again and again; needs `peering:read`, since Consul 1.13.
 *
 * @param cluster - The agent to ask: its address, or its address and more.
 * @param ref - The peering: its name, or a peering that was read.
 * @param until - `"ACTIVE"`, `"TERMINATED"`, `"GONE"`, or a function that gets each reading (`null`: there is none) and
 *   returns `true` when the wait is over; what it throws, the call rejects with.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The peering as it then stands; `null` when there is none.
 * @throws {@link PeeringError} `invalid`: the name, or `until`. `timeout`: it did not come to that; `peering` is what was
 *   seen last. A state that leads elsewhere, such as TERMINATED while ACTIVE is awaited, does not end the wait.
 *
 * @example
 * ```ts
 * await wait(eu, "us", "ACTIVE", { timeout: 30_000 });
 * await wait(eu, "us", (peering) => (peering?.stream.imported_services.length ?? 0) > 0);
 * ```
 */
export function wait(
  cluster: Cluster,
  ref: Ref,
  until: "ACTIVE" | "TERMINATED" | "GONE" | ((peering: Peering | null) => boolean),
  options?: CallOptions,
): Promise<Peering | null>;

// ---------------------------------------------------------------------------------------------------------------------
// Two clusters, and more
// ---------------------------------------------------------------------------------------------------------------------

/** One side of a link between two clusters. */
export interface Side extends Place {
  /** The cluster of this side. */
  cluster: Cluster;
  /** What this side calls the other one. The rule is that of {@link PeeringSpec.peer_name}. */
  peer_name: string;
  /**
   * Labels to be kept with this side; the rule is that of {@link PeeringSpec.meta}. Left out: what stands is kept. On the
   * dialing side a change takes a new token; on the accepting side Consul cannot change them, and a note says so.
   */
  meta?: Record<string, string> | null | undefined;
  /**
   * Where the other cluster reaches this one, see {@link TokenSpec.server_external_addresses}; `[]` says: at the servers'
   * own addresses. Needed wherever an acceptor that has been in use gets a new token, since Consul does not show the
   * former ones and forgets them.
   */
  server_external_addresses?: string[] | null | undefined;
}

/** Why a step of a {@link Plan} is needed. */
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
  /** The side, as the caller named it. */
  on: "acceptor" | "dialer";
  /** What is done there: {@link remove | delete}, {@link wait}, {@link generateToken} or {@link establish}. */
  action: "delete" | "wait" | "generate" | "establish";
  /** Why, for programs. */
  code: PlanStepCode;
  /** Why, for people. */
  reason: string;
}

/** What a {@link Plan} notes. */
export type NoteCode =
  /** The acceptor keeps its `meta`: Consul cannot change it in place. */
  | "acceptor_meta_kept"
  /** Another peering of the same two clusters exists: services are imported twice. */
  | "other_peering"
  /** Two aliases of a {@link mesh} are the same cluster. */
  | "same_cluster"
  /**
   * The token cannot be generated: the acceptor's servers peer through mesh gateways, and none is registered. Only where
   * the ACL token may list services (`service:read` and `node:read`).
   */
  | "no_gateway";

/** Something that is not as requested and stays so, or works and is doubtful. */
export interface PlanNote {
  /** What it is, for programs. */
  code: NoteCode;
  /** What it is, for people. */
  text: string;
}

/** What {@link connect} would do, and why. */
export interface Plan {
  /**
   * The steps, in their order. What follows a `"wait"` or a `"delete"` is what is expected then: {@link connect} plans
   * again from what it finds.
   */
  steps: PlanStep[];
  /** What is not as requested and stays so, or works and is doubtful. */
  notes: PlanNote[];
  /** Both sides stand and are each other's. */
  linked: boolean;
  /** They are linked the other way round: the side named acceptor has dialled. That is kept. */
  reversed: boolean;
}

/** What comes after a link, until a service of one cluster can be called from the other. */
export interface NextStep {
  /**
   * What it is, for programs. `"nothing_exported"`: neither cluster exports a service to the other, by what the peerings
   * list and by the config entries that the ACL tokens may read (`mesh:read` or `operator:read`). More codes may follow.
   */
  code: "nothing_exported" | (string & {});
  /** What it is, for people. */
  message: string;
}

/** Two sides that are linked with each other and ACTIVE. */
export interface Linked {
  /** The peering on the side that was named acceptor. */
  acceptor: Peering;
  /** The peering on the side that was named dialer. */
  dialer: Peering;
  /** Whether this call has written anything. */
  changed: boolean;
  /** As {@link Plan.reversed}. */
  reversed: boolean;
  /** What comes next; null where services are exported. {@link troubleshoot} checks the rest of the way. */
  next: NextStep | null;
}

/**
 * Tells what {@link connect} would do with the same arguments. Changes nothing.
 *
 * Consul, on both clusters side by side: `GET /v1/peerings`, `GET /v1/connect/ca/roots`, `GET /v1/catalog/datacenters`;
 * needs `peering:read`, since Consul 1.13.
 *
 * @param acceptor - The side that makes the token.
 * @param dialer - The side that establishes with it.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns The steps, in their order, each with its reason.
 * @throws {@link PeeringError} As {@link connect}: `invalid`, `same_cluster`, `peer_mismatch`, `role_conflict`,
 *   `external_addresses_unknown`; `cluster` and `peer_name` are those of the side in the way.
 *
 * @example
 * ```ts
 * const { steps } = await plan({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
 * for (const { on, action, reason } of steps) console.log(`${action} on the ${on}: ${reason}`);
 * ```
 */
export function plan(acceptor: Side, dialer: Side, options?: CallOptions): Promise<Plan>;

/**
 * Links two clusters: makes a token on the acceptor, establishes with it on the dialer, and resolves when both sides are
 * ACTIVE. The token never leaves this call.
 *
 * It does what {@link plan} says, and plans again from what it finds until nothing is left to do. So a second call
 * changes nothing, a call that was stopped anywhere is finished by calling again, and a half that is TERMINATED, was
 * refused, or has not heard yet that its other half is gone is mended. A link that stands the other way round is kept as
 * it is. A change of the dialer's `meta` is made in place: same ids, connection kept.
 *
 * What may be somebody else's is not touched: a dialer of another cluster, an acceptor that another cluster uses, a name
 * that the other role has.
 *
 * Consul: as {@link plan}, then `POST /v1/peering/token` and `POST /v1/peering/establish`, `DELETE /v1/peering/:name` for
 * an acceptor that will never serve again; needs `peering:write`, since Consul 1.13.
 *
 * A token that Consul refuses is no use to anybody: the acceptor that this call made for it is then removed, where a
 * fresh read shows that nobody else has touched it. Otherwise `left_behind` names what stands on each side. An abort or a
 * timeout deletes nothing.
 *
 * @param acceptor - The side that makes the token.
 * @param dialer - The side that establishes with it.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns Both sides, ACTIVE, and whether anything was written.
 * @throws {@link PeeringError}
 * - `invalid`, `same_cluster`, `peer_mismatch`, `role_conflict`: refused before anything was written.
 * - `external_addresses_unknown`: an acceptor that has been in use needs a new token; name its external addresses, or
 *   `[]`. Nothing was written.
 * - `server_misconfigured`: the acceptor's cluster generates no tokens. `left_behind` names an acceptor that stays.
 * - `unreachable`, `tls_failed`: the token's addresses do not respond, or not with the right certificate.
 * - `not_active`: accepted, and FAILING for 15 seconds since.
 *
 * @example
 * ```ts
 * await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu", meta: { team: "payments" } });
 * ```
 */
export function connect(acceptor: Side, dialer: Side, options?: CallOptions): Promise<Linked>;

/** Options of {@link rotate}. */
export interface RotateOptions extends CallOptions {
  /**
   * `true`: returns the plan of the rotation, and changes nothing.
   *
   * @defaultValue false
   */
  dryRun?: boolean | undefined;
}

/**
 * Gives a link a new secret: a new token on the acceptor, used by the dialer at once. Same ids, connection kept, the
 * dialer's `meta` carried over unless given.
 *
 * Consul: as {@link connect}, since Consul 1.13.
 *
 * @param acceptor - The side that makes the token.
 * @param dialer - The side that establishes with it.
 * @param options - `timeout`, `signal` and `onProgress`.
 * @returns Both sides, ACTIVE, `changed: true`.
 * @throws {@link PeeringError} `not_active`: the two sides are not linked with each other; {@link connect} does that.
 *   `external_addresses_unknown`: name the acceptor's `server_external_addresses`, or `[]`. Otherwise as
 *   {@link connect}.
 *
 * @example
 * ```ts
 * await rotate({ cluster: eu, peer_name: "us", server_external_addresses: [] }, { cluster: us, peer_name: "eu" });
 * ```
 */
export function rotate(
  acceptor: Side,
  dialer: Side,
  options?: RotateOptions & { dryRun?: false | undefined },
): Promise<Linked>;
/**
 * As a dry run: the plan of the rotation, with nothing changed.
 *
 * Consul: `GET /v1/peerings` and what {@link plan} reads, since Consul 1.13.
 *
 * @param acceptor - The side that would make the token.
 * @param dialer - The side that would establish with it.
 * @param options - `dryRun: true`, and the others.
 * @returns The plan.
 * @throws {@link PeeringError} as the rotation itself, before it changes anything.
 *
 * @example
 * ```ts
 * const acceptor = { cluster: eu, peer_name: "us", server_external_addresses: [] };
 * const { steps } = await rotate(acceptor, { cluster: us, peer_name: "eu" }, { dryRun: true });
 * ```
 */
export function rotate(acceptor: Side, dialer: Side, options: RotateOptions & { dryRun: true }): Promise<Plan>;

/** Options of {@link disconnect}. */
export interface DisconnectOptions extends CallOptions {
  /**
   * `true`: deletes the peerings of both names, whatever they are linked with.
   *
   * @defaultValue false
   */
  force?: boolean | undefined;
  /**
   * `true`: returns what would be deleted, and deletes nothing.
   *
   * @defaultValue false
   */
  dryRun?: boolean | undefined;
}

/** What {@link disconnect} has deleted. */
export interface Disconnected {
  /** On the side named first; `null`: there was nothing. */
  a: Peering | null;
  /** On the side named second; `null`: there was nothing. */
  b: Peering | null;
}

/**
 * Takes a link apart: deletes both sides and resolves when both are gone. A link of which one half is gone already is
 * finished.
 *
 * Only what is proven to be this pair is deleted, or was never linked: the dialer has the acceptor's id, or names the
 * acceptor's cluster, and the CAs in the acceptor name the dialer's cluster.
 *
 * Consul, on both clusters: as {@link plan}, then `DELETE /v1/peering/:name`; needs `peering:write`, since Consul 1.13.
 *
 * @param a - One side, either of them.
 * @param b - The other side.
 * @param options - `timeout`, `signal`, `onProgress`, `force` and `dryRun`.
 * @returns What was deleted on each side; `null` where there was nothing.
 * @throws {@link PeeringError} `invalid`: a side. `peer_mismatch`: what stands is linked with somebody else, or that cannot be told; nothing
 *   was sent. Where one side was deleted and the other was not, `left_behind` says so.
 *
 * @example
 * ```ts
 * await disconnect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
 * ```
 */
export function disconnect(a: Side, b: Side, options?: DisconnectOptions): Promise<Disconnected>;

/** Options of {@link mesh}. */
export interface MeshOptions extends CallOptions {
  /**
   * How many writes run at once. Waiting counts for none.
   *
   * @defaultValue 16
   */
  concurrency?: number | undefined;
  /**
   * `true`: plans only.
   *
   * @defaultValue false
   */
  dryRun?: boolean | undefined;
}

/** What became of one pair of a mesh. */
export interface MeshPair {
  /** Alias of the side that accepts. Of a link that stands already, {@link Plan.reversed} tells its direction. */
  acceptor: string;
  /** Alias of the side that dials. */
  dialer: string;
  /** Linked before; linked by this call; would be linked, with `dryRun`; or not. */
  status: "linked" | "changed" | "planned" | "failed";
  /** What was to be done when it was first looked at. */
  plan: Plan;
  /** Why, with `"failed"`. */
  error?: PeeringError;
}

/** What became of every pair of a mesh. */
export interface MeshResult {
  /** No pair has failed. */
  ok: boolean;
  /** Every pair, in the order in which the clusters were named. */
  pairs: MeshPair[];
}

/**
 * Links every cluster with every other. Each calls the other by its alias; a pair that is linked under other names
 * already counts as linked. The side with external addresses accepts, otherwise the smaller alias; a link that stands
 * keeps its direction.
 *
 * Everything is written as soon as it can be, because Consul's leader takes up to five seconds however many peerings
 * wait for it: a mesh of any size is up after about two such rounds. A pair that fails stops no other, and does not make
 * the call reject. Calling again finishes what is left.
 *
 * Consul: as {@link connect}; while waiting, one `GET /v1/peerings` of each cluster every 250 ms. Since
 * Consul 1.13.
 *
 * @param clusters - The clusters, each under the alias by which the others are to call it.
 * @param options - `timeout`, `signal`, `onProgress`, `concurrency` and `dryRun`.
 * @returns What became of each pair, when each is linked or has failed.
 * @throws {@link PeeringError} `invalid`: an alias that is no peer name, or a cluster that cannot be one.
 *
 * @example
 * ```ts
 * const { ok, pairs } = await mesh({ eu, us, ap: { cluster: ap, server_external_addresses: ["ap.example:8503"] } });
 * ```
 */
export function mesh(
  clusters: Record<string, Cluster | Omit<Side, "peer_name">>,
  options?: MeshOptions,
): Promise<MeshResult>;

// ---------------------------------------------------------------------------------------------------------------------
// Looking on
// ---------------------------------------------------------------------------------------------------------------------

/** Options of {@link watch}. It has no timeout. */
export interface WatchOptions {
  /** Ends it: the value that is waited for rejects with `signal.reason` itself. */
  signal?: SignalLike | undefined;
  /**
   * Milliseconds within which what Consul only computes is seen: ACTIVE, FAILING, heartbeats. What it stores is seen at
   * once.
   *
   * @defaultValue 2000
   */
  interval?: number | undefined;
  /**
   * Receives an event when contact with the cluster is lost (`"retry"` for each failed request, `"no_response"`) and when
   * it is regained (`"recovered"`).
   */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Watches all peerings of a cluster: yields the peerings at once, and again after each change, never the same twice.
 * `break` and `return()` end it and whatever it waits for.
 *
 * Consul: blocking `GET /v1/peerings?index=…&wait=…`, one at a time; where Consul does not block (before 1.14.8, 1.15.3,
 * 1.16) or does not show its index (CORS), it is asked every `interval`; so is a peering that does not stand yet, of which
 * Consul tells no index. Needs `peering:read`, since Consul 1.13.
 *
 * Before the first value, what goes wrong rejects. Afterwards it outlasts what may pass: a server that restarts, a leader
 * being elected, a network that is down. A right that was taken away ends it.
 *
 * @param cluster - The agent to ask: its address, or its address and more.
 * @param options - `signal`, `interval` and `onProgress`.
 * @returns All peerings at once, and again for each difference.
 * @throws {@link PeeringError} `invalid`: an option, or the name.
 *
 * @example
 * ```ts
 * for await (const peerings of watch(us)) {
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
 * @param cluster - The agent to ask: its address, or its address and more.
 * @param ref - The peering: its name, or a peering that was read.
 * @param options - `signal`, `interval` and `onProgress`.
 * @returns The peering at once, and again for each difference; `null` while there is none.
 * @throws {@link PeeringError} `invalid`: an option, or the name.
 */
export function watch(cluster: Cluster, ref: Ref, options?: WatchOptions): AsyncIterableIterator<Peering | null>;

/** Options of {@link health}. */
export interface HealthOptions {
  /** The moment to judge at. Default: now. */
  now?: Date | undefined;
  /**
   * An earlier reading of the same peering: adds what became worse since. Where data flows all the time it also shows
   * that a first heartbeat is overdue, or that a missing service stays missing.
   */
  previous?: Peering | null | undefined;
  /**
   * The other side, read from the other cluster at about the same time; `null`: it does not exist there. Left out: not
   * read. Adds whether both belong together, and whether each imports what the other exports.
   */
  other?: Peering | null | undefined;
  /**
   * The identity of the cluster that `other` was read from, as {@link identify} gives it. Adds whether that is another
   * cluster than this peering was made with, or that cluster rebuilt.
   */
  otherCluster?: ClusterIdentity | null | undefined;
}

/**
 * How a peering is.
 *
 * - `"healthy"`: ACTIVE, with heartbeats.
 * - `"starting"`: not connected yet, or only just: PENDING with an unused token, ESTABLISHING, waiting for the first
 *   heartbeat for up to 30 seconds.
 * - `"degraded"`: works, but needs attention: no heartbeat, or none for two minutes, a CA that expires within 30 days,
 *   services that are not imported.
 * - `"broken"`: no connection, or none that can be made again: FAILING, TERMINATED, PENDING with a refused token or after
 *   a restart of the servers, one-sided, an expired CA, ACTIVE before and not now.
 * - `"ending"`: being deleted.
 */
export type Verdict = "healthy" | "starting" | "degraded" | "broken" | "ending";

/** What was observed about a peering. */
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
  /** About the connection: connected, and the first heartbeat is not due yet. */
  | "heartbeat_pending"
  /** About the connection: connected, and no heartbeat has come. */
  | "heartbeat_missing"
  /** About the connection: the last heartbeat is more than two minutes old. */
  | "heartbeat_old"
  /** About the connection: the other cluster's CA expires within 30 days. */
  | "ca_expires_soon"
  /** About the connection: the other cluster's CA has expired. */
  | "ca_expired"
  /** With `previous`: the peering was deleted and recreated since the previous reading. */
  | "recreated"
  /** With `previous`: the peering was ACTIVE in the previous reading and is not now. */
  | "was_active"
  /** With `previous`: the dialer leads to another cluster than in the previous reading. */
  | "leads_elsewhere"
  /** With `previous`: services of the previous reading are no longer imported. */
  | "services_lost"
  /** With `other`: the peering does not exist on the other cluster. */
  | "one_sided"
  /** With `other`: the peering on the other cluster is another one. */
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
  /** With `other` and `otherCluster`: the peering was made with another cluster than the one given as its other side. */
  | "wrong_cluster"
  /** With `other` and `otherCluster`: the other cluster was rebuilt since the peering was made, or is another one of the same datacenter name. */
  | "rebuilt";

/** One observation about a peering. */
export interface HealthCheck {
  /**
   * What was observed, for programs. About the addresses that a dialer uses, the rule of the same warning of
   * {@link validatePeering}, such as `host_names`, and if it never connected `private_address`: never a reason for another
   * verdict. More codes may follow.
   */
  code: HealthCode | (string & {});
  /** The verdict that this alone would give. */
  verdict: Verdict;
  /** The observation, for people. */
  text: string;
}

/** The verdict on a peering. */
export interface Health {
  /** The worst verdict of all checks; `"healthy"` where there is none. */
  verdict: Verdict;
  /** The texts of the checks. Empty where there is nothing to report. */
  reasons: string[];
  /** The checks themselves, for programs. */
  checks: HealthCheck[];
}

/**
 * Judges a peering that was read: synchronous, without network.
 *
 * @param peering - The peering, as {@link read} or {@link list} gave it.
 * @param options - The moment to judge at, an earlier reading, and the other side with its cluster.
 * @returns The verdict with its reasons, and the checks behind them.
 * @throws {@link PeeringError} `invalid`: not a peering as {@link read} gives it.
 *
 * @example
 * ```ts
 * const peering = await read(us, "eu");
 * if (peering && health(peering).verdict !== "healthy") process.exitCode = 3;
 * ```
 */
export function health(peering: Peering, options?: HealthOptions): Health;

/** Options of {@link troubleshoot}. */
export interface TroubleshootOptions extends CallOptions {
  /** Follow this service alone, from its exporter to its importer. By default, all that cross the peering. */
  service?: string;
}

/**
 * What a check of {@link troubleshoot} is about:
 *
 * - `peering.*`: the peering itself, as {@link health} judges it. `other_side`, `rebuilt` and `address_drift` need both
 *   clusters.
 * - `mode.*`: whether servers peer through mesh gateways, against the registered gateways and the addresses that the other
 *   side dials.
 * - `gateways.*`: mesh gateways for calls between services: registered, passing, reachable, not turned off for proxies.
 * - `exports.*`: what is exported, to peers that exist, with instances, and imported by the other side.
 * - `imports.*`: instances of imported services, and names that local services have as well.
 * - `intentions.*`: whether the other cluster may call what is exported.
 * - `routing.*`: peers and protocols of redirects and failover.
 * - `datacenters.primary`: federated datacenters, whose config entries are written in the primary one.
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
  | "exports.arrived"
  | "imports.instances"
  | "imports.local_name"
  | "intentions.allowed"
  | "intentions.peers"
  | "intentions.protocol"
  | "routing.peers"
  | "routing.protocol"
  | "datacenters.primary";

/** One check of {@link troubleshoot}. */
export interface Check {
  /** What was checked, for programs. More ids may follow. */
  id: CheckId | (string & {});
  /**
   * `"fail"`: calls do not work, or will not. `"warning"`: it may be intended, or concerns other peerings. `"skipped"`: it
   * could not be checked, because of a missing right or because Consul did not answer.
   */
  status: "pass" | "warning" | "fail" | "skipped";
  /** The address of the cluster that it is about. */
  cluster: string;
  /** What that cluster calls the other one. */
  peer_name: string;
  /** What was found, for people. */
  message: string;
  /**
   * What to paste: a config entry for `consul config write`, a command, or a setting. A config entry replaces the existing
   * one, so it repeats what that has. Null where the check passes, or there is no one fix.
   */
  fix: string | null;
  /** What was found, for programs: names of services, peers, nodes, or addresses, by their kind. */
  evidence: Record<string, string[]>;
  /** The ACL rules that are missing, one on each line; null where the check was not skipped for lack of a right. */
  needs: string | null;
}

/** A service on its way from the cluster that exports it to the one that imports it. */
export interface ServiceAcross {
  /** Its name on the exporting cluster. */
  name: string;
  /** The address of the cluster; of one that was not given, what the other calls it. */
  exporter: string;
  /** As `exporter`. */
  importer: string;
  /** Whether it is exported to this peer. A service that does not exist can be, too. */
  exported: boolean;
  /** Whether the importing cluster lists it as imported; false where that was not given. */
  imported: boolean;
  /**
   * Its instances, and those that pass their health checks, as the importing cluster has them, or else the exporting one.
   * Null where they could not be read.
   */
  instances: {
    /** How many instances there are. */
    total: number;
    /** How many of them pass their health checks. */
    passing: number;
  } | null;
  /** Its names in Consul's DNS in the importing cluster, in the domain `consul`. */
  dns: string[];
  /** For the `proxy` block of a sidecar in the importing cluster, in HCL. The port is free to choose. */
  upstream: string;
  /** The ids of the checks that fail or warn for it. */
  problems: (CheckId | (string & {}))[];
}

/** What {@link troubleshoot} found. */
export interface Troubleshooting {
  /** No check fails. Warnings and skipped checks may be among them. */
  ok: boolean;
  /** Every check on each side, in the order in which a request passes: the peering first, the services last. */
  checks: Check[];
  /** The services that cross the peering, in both directions. */
  services: ServiceAcross[];
}

/**
 * Finds out why a service of one cluster cannot be called from the other, although the peering is ACTIVE: it is not
 * exported, or to a misspelt peer; it does not arrive; no intention allows the call; there is no gateway on the way.
 *
 * Reads only, on both clusters side by side. What the ACL token may not read is skipped and names the missing rule; it
 * never passes. `peering = "read"` is enough to start. This is enough for everything:
 *
 * ```hcl
 * peering = "read"
 * mesh    = "read"
 * service_prefix "" { policy = "read" }
 * node_prefix    "" { policy = "read" }
 * ```
 *
 * What was exported a moment ago may be on its way: it is looked for again for up to 5 seconds.
 *
 * Consul: `GET /v1/peerings` (`peering:read`), `/v1/config/exported-services/default` (`mesh:read` or `operator:read`),
 * `/v1/config/mesh/mesh`, `/v1/config/proxy-defaults/global` and `/v1/catalog/datacenters` (no right),
 * `/v1/config/service-resolver`, `/v1/config/service-defaults` and `/v1/connect/intentions` (`service:read`),
 * `/v1/catalog/services`, `/v1/catalog/service/consul` and `/v1/health/service/:name` (`service:read` and `node:read`);
 * since Consul 1.13. What the token may read is asked of `POST /v1/internal/acl/authorize`.
 *
 * @param side - One cluster, and what it calls the other.
 * @param other - The other cluster. Without it, what one cluster alone tells is checked.
 * @param options - `service`, `timeout`, `signal` and `onProgress`.
 * @returns The checks, and the services that cross the peering.
 * @throws {@link PeeringError} `invalid`, `network`, `timeout`, `acl_token_unknown`, `wrong_datacenter`,
 *   `connect_disabled`: a cluster could not be asked. A check that fails is a result, no error.
 *
 * @example
 * ```ts
 * const { ok, checks } = await troubleshoot({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
 * for (const { id, message, fix } of checks.filter(({ status }) => status === "fail")) console.log(id, message, fix);
 * if (!ok) process.exitCode = 3;
 * ```
 */
export function troubleshoot(side: Side, other?: Side | null, options?: TroubleshootOptions): Promise<Troubleshooting>;
