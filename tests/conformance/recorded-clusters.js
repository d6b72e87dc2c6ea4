// How the clusters of the recordings were set up, and what was done to them between the recorded exchanges.

const CORS = {
  "Access-Control-Allow-Origin": "http://page.example",
  "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "Content-Type, X-Consul-Token",
  "Access-Control-Expose-Headers": "X-Consul-Index",
};

const TTL = { TTL: "60m", Status: "passing" };

const secret = (digit, number) => `${digit.repeat(8)}-0000-0000-0000-0000000000${String(number).padStart(2, "0")}`;

/** Tokens with these rules, whose secrets are repeated digits and a number from 10 on. */
const numbered = (digit, rules) => ({
  management: secret(digit, 1),
  tokens: Object.fromEntries(rules.map((rule, place) => [secret(digit, place + 10), rule])),
});

const READERS = numbered("c", [
  {},
  { peering: "read" },
  { mesh: "read" },
  { operator: "read" },
  { service: "read" },
  { node: "read" },
  { service: "read", node: "read" },
  { service: { web: "read" }, node: "read" },
]);
const REGISTRANTS = numbered("e", [
  {},
  { service: { web: "write" } },
  { node: "write" },
  { service: "write", node: "read" },
  { service: { web: "read" }, node: "read" },
  { service: "read", node: "read" },
  { service: "read" },
]);

/** Registers a service with a cluster's agent. */
async function register({ clusters }, cluster, service) {
  const { address, fetch, token = "" } = clusters[cluster];
  const init = { method: "PUT", headers: { "X-Consul-Token": token }, body: JSON.stringify(service) };
  const response = await fetch(`${address}/v1/agent/service/register`, init);
  if (!response.ok) throw new Error(`${service.Name}: ${response.status} ${await response.text()}`);
}

const CLUSTERS = {
  east: { acl: READERS, node_name: "east" },
  west: { acl: READERS, node_name: "west" },
  north: { node_name: "north" },
  south: { node_name: "south" },
  acl: {
    acl: {
      management: "aaaaaaaa-0000-0000-0000-000000000001",
      tokens: {
        "bbbbbbbb-0000-0000-0000-000000000001": { peering: "read" },
        "bbbbbbbb-0000-0000-0000-000000000002": { peering: "write" },
        "bbbbbbbb-0000-0000-0000-000000000003": { operator: "read" },
        "bbbbbbbb-0000-0000-0000-000000000004": {},
      },
    },
  },
  nat: {
    server_address: "127.0.0.1:23945",
    external_addresses: ["127.0.0.2:23945"],
    reachable: ["127.0.0.2:23945"],
  },
  nopeer: { peering: false },
  noconnect: { connect: false },
  blocked: { block_endpoints: ["/v1/peering"] },
  nowrite: { restrict_writes: true },
  cors: { response_headers: CORS },
};

/** Rows are exchanges of a file, counted from 0. */
const STEPS = {
  // Its server was ended when the peering was ACTIVE.
  "failing.json": { after: { 3: (simulator) => simulator.restart("gone", Infinity) } },
  "restart-acceptor.json": {
    after: {
      5: async (simulator) => {
        simulator.restart("eu", 40_000);
        await simulator.clock.advance(39_000);
      },
      6: (simulator) => simulator.clock.advance(1_000),
    },
  },
  "restart-dialer.json": {
    after: {
      5: (simulator) => simulator.restart("us", 10_000),
      7: (simulator) => simulator.clock.advance(10_000),
    },
  },
  "no-gateway.json": { clusters: { eu: { mesh_gateways: [] } } },
  "no-grpc-tls.json": { clusters: { eu: { grpc_tls: false } } },
  "bind-address.json": { clusters: { eu: { server_address: "127.0.0.4:8502", reachable: [] } } },
  "services.json": {
    clusters: { us: { exported_services: { billing: ["eu"] } } },
    before: (simulator) => register(simulator, "us", { Name: "billing", Port: 9 }),
  },
  "catalog-rights.json": {
    clusters: {
      north: { node_name: "north", acl: REGISTRANTS },
      south: { node_name: "south", acl: REGISTRANTS },
    },
  },
  "cross-cluster-services.json": {
    before: async (simulator) => {
      const Connect = { SidecarService: {} };
      await register(simulator, "east", { Name: "web", Port: 9, Check: TTL, Connect });
      await register(simulator, "east", {
        Kind: "mesh-gateway",
        Name: "gateway",
        Port: 8443,
        Address: "10.0.0.10",
        TaggedAddresses: { wan: { Address: "gateway.east.example", Port: 443 } },
        Check: TTL,
      });
      await register(simulator, "west", { Name: "api", Port: 9, Connect });
    },
  },
  "blocking.json": {
    sideBySide: [
      { rows: [7, 8], apart: 300 },
      { rows: [10, 11], apart: 300 },
    ],
  },
  "concurrent.json": { sideBySide: [{ rows: [1, 2] }, { rows: [5, 6, 7, 8] }] },
  "same-name-race.json": { sideBySide: [{ rows: [2, 3] }, { rows: [7, 8], apart: 1 }] },
};

/** For `replay`: what a recording's file needs. */
export function SETUPS(file, version) {
  const { clusters = {}, ...steps } = STEPS[file] ?? {};
  // In its newest recording, the exporting agent has its cluster's name.
  const named = file === "services.json" && version === "1.22.7" && { us: { ...clusters.us, node_name: "us" } };
  return { clusters: { ...CLUSTERS, ...clusters, ...named }, ...steps };
}
