/**
 * Consul clusters in memory that peer with each other and answer like real ones, for tests of your own automation and
 * for trying things out. Needs Node, or a runtime with Node's modules.
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
 * The five endpoints of peering with their checks, in order, and the leftovers of each refusal; blocking queries; ACLs; the
 * leader, which reads all peerings at once up to five times in a row and then every five seconds; the streams between
 * clusters with their ends and retries (after 2, 4, 8 … 64 s); restarts and lost leaders; the paths, methods and
 * headers of the HTTP API; and a few other endpoints for managing peerings: `/v1/agent/self` and
 * `/v1/agent/version`, `/v1/status/leader` and `/v1/status/peers`, `/v1/catalog/datacenters`, `/v1/connect/ca/roots`,
 * `/v1/internal/acl/authorize`, `/v1/acl/token/self`. Recordings of Consul 1.22.7, 1.22.3 and 1.19.2 are replayed
 * against it, and hundreds of requests are sent to it and to a real 1.22.7 for comparison.
 *
 * Everything that `troubleshoot` reads is simulated too: services and checks in the catalog and in health, config entries,
 * intentions, exported services, and what a peer imports of them some 40 ms after a change. Set them up as on a real
 * cluster, by requests to its HTTP API:
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
 * await put("/v1/agent/check/fail/service:web", {}); // the instance fails, also where it is imported
 * ```
 *
 * | request                                                          | what it does                                       |
 * | ---------------------------------------------------------------- | -------------------------------------------------- |
 * | `PUT /v1/agent/service/register`, `…/deregister/<id>`            | Services of the server's agent, sidecars, gateways |
 * | `PUT /v1/agent/check/pass/<id>`, `warn`, `fail`, `update`        | The status of a TTL check                          |
 * | `PUT /v1/catalog/register`, `/v1/catalog/deregister`             | Services and checks of other nodes                 |
 * | `PUT /v1/config`, `GET` and `DELETE /v1/config/<kind>/<name>`    | Config entries                                     |
 * | `GET /v1/catalog/services`, `/v1/catalog/service/<name>`         | Services and their instances                       |
 * | `GET /v1/health/service/<name>`, also with `?peer=` and `?passing` | Instances with their checks, or imported ones    |
 * | `GET /v1/connect/intentions`, `/v1/exported-services`            | Intentions, exported services                      |
 *
 * ## What is not simulated
 *
 * - Other endpoints: of the catalog, of health, coordinates, the UI's own. They are 404. Config entries may be written and
 *   read of the kinds exported-services, mesh, proxy-defaults, service-defaults, service-intentions and service-resolver.
 * - Checks are not run, and TTLs do not expire: a check keeps the status that it was given.
 * - Of filters, those for `ServiceKind` alone; another one is 501. The query parameters `tag`, `near`, `node-meta` and
 *   `dc` are ignored.
 * - What a peer imports of sidecar proxies, and virtual addresses of services without one.
 * - Of `/v1/agent/self`, all but `Config`, which identifies the agent.
 * - ACL policies and roles: a token has its own rules, and its one policy in `/v1/acl/token/self` has no name.
 *   `/v1/internal/acl/authorize` knows the resources of {@link AclRules}; all else follows the default policy.
 * - Clusters of several servers, renewed authorities, partitions, TLS between you and an agent.
 * - Mesh gateways, except for their registration and their addresses in tokens and at dialers. Only those of the options lead
 *   to a cluster.
 * - Servers that restart without their data or without a certificate, and other servers at an address: a proxy that
 *   terminates TLS, a port without TLS.
 * - JSON without indentation: it is printed as by agents in `-dev` mode or with `?pretty`.
 * - Services themselves: they are registered, and nothing listens.
 * - While a server is down, a connection over a socket is broken at once, instead of being refused.
 * - Versions other than 1.22.7, 1.22.3 and 1.19.2 are simulated by their known changes, and were not compared.
 *
 * @module consul-peering/simulator
 */

