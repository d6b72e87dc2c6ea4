// The requirements between an ACTIVE peering and a working call: exports, imports, intentions and reachability.

import { put } from "./agents.js";

const MANAGEMENT = "cccccccc-0000-0000-0000-000000000001";
/** Rules, by the ACL tokens with exactly these rules. */
export const RULES = {
  "cccccccc-0000-0000-0000-000000000010": "",
  "cccccccc-0000-0000-0000-000000000011": 'peering = "read"',
  "cccccccc-0000-0000-0000-000000000012": 'mesh = "read"',
  "cccccccc-0000-0000-0000-000000000013": 'operator = "read"',
  "cccccccc-0000-0000-0000-000000000014": 'service_prefix "" { policy = "read" }',
  "cccccccc-0000-0000-0000-000000000015": 'node_prefix "" { policy = "read" }',
  "cccccccc-0000-0000-0000-000000000016": 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }',
  "cccccccc-0000-0000-0000-000000000017": 'service "web" { policy = "read" } node_prefix "" { policy = "read" }',
};

const GATEWAYS = "/v1/catalog/services?filter=ServiceKind%20%3D%3D%20%22mesh-gateway%22";
/** The initial state, without any config entry. */
const UNSET = [
  "/v1/config/mesh/mesh",
  "/v1/config/proxy-defaults/global",
  "/v1/config/exported-services/default",
  "/v1/exported-services",
  "/v1/config/service-resolver",
  "/v1/config/service-defaults",
  "/v1/connect/intentions",
  GATEWAYS,
];
const EXPORTER = [
  ...UNSET,
  "/v1/catalog/datacenters",
  "/v1/catalog/service/consul",
  "/v1/health/service/gateway",
  "/v1/health/service/web",
  "/v1/health/service/absent",
  "/v1/connect/intentions/check?source=unheard-of&destination=unheard-of",
];
const IMPORTER = [
  "/v1/config/service-resolver",
  "/v1/health/service/web",
  "/v1/health/service/web?peer=east",
  "/v1/health/service/absent?peer=east",
  "/v1/health/service/web?peer=typo",
];
const ASKED = ["peering", "mesh", "operator", "service", "node", "intention"].map((Resource) => ({
  Resource,
  Segment: "",
  Access: "read",
}));

/** Whether a list has items, without what the exporter's own row has in full. */
const shortened = (status) => (text) => (text.trim().length < 3 || status(text) ? text : "(200)");

function write(recording, cluster, body) {
  const headers = { "X-Consul-Token": MANAGEMENT, "Content-Type": "application/json" };
  return recording.send(cluster, { method: "PUT", path: "/v1/config", headers, body: JSON.stringify(body) });
}

async function read(recording, cluster, paths, token = MANAGEMENT, note) {
  const isRefusal = (text) => /^(Permission denied|Config entry not found|ACL not found)/.test(text);
  for (const path of paths) {
    const keep = token === MANAGEMENT ? undefined : shortened(isRefusal);
    await recording.send(cluster, { method: "GET", path, headers: { "X-Consul-Token": token } }, { note, keep });
  }
}

async function authorize(recording, cluster, token, note, segment = "") {
  const body = JSON.stringify(ASKED.map((asked) => ({ ...asked, Segment: segment })));
  const headers = { "X-Consul-Token": token, "Content-Type": "application/json" };
  await recording.send(cluster, { method: "POST", path: "/v1/internal/acl/authorize", headers, body }, { note });
}

/** With ACLs, an agent needs a token of its own to tell its servers of its node, and of services that are gone. */
export const withOwnToken = (name, acl) => ({ name, acl, config: { acl: { tokens: { agent: acl } } } });

const TTL = { TTL: "60m", Status: "passing" };

