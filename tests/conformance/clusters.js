// The clusters that the scenarios need, once real and once simulated, set up alike.

import { startSimulator } from "../../pkg/simulator.js";
import { startAgents } from "../consul/agent.js";
import { aclToken } from "../node/secrets.js";

const MANAGEMENT = aclToken("aaaaaaaa-0000-0000-0000-00000000000c");

/** What each ACL token may do, by the name that the scenarios have for it. */
const TOKENS = {
  reader: { peering: "read" },
  writer: { peering: "write" },
  operator: { operator: "read" },
  both: { peering: "read", operator: "write" },
  agent: { agent: "read" },
  nothing: {},
  services: { service: "read" },
  nodes: { node: "read" },
  catalog: { service: "read", node: "read" },
};

/** By name: the secret of each ACL token. `unknown` and `nonsense` are none of the cluster's. */
export const SECRETS = {
  ...Object.fromEntries(
    Object.keys(TOKENS).map((name, index) => [name, aclToken(`bbbbbbbb-0000-0000-0000-00000000000${index}`)]),
  ),
  management: MANAGEMENT,
  unknown: "dddddddd-0000-0000-0000-000000000000",
  nonsense: "hello",
};

/** Options of the simulator. What real agents are started with is made of them. */
const CLUSTERS = [
  { name: "eu" },
  { name: "us", external_addresses: ["localhost:8504"] },
  {
    name: "ap",
    response_headers: {
      "Access-Control-Allow-Origin": "http://page.example",
      "Access-Control-Expose-Headers": "X-Consul-Index",
    },
    block_endpoints: ["/v1/peering/blocked", "/v1/agent/version"],
  },
  {
    name: "acl",
    acl: {
      management: MANAGEMENT,
      tokens: Object.fromEntries(Object.entries(TOKENS).map(([name, rules]) => [SECRETS[name], rules])),
    },
  },
  { name: "nopeer", peering: false },
  { name: "noconnect", connect: false },
  { name: "nowrite", restrict_writes: true },
  { name: "notls", grpc_tls: false },
  { name: "nowhere" },
  { name: "proxies" },
  { name: "nogateway", mesh_gateways: [] },
  { name: "gateways", mesh_gateways: ["127.0.0.1:9"] },
];

/**
 * @typedef {object} Clusters
 * @property {Record<string, string>} addresses by the cluster's name
 * @property {(cluster: string, service: string, peer: string) => Promise<void>} exportService this one, and no other
 * @property {() => Promise<void>} stop
 */

/** @returns {Promise<Clusters>} */
export async function simulatedClusters() {
  const simulator = await startSimulator({
    clusters: CLUSTERS.map((options) => ({ ...options, node_name: options.name })),
    seed: 22,
  });
  return {
    addresses: addressesOf(simulator.clusters),
    exportService: async (cluster, service, peer) => simulator.exportServices(cluster, { [service]: [peer] }),
    stop: simulator.stop,
  };
}

/** @returns {Promise<Clusters>} */
export async function realClusters() {
  const { agents, stop } = await startAgents(CLUSTERS.map(agentOptions));
  try {
    await createTokens(agents.acl.address);
    for (const { name, mesh_gateways } of CLUSTERS) if (mesh_gateways) await useGateways(agents[name], mesh_gateways);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addresses: addressesOf(agents),
    exportService: (name, ...what) => exportService(agents[name], ...what),
    stop,
  };
}

/** Peering goes through these gateways. */
async function useGateways({ address }, gateways) {
  await put(address, "/v1/config", { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } });
  for (const gateway of gateways) {
    const [Address, port] = gateway.split(":");
    const service = { Kind: "mesh-gateway", Name: "mesh-gateway", Address, Port: Number(port) };
    await put(address, "/v1/agent/service/register", service);
  }
}

function agentOptions({ name, acl, peering, connect, grpc_tls, response_headers, block_endpoints, restrict_writes }) {
  const http_config = {
    ...(response_headers && { response_headers }),
    ...(block_endpoints && { block_endpoints }),
    ...(restrict_writes && { allow_write_http_from: ["192.0.2.0/24"] }), // excludes every client
  };
  return {
    name,
    acl: acl?.management,
    peering,
    config: {
      http_config,
      ...(connect === false && { connect: { enabled: false } }),
      ...(grpc_tls === false && { ports: { grpc_tls: -1 } }),
      // It tells its servers of its node, and of services that are gone, with a token of its own.
      ...(acl && { acl: { tokens: { agent: acl.management } } }),
    },
  };
}

async function put(address, path, body) {
  const headers = { "x-consul-token": MANAGEMENT };
  const response = await fetch(address + path, { method: "PUT", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

async function exportService({ address }, Name, Peer) {
  await put(address, "/v1/agent/service/register", { Name, Port: 9 });
  const Services = [{ Name, Consumers: [{ Peer }] }];
  await put(address, "/v1/config", { Kind: "exported-services", Name: "default", Services });
}

async function createTokens(address) {
  const rule = ([kind, right]) =>
    ["agent", "service", "node"].includes(kind) ? `${kind}_prefix "" { policy = "${right}" }` : `${kind} = "${right}"`;
  await Promise.all(
    Object.entries(TOKENS).map(async ([Name, rules]) => {
      await put(address, "/v1/acl/policy", { Name, Rules: Object.entries(rules).map(rule).join("\n") });
      await put(address, "/v1/acl/token", { SecretID: SECRETS[Name], Policies: [{ Name }] });
    }),
  );
}

const addressesOf = (clusters) =>
  Object.fromEntries(Object.entries(clusters).map(([name, { address }]) => [name, address]));