import type { FetchLike } from "./index.js";

/**
 * Starts clusters that know each other.
 *
 * @param options - Which clusters, and how quick they are. Default: `eu` and `us`, as quick as real ones.
 * @returns The clusters, ready, and what can be done to them. They run until {@link Simulator.stop}.
 * @throws TypeError where an option is not one that it knows.
 */
export function startSimulator(options?: SimulatorOptions): Promise<Simulator>;

/** Options of {@link startSimulator}. */
export interface SimulatorOptions {
  /** The clusters, by name or with options. @defaultValue `["eu", "us"]` */
  clusters?: (string | SimulatedClusterOptions)[] | undefined;
  /**
   * How many times faster than a real Consul: the leader's cycle of up to 5 s, removals, the 11 to 13 s
   * of a denied read, the 3 s of a token that leads nowhere, the 7 to 11 s for which a request waits for a leader (a
   * read six times as long), heartbeats. Durations of the caller (`wait`, the length of a fault) are not changed.
   *
   * @defaultValue 1
   */
  speed?: number | undefined;
  /** The same seed yields the same ids, secrets and random choices. Default: a new one, see {@link Simulator.seed}. */
  seed?: number | undefined;
  /** `false`: no sockets; the clusters are reached by their `fetch` alone. @defaultValue true */
  listen?: boolean | undefined;
  /** The time that counts, such as a {@link ManualClock}. Default: the machine's. */
  clock?: Clock | undefined;
}

/** One cluster to simulate. What Consul's own configuration has is named as there. */
export interface SimulatedClusterOptions {
  /** Its key in {@link Simulator.clusters}. */
  name: string;
  /** Default: the name. */
  datacenter?: string | undefined;
  /** What it answers like, from 1.13 on. @defaultValue "1.22.7" */
  version?: string | undefined;
  /** ACLs on, by default with `default_policy: "deny"`. Its cluster then has a `token` that may do everything. */
  acl?: true | AclOptions | undefined;
  /** `false`: `peering { enabled = false }`. @defaultValue true */
  peering?: boolean | undefined;
  /** `false`: `connect { enabled = false }`. @defaultValue true */
  connect?: boolean | undefined;
  /** `false`: the servers have no port for gRPC over TLS, and generate no tokens. @defaultValue true */
  grpc_tls?: boolean | undefined;
  /**
   * The addresses of its mesh gateways, which its tokens carry: they are registered as the service `mesh-gateway`, and
   * `PeerThroughMeshGateways` is set in its config entry `mesh`. `[]`: no gateway is registered, and it generates no
   * tokens. Default: it peers without gateways.
   */
  mesh_gateways?: string[] | undefined;
  /** Two datacenters of one federation have the same. Default: its own. */
  trust_domain?: string | undefined;
  /** Further datacenters of its federation, listed after its own. */
  other_datacenters?: string[] | undefined;
  /** Default: `<name>-server`. */
  node_name?: string | undefined;
  /** `http_config.response_headers`: CORS, for instance. */
  response_headers?: Record<string, string> | undefined;
  /** `http_config.block_endpoints`: prefixes of paths. */
  block_endpoints?: string[] | undefined;
  /** `true`: no write is taken from here, as with `http_config.allow_write_http_from`. @defaultValue false */
  restrict_writes?: boolean | undefined;
  /** What its tokens name as the servers' own address. Nothing listens there. Default: one on the loopback interface. */
  server_address?: string | undefined;
  /** Addresses that lead to it from outside, for `server_external_addresses`. */
  external_addresses?: string[] | undefined;
  /** All addresses that lead to it. Default: its own and the external ones. */
  reachable?: string[] | undefined;
  /** Services it exports, and to which peers: `{ billing: ["west"] }`. They are not registered by that. */
  exported_services?: Record<string, string[]> | undefined;
}