async function prepare({ east, west }) {
  for (const [number, [SecretID, Rules]] of Object.entries(RULES).entries()) {
    const Name = `rules-${number}`;
    await put(east, "/v1/acl/policy", { Name, Rules });
    await put(east, "/v1/acl/token", { SecretID, Policies: [{ Name }] });
  }
  await put(east, "/v1/agent/service/register", { Name: "web", Port: 9, Check: TTL, Connect: { SidecarService: {} } });
  await put(east, "/v1/agent/service/register", {
    Kind: "mesh-gateway",
    Name: "gateway",
    Port: 8443,
    Address: "10.0.0.10",
    TaggedAddresses: { wan: { Address: "gateway.east.example", Port: 443 } },
    Check: TTL,
  });
  await put(west, "/v1/agent/service/register", { Name: "api", Port: 9, Connect: { SidecarService: {} } });
}

const SERVICES = {
  case: "cross-cluster-services",
  why: "Exports, imports, intentions, gateways and routing between peered clusters, as a caller with each right sees them.",
  agents: () => ["east", "west"].map((name) => withOwnToken(name, MANAGEMENT)),
  prepare,
  async run(recording) {
    await read(recording, "west", UNSET);
    const headers = { "X-Consul-Token": MANAGEMENT, "Content-Type": "application/json" };
    const post = async (cluster, path, body) =>
      recording.send(cluster, { method: "POST", path, headers, body: JSON.stringify(body) });
    const { body } = await post("east", "/v1/peering/token", { PeerName: "west" });
    const { PeeringToken } = JSON.parse(body);
    await post("west", "/v1/peering/establish", { PeerName: "east", PeeringToken });

    const Consumers = ["west", "West", "nowhere"].map((Peer) => ({ Peer }));
    const Services = [
      { Name: "web", Consumers },
      { Name: "absent", Consumers: [{ Peer: "west" }] },
      { Name: "consul", Consumers: [{ Peer: "west" }] },
    ];
    await write(recording, "east", { Kind: "exported-services", Name: "default", Services });
    await write(recording, "east", { Kind: "service-defaults", Name: "web", Protocol: "http" });
    const Sources = [
      { Name: "api", Peer: "west", Action: "allow" },
      { Name: "*", Peer: "typo", Permissions: [{ Action: "deny", HTTP: { PathPrefix: "/" } }] },
    ];
    await write(recording, "east", { Kind: "service-intentions", Name: "web", Sources });
    await write(recording, "east", { Kind: "service-defaults", Name: "web", Protocol: "tcp" });
    const Permissions = [{ Action: "allow", HTTP: { PathPrefix: "/" } }];
    const L7 = [{ Name: "*", Peer: "west", Permissions }];
    await write(recording, "east", { Kind: "service-intentions", Name: "other", Sources: L7 });
    await write(recording, "east", { Kind: "proxy-defaults", Name: "global", MeshGateway: { Mode: "local" } });
    await write(recording, "east", { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } });
    const Targets = [{ Peer: "typo" }, { Peer: "east", Service: "web" }];
    await write(recording, "west", { Kind: "service-resolver", Name: "db", Failover: { "*": { Targets } } });
    const Redirect = { Peer: "East", Service: "web" };
    await write(recording, "west", { Kind: "service-resolver", Name: "shop", Redirect });

    await imported(recording, "west", "east", MANAGEMENT);
    await read(recording, "west", ["/v1/peering/east"]);
    await read(recording, "west", IMPORTER);
    await read(recording, "east", ["/v1/peering/west"]);
    await read(recording, "east", EXPORTER);
    await authorize(recording, "east", MANAGEMENT);
    for (const [token, note] of Object.entries(RULES)) {
      await authorize(recording, "east", token, note);
      await authorize(recording, "east", token, `${note} · web`, "web");
      await read(recording, "east", EXPORTER, token, note);
    }
  },
};

/** Waits until `web` has arrived from its exporter, without a row for it. */
export async function imported(recording, cluster, exporter, token) {
  for (let left = 300; left > 0; left--) {
    const headers = { "X-Consul-Token": token };
    const path = `/v1/health/service/web?peer=${exporter}`;
    await recording.send(cluster, { method: "GET", path, headers });
    const { response } = recording.exchanges.pop();
    if (response.body.trim() !== "[]") return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("nothing arrived");
}

export const CROSS_CLUSTER = [SERVICES];
