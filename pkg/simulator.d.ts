/**
 * Simulated Consul clusters in memory that peer with each other and respond like real ones, for tests of your automation
 * and for experiments. Requires Node or a runtime with Node's modules.
 *
 * ```ts
 * import { startSimulator } from "consul-peering/simulator";
 * import { establish, generateToken } from "consul-peering";
 *
 * const simulator = await startSimulator({ clusters: ["east", "west"], speed: 100 });
 * try {
 *   const { east, west } = simulator.clusters;
 *   const peering_token = await generateToken(east, { peer_name: "west" });
 *   await establish(west, { peer_name: "east", peering_token }); // ACTIVE
 * } finally {
 *   await simulator.stop();
 * }
 * ```
 *
 * ## What is simulated
 *
 * The five endpoints of peering with the order of their checks and the leftovers of each refusal; blocking queries; ACLs;
 * the leader, which processes changed peerings immediately up to five times in a row and then every five seconds; the
 * streams between clusters with their ends and retries (after 2, 4, 8 … 64 s); restarts and lost leaders; the paths,
 * methods and headers of the HTTP API. Recordings of Consul 1.22.7, 1.22.3 and 1.19.2 are replayed against it, and
 * hundreds of requests are sent to it and to a real 1.22.7 for comparison.
 *
 * Everything that `troubleshoot` reads is simulated as well: services and checks in the catalog and in health, config
 * entries, intentions, exported services, and the services that a peer imports about 40 ms after a change. Set them up as
 * on a real cluster, by requests to its HTTP API:
 *
 * ```ts
 * import { startSimulator } from "consul-peering/simulator";
 *
 * const simulator = await startSimulator({ clusters: ["east", "west"] });
 * const { east } = simulator.clusters;
 * const put = (path: string, body: object) =>
 *   fetch(east.address + path, { method: "PUT", body: JSON.stringify(body) });
 * await put("/v1/agent/service/register", { Name: "web", Port: 80, Check: { TTL: "60m", Status: "passing" } });
 * await put("/v1/config", {
 *   Kind: "exported-services",
 *   Name: "default",
 *   Services: [{ Name: "web", Consumers: [{ Peer: "west" }] }],
 * });
 * await put("/v1/agent/check/fail/service:web", {}); // the instance becomes critical, also on the importing cluster
 * ```
 *
 * | Request                                                                                | Subject                                                           |
 * | -------------------------------------------------------------------------------------- | ----------------------------------------------------------------- |
 * | `POST /v1/peering/token`, `POST /v1/peering/establish`                                 | Generate a token; establish with it                               |
 * | `GET /v1/peering/<name>`, `DELETE /v1/peering/<name>`, `GET /v1/peerings`              | Peerings                                                          |
 * | `PUT /v1/agent/service/register`, `PUT /v1/agent/service/deregister/<id>`              | Services of the server's agent, sidecars, gateways                |
 * | `PUT /v1/agent/check/pass/<id>`, `warn`, `fail`, `update`                              | The status of a TTL check                                         |
 * | `PUT /v1/catalog/register`, `PUT /v1/catalog/deregister`                               | Services and checks of other nodes                                |
 * | `PUT /v1/config`, `GET /v1/config/<kind>`, `GET` and `DELETE /v1/config/<kind>/<name>` | Config entries                                                    |
 * | `GET /v1/catalog/services`, `GET /v1/catalog/service/<name>`                           | Services and their instances                                      |
 * | `GET /v1/health/service/<name>`, also with `?peer=` and `?passing`                     | Instances with their checks, or imported ones                     |
 * | `GET /v1/health/connect/<name>`, also with `?peer=`                                    | The sidecar proxies of a service, or its Connect-native instances |
 * | `GET /v1/connect/intentions`, `GET /v1/connect/intentions/check`                       | Intentions; whether they allow a connection                       |
 * | `GET /v1/exported-services`                                                            | Exported services                                                 |
 * | `GET /v1/agent/version`, `GET /v1/agent/self`                                          | The agent; of `self`, only `Config`                               |
 * | `GET /v1/status/leader`, `GET /v1/status/peers`                                        | The leader and the servers                                        |
 * | `GET /v1/catalog/datacenters`, `GET /v1/connect/ca/roots`                              | The datacenters and certificate authorities                       |
 * | `GET /v1/acl/token/self`, `POST /v1/internal/acl/authorize`                            | The ACL token of the request, and its permissions                 |
 *
 * ## What is not simulated
 *
 * - Other endpoints of the catalog and of health, coordinates, and the endpoints of Consul's UI: the response is 404.
 *   Config entries of other kinds than exported-services, mesh, proxy-defaults, service-defaults, service-intentions and
 *   service-resolver.
 * - Running checks: a check keeps its last status, and TTLs do not expire.
 * - Filters, except for `ServiceKind`: the response to others is 501. The query parameters `tag`, `near`, `node-meta` and
 *   `dc` are ignored.
 * - Virtual addresses of services without a sidecar proxy. A redirect of an exported service to a peer is not refused.
 * - `/v1/agent/self`, except for `Config`, which identifies the agent.
 * - ACL policies and roles: an ACL token has its own rules, and its only policy in `/v1/acl/token/self` has no name.
 *   `/v1/internal/acl/authorize` applies {@link AclRules}; other resources follow the default policy.
 * - Clusters of several servers, renewed certificate authorities, partitions, TLS between a client and an agent.
 * - Mesh gateways, except for their registration and their addresses in peering tokens and at dialers. Only the gateways in
 *   the options are reachable.
 * - Servers that restart without their data or without a certificate, and servers other than Consul, such as a proxy that
 *   terminates TLS or a port without TLS.
 * - JSON without indentation: responses are indented, as in `-dev` mode or with `?pretty`.
 * - Processes of services: a registered service does not listen.
 * - Refused connections: while a server is down, a connection over a socket is accepted and closed.
 * - Other versions than 1.22.7, 1.22.3 and 1.19.2 are simulated by their documented changes, without a comparison.
 *
 * @module consul-peering/simulator
 */