/** How a simulated cluster's ACLs are set up. */
export interface AclOptions {
  /** @defaultValue "deny" */
  default_policy?: "allow" | "deny" | undefined;
  /** The token that may do everything. Default: a random one. */
  management?: string | undefined;
  /** Further tokens, by their secret. */
  tokens?: Record<string, AclRules> | undefined;
}

/** What an ACL token gives. */
export interface AclRules {
  /** The rule for peerings; `"write"` includes reading. Default: none. */
  peering?: "read" | "write" | undefined;
  /** The rule for operators: alone, `"read"` may read and list peerings. Default: none. */
  operator?: "read" | "write" | undefined;
  /** The rule for agents. Default: none. */
  agent?: "read" | "write" | undefined;
  /** The rule for the mesh, which is for exported services. Default: that for operators. */
  mesh?: "read" | "write" | undefined;
  /**
   * The rule for every service and its config entries, or one for each service by its name: `{ web: "read" }`. It includes
   * the right to read intentions, not to write them. Default: none.
   */
  service?: "read" | "write" | Record<string, "read" | "write"> | undefined;
  /** The rule for every node. Default: none. */
  node?: "read" | "write" | undefined;
  /** `true`: it may do everything. @defaultValue false */
  management?: boolean | undefined;
  /** Its accessor id, which Consul's texts name. Default: a random one. */
  accessor?: string | undefined;
}

/** Running clusters. */
export interface Simulator {
  /**
   * The clusters, each as every function of this package takes one. A call with the whole of it goes by its `fetch`,
   * without a socket; a call with its `address` alone goes over the loopback interface. Both reach the same cluster.
   */
  readonly clusters: Record<string, SimulatedCluster>;
  /** The version of Consul that a cluster answers like by default: "1.22.7". */
  readonly version: string;
  /** The time that counts. */
  readonly clock: Clock;
  /** The seed in use: give it to {@link startSimulator} to have the same again. */
  readonly seed: number;
  /** Causes a fault. */
  fault(fault: Fault): OrderedFault;
  /**
   * The server is down for `ms` (0: just long enough to lose everything it was busy with; `Infinity`: permanently), then
   * restarts with its records and without its streams. The other side sees its peering FAILING; its own shows what is stored
   * (PENDING for an acceptor, ESTABLISHING for a dialer) until the stream is there again: a dialer that was restarted
   * connects at once, one whose acceptor was at its next try.
   */
  restart(cluster: string, ms?: number): void;
  /**
   * The servers have no leader for `ms`. What needs one is held back, and refused with 500 `No cluster leader` when none
   * comes in time ({@link SimulatorOptions.speed}). The new leader knows of no stream, as after a restart.
   */
  loseLeader(cluster: string, ms: number): void;
  /**
   * Exports services, `{ billing: ["west"] }`, in place of those exported so far: writes the config entry
   * `exported-services`, or deletes it if empty. The peers import them some 40 ms later.
   */
  exportServices(cluster: string, services: Record<string, string[]>): void;
  /** Ends it: connections, timers, ports. */
  stop(): Promise<void>;
}

/** One running cluster, as every function of this package takes one. */
export interface SimulatedCluster {
  /** `http://127.0.0.1:<port>`; with `listen: false` one that only {@link SimulatedCluster.fetch} reaches. */
  address: string;
  /** Reaches this cluster without a socket. Follows no redirect. */
  fetch: FetchLike;
  /** With ACLs: the token that may do everything. */
  token?: string;
}

/** A fault of the requests that it matches. If several match, all apply. */
export type Fault = FaultMatch & FaultKind;

/** The fault. Each has a `kind`, and some have parameters. */
export type FaultKind =
  DelayFault | ConnectionFault | BusyFault | LeaderFault | ProxyFault | RedirectFault | RestartFault;

/** The request waits before Consul sees it. */
export interface DelayFault {
  /** Which fault. */
  kind: "delay";
  /** How long, in milliseconds. @defaultValue 1000 */
  ms?: number;
}

