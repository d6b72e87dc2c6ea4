// How the clusters of the recordings were set up, and what was done to them between the recorded exchanges.

const CORS = {
  "Access-Control-Allow-Origin": "http://page.example",
  "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "Content-Type, X-Consul-Token",
  "Access-Control-Expose-Headers": "X-Consul-Index",
};

const CLUSTERS = {
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
  "services.json": { clusters: { us: { exported_services: { billing: ["eu"] } } } },
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
export function SETUPS(file) {
  const { clusters, ...steps } = STEPS[file] ?? {};
  return { clusters: { ...CLUSTERS, ...clusters }, ...steps };
}