import type { FetchLike } from "./index.js";

/**
 * Starts simulated clusters that can reach each other.
 *
 * @param options - The clusters and their speed. Default: `eu` and `us`, as fast as real clusters.
 * @returns The running clusters, and methods to cause failures. Call {@link Simulator.stop} at the end.
 * @throws TypeError - If an option is unknown or has an invalid value.
 */
export function startSimulator(options?: SimulatorOptions): Promise<Simulator>;

/** Options of {@link startSimulator}. */
export interface SimulatorOptions {
  /** The clusters, by name or with options. @defaultValue `["eu", "us"]` */
  clusters?: (string | SimulatedClusterOptions)[] | undefined;
  /**
   * Divides Consul's own durations: the leader's cycle of up to 5 s, removals, the 11 to 13 s of a denied read, the 3 s
   * for which an establish retries unreachable addresses, the 7 to 11 s for which a request waits for a leader (a read:
   * six times as long), and heartbeats. Durations that the caller sets (`wait`, the duration of a fault) do not change.
   *
   * @defaultValue 1
   */
  speed?: number | undefined;
  /** Determines ids, secrets and random delays. Default: a random seed, see {@link Simulator.seed}. */
  seed?: number | undefined;
  /** `false`: opens no sockets; the clusters are reachable only by their `fetch`. @defaultValue true */
  listen?: boolean | undefined;
  /** The clock, for example a {@link ManualClock}. Default: the system clock. */
  clock?: Clock | undefined;
}

/** Options of one cluster. Settings of Consul's configuration have the same names. */
export interface SimulatedClusterOptions {
  /** Its key in {@link Simulator.clusters}. */
  name: string;
  /** The name of its datacenter. Default: {@link SimulatedClusterOptions.name}. */
  datacenter?: string | undefined;
  /** The simulated version of Consul, 1.13 or later. @defaultValue "1.22.7" */
  version?: string | undefined;
  /** Enables ACLs. The cluster then has a {@link SimulatedCluster.token} with all permissions. Default: disabled. */
  acl?: true | AclOptions | undefined;
  /** `false`: `peering { enabled = false }`. @defaultValue true */
  peering?: boolean | undefined;
  /** `false`: `connect { enabled = false }`. @defaultValue true */
  connect?: boolean | undefined;
  /** `false`: the servers have no gRPC port with TLS, and cannot generate peering tokens. @defaultValue true */
  grpc_tls?: boolean | undefined;
  /**
   * The addresses (`host:port`) of its mesh gateways, which its peering tokens contain. Registers them as the service
   * `mesh-gateway`, and sets `PeerThroughMeshGateways` in the config entry `mesh`. `[]`: registers none, so that peering
   * tokens cannot be generated. Default: peering without gateways.
   */
  mesh_gateways?: string[] | undefined;
  /** Its trust domain; the datacenters of a federation share one. Default: a random one. */
  trust_domain?: string | undefined;
  /** The other datacenters of its federation. Default: none. */
  other_datacenters?: string[] | undefined;
  /** The node name of its server. Default: `<name>-server`. */
  node_name?: string | undefined;
  /** `http_config.response_headers`, for example for CORS. */
  response_headers?: Record<string, string> | undefined;
  /** `http_config.block_endpoints`: prefixes of forbidden paths. */
  block_endpoints?: string[] | undefined;
  /** `true`: refuses all writes, as with `http_config.allow_write_http_from`. @defaultValue false */
  restrict_writes?: boolean | undefined;
  /** The server address (`host:port`) in its peering tokens. No port is opened for it. Default: a loopback address. */
  server_address?: string | undefined;
  /** External addresses (`host:port`) at which it is reachable, for `server_external_addresses`. Default: none. */
  external_addresses?: string[] | undefined;
  /** All addresses at which other clusters can dial it. Default: `server_address` and `external_addresses`. */
  reachable?: string[] | undefined;
  /** The exported services with their peers: `{ billing: ["west"] }`. Does not register the services. Default: none. */
  exported_services?: Record<string, string[]> | undefined;
}