/** The connection, or what comes over it, breaks. */
export interface ConnectionFault {
  /**
   * - `"drop_before"`: the connection breaks, and Consul has not seen the request.
   * - `"drop_after"`: Consul has acted, and the connection breaks before the answer.
   * - `"cut"`: Consul has acted, and the answer breaks off in the middle of its body.
   * - `"gateway_timeout"`: Consul has acted, and a proxy answers 504.
   */
  kind: "drop_before" | "drop_after" | "cut" | "gateway_timeout";
}

/** Consul is busy, and has not acted. */
export interface BusyFault {
  /** `"rate_limited"`: 429. `"unavailable"`: 503. */
  kind: "rate_limited" | "unavailable";
  /** What `Retry-After` says, in whole seconds. Default: the header is not there. */
  retry_after?: number;
}

/** From this request on there is no leader: see {@link Simulator.loseLeader}. */
export interface LeaderFault {
  /** Which fault. */
  kind: "leader_lost";
  /** For how long, in milliseconds. @defaultValue 2000 */
  ms?: number;
}

/** A proxy answers with HTML, and Consul has not acted. */
export interface ProxyFault {
  /** Which fault. */
  kind: "proxy_page";
  /** HTTP status. @defaultValue 502 */
  status?: number;
}

/** A redirect, and Consul has not acted. */
export interface RedirectFault {
  /** Which fault. */
  kind: "redirect";
  /** What `Location` says. Default: a host that does not exist. */
  location?: string;
  /** HTTP status. @defaultValue 307 */
  status?: number;
}

/** The server goes down over this request and comes back without its streams: see {@link Simulator.restart}. */
export interface RestartFault {
  /** Which fault. */
  kind: "restart";
  /** How long it is down, in milliseconds. @defaultValue 500 */
  ms?: number;
  /** Whether it has carried out the request before. @defaultValue false */
  acted?: boolean;
}

/** Which requests a fault meets, and how many. */
export interface FaultMatch {
  /** Which requests. Default: all. */
  match?:
    | {
        /** The cluster's name. */
        cluster?: string;
        /** `"GET"`, `"POST"`, … */
        method?: string;
        /** The whole path without its query, or what it matches. */
        path?: string | RegExp;
      }
    | ((request: { cluster: string; method: string; path: string; headers: Record<string, string> }) => boolean)
    | undefined;
  /** How many of them; `Infinity` for every one. @defaultValue 1 */
  times?: number | undefined;
}

/** A fault that was ordered. */
export interface OrderedFault {
  /** How many requests it has met. */
  readonly hits: number;
  /** It meets no more. */
  remove(): void;
}

/** Time as the simulator needs it. */
export interface Clock {
  /** ms since 1970. */
  now(): number;
  /**
   * Calls `action` in `ms` milliseconds. A timer in the `background` keeps no process alive.
   *
   * @returns What {@link Clock.clearTimeout} takes.
   */
  setTimeout(action: () => void, ms: number, how?: { background?: boolean }): unknown;
  /** Cancels a timer of {@link Clock.setTimeout}. */
  clearTimeout(timer: any): void;
  /** Moves time forward by `ms`, of a {@link ManualClock}. */
  advance?(ms: number): Promise<void>;
}

/** A clock that advances only manually. */
export class ManualClock implements Clock {
  /** @param now - ms since 1970 at which it begins. Default: now. */
  constructor(now?: number);
  /** Its time, in ms since 1970. */
  now(): number;
  /**
   * Calls `action` once the clock has been moved by `ms`.
   *
   * @returns What {@link ManualClock.clearTimeout} takes.
   */
  setTimeout(action: () => void, ms: number): number;
  /** Cancels a timer of {@link ManualClock.setTimeout}. */
  clearTimeout(timer: number): void;
  /** When the next timer is due; undefined where none is set. */
  readonly next: number | undefined;
  /** Moves time forward by `ms`: what becomes due on the way happens in its order, with all that follows from it. */
  advance(ms: number): Promise<void>;
}