/** ACL settings of a simulated cluster. */
export interface AclOptions {
  /** Applies to requests without a matching rule. @defaultValue "deny" */
  default_policy?: "allow" | "deny" | undefined;
  /** The secret of the ACL token with all permissions. Default: a random one. */
  management?: string | undefined;
  /** The rules of further ACL tokens, by secret. Default: none. */
  tokens?: Record<string, AclRules> | undefined;
}

/** The rules of an ACL token. */
export interface AclRules {
  /** The rule for peerings; `"write"` includes reading. Default: none. */
  peering?: "read" | "write" | undefined;
  /** The operator rule; `"read"` also allows reading and listing peerings. Default: none. */
  operator?: "read" | "write" | undefined;
  /** The rule for agents. Default: none. */
  agent?: "read" | "write" | undefined;
  /** The mesh rule, which applies to exported services. Default: the operator rule. */
  mesh?: "read" | "write" | undefined;
  /**
   * The rule for all services and their config entries, or rules by service name: `{ web: "read" }`. Includes permission
   * to read intentions, but not to write them. Default: none.
   */
  service?: "read" | "write" | Record<string, "read" | "write"> | undefined;
  /** The rule for all nodes. Default: none. */
  node?: "read" | "write" | undefined;
  /** `true`: all permissions. @defaultValue false */
  management?: boolean | undefined;
  /** The accessor id, which occurs in Consul's error messages. Default: a random one. */
  accessor?: string | undefined;
}

/** Running clusters. */
export interface Simulator {
  /**
   * The clusters by name, for the cluster parameter of every function. A call with the object uses its `fetch`, without a
   * socket; a call with its `address` uses the loopback interface.
   */
  readonly clusters: Record<string, SimulatedCluster>;
  /** The version that clusters simulate by default: "1.22.7". */
  readonly version: string;
  /** The clock in use. */
  readonly clock: Clock;
  /** The seed in use; pass it to {@link startSimulator} to reproduce a run. */
  readonly seed: number;
  /**
   * Adds a fault for matching requests.
   *
   * @throws TypeError - If a member is unknown or has an invalid value.
   */
  fault(fault: Fault): OrderedFault;
  /**
   * Restarts the server of a cluster. Its records remain; its streams and pending requests are lost. On the other side,
   * the peering is FAILING. On the restarted side, it has its stored state (PENDING for an acceptor, ESTABLISHING for a
   * dialer) until the stream is open again: a restarted dialer connects immediately, the dialer of a restarted acceptor
   * on its next retry.
   *
   * @param cluster - The name of the cluster.
   * @param ms - How long the server is down, in milliseconds; `Infinity` for permanently. Default: 0.
   * @throws TypeError - If the cluster does not exist.
   */
  restart(cluster: string, ms?: number): void;
  /**
   * Removes the leader of a cluster for a time. Requests that need a leader wait for 7 to 11 s
   * ({@link SimulatorOptions.speed}), and are then refused with 500 `No cluster leader`. The new leader has no streams, as
   * after a restart.
   *
   * @param cluster - The name of the cluster.
   * @param ms - How long there is no leader, in milliseconds.
   * @throws TypeError - If the cluster does not exist.
   */
  loseLeader(cluster: string, ms: number): void;
  /**
   * Replaces the exported services of a cluster: writes the config entry `exported-services`, or deletes it if there are
   * none. The peers import the services about 40 ms later.
   *
   * @param cluster - The name of the cluster.
   * @param services - The peers of each service: `{ billing: ["west"] }`.
   * @throws TypeError - If the cluster does not exist.
   */
  exportServices(cluster: string, services: Record<string, string[]>): void;
  /** Stops all clusters, and closes their connections, timers and ports. */
  stop(): Promise<void>;
}

/** A running cluster, for the cluster parameter of every function. */
export interface SimulatedCluster {
  /** `http://127.0.0.1:<port>`; with `listen: false`, only {@link SimulatedCluster.fetch} can reach it. */
  address: string;
  /** Sends a request to this cluster without a socket. Does not follow redirects. */
  fetch: FetchLike;
  /** The ACL token with all permissions, if ACLs are enabled. */
  token?: string;
}

/** A fault, and the requests to which it applies. If several faults match a request, all apply. */
export type Fault = FaultMatch & FaultKind;

/** The kind of a fault, with its parameters. */
export type FaultKind =
  DelayFault | ConnectionFault | BusyFault | LeaderFault | ProxyFault | RedirectFault | RestartFault;

/** Delays the request before Consul receives it. */
export interface DelayFault {
  /** Which fault. */
  kind: "delay";
  /** The delay in milliseconds. @defaultValue 1000 */
  ms?: number;
}

/** Closes the connection, or replaces the response. */
export interface ConnectionFault {
  /**
   * - `"drop_before"`: the connection is closed before Consul receives the request.
   * - `"drop_after"`: Consul executes the request, and the connection is closed before the response.
   * - `"cut"`: Consul executes the request, and the connection is closed in the middle of the response body.
   * - `"gateway_timeout"`: Consul executes the request, and a proxy responds with 504.
   */
  kind: "drop_before" | "drop_after" | "cut" | "gateway_timeout";
}

/** Consul refuses the request because it is overloaded, without executing it. */
export interface BusyFault {
  /** `"rate_limited"`: 429. `"unavailable"`: 503. */
  kind: "rate_limited" | "unavailable";
  /** The value of the header `Retry-After`, in whole seconds. Default: no header. */
  retry_after?: number;
}

/** The cluster loses its leader on this request: see {@link Simulator.loseLeader}. */
export interface LeaderFault {
  /** Which fault. */
  kind: "leader_lost";
  /** How long there is no leader, in milliseconds. @defaultValue 2000 */
  ms?: number;
}

/** A proxy responds with an HTML page; Consul does not receive the request. */
export interface ProxyFault {
  /** Which fault. */
  kind: "proxy_page";
  /** HTTP status. @defaultValue 502 */
  status?: number;
}

/** The response is a redirect; Consul does not execute the request. */
export interface RedirectFault {
  /** Which fault. */
  kind: "redirect";
  /** The value of the header `Location`. Default: the URL of a host that does not exist. */
  location?: string;
  /** HTTP status. @defaultValue 307 */
  status?: number;
}

/** The server restarts on this request: see {@link Simulator.restart}. */
export interface RestartFault {
  /** Which fault. */
  kind: "restart";
  /** How long the server is down, in milliseconds. @defaultValue 500 */
  ms?: number;
  /** Whether Consul executes the request before the restart. @defaultValue false */
  acted?: boolean;
}

/** The requests to which a fault applies. */
export interface FaultMatch {
  /** A pattern or predicate for requests. Default: all requests. */
  match?:
    | {
        /** The name of the cluster. */
        cluster?: string;
        /** `"GET"`, `"POST"`, … */
        method?: string;
        /** The complete path without the query, or a regular expression for it. */
        path?: string | RegExp;
      }
    | ((request: { cluster: string; method: string; path: string; headers: Record<string, string> }) => boolean)
    | undefined;
  /** The number of requests; `Infinity` for all. @defaultValue 1 */
  times?: number | undefined;
}

/** A fault that was added. */
export interface OrderedFault {
  /** The number of requests to which it was applied. */
  readonly hits: number;
  /** Removes the fault. */
  remove(): void;
}

/** A clock for the simulator. */
export interface Clock {
  /** The time in milliseconds since 1970. */
  now(): number;
  /**
   * Calls `action` after `ms` milliseconds. A `background` timer does not keep the process alive.
   *
   * @returns The timer, for {@link Clock.clearTimeout}.
   */
  setTimeout(action: () => void, ms: number, how?: { background?: boolean }): unknown;
  /** Cancels a timer. */
  clearTimeout(timer: any): void;
  /** Advances a {@link ManualClock} by `ms` milliseconds. */
  advance?(ms: number): Promise<void>;
}

/** A clock that advances only manually. */
export class ManualClock implements Clock {
  /** @param now - The initial time in milliseconds since 1970. Default: the current time. */
  constructor(now?: number);
  /** The time in milliseconds since 1970. */
  now(): number;
  /**
   * Calls `action` after the clock was advanced by `ms` milliseconds.
   *
   * @returns The timer, for {@link ManualClock.clearTimeout}.
   */
  setTimeout(action: () => void, ms: number): number;
  /** Cancels a timer. */
  clearTimeout(timer: number): void;
  /** When the next timer is due, in milliseconds since 1970; undefined if there is no timer. */
  readonly next: number | undefined;
  /** Advances the time by `ms` milliseconds, and runs the timers that become due, in their order. */
  advance(ms: number): Promise<void>;
}
