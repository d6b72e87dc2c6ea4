// The catalog of a cluster: what is registered with an agent and with the servers, how its checks are, what a peer imports.

import { setTimeout as sleep } from "node:timers/promises";
import { put } from "./agents.js";
import { imported, withOwnToken } from "./cases-services.js";

const MANAGEMENT = "eeeeeeee-0000-0000-0000-000000000001";
/** Rules, by the ACL tokens that have them and no others. */
const RULES = {
  "eeeeeeee-0000-0000-0000-000000000010": "",
  "eeeeeeee-0000-0000-0000-000000000011": 'service "web" { policy = "write" }',
  "eeeeeeee-0000-0000-0000-000000000012": 'node_prefix "" { policy = "write" }',
  "eeeeeeee-0000-0000-0000-000000000013": 'service_prefix "" { policy = "write" } node_prefix "" { policy = "read" }',
  "eeeeeeee-0000-0000-0000-000000000014": 'service "web" { policy = "read" } node_prefix "" { policy = "read" }',
  "eeeeeeee-0000-0000-0000-000000000015": 'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }',
  "eeeeeeee-0000-0000-0000-000000000016": 'service_prefix "" { policy = "read" }',
};
/** An agent passes its services on to the servers, and a peer what it exports, within far less. */
const SETTLED_MS = 1_500;

const TTL = { TTL: "60m", Status: "passing" };
const GATEWAY = {
  Kind: "mesh-gateway",
  Name: "gateway",
  Port: 8443,
  Address: "10.0.0.10",
  TaggedAddresses: { wan: { Address: "gateway.example", Port: 443 } },
};
const WEB = {
  ID: "web-1",
  Name: "web",
  Tags: ["v1"],
  Meta: { version: "1" },
  Address: "10.0.0.1",
  Port: 80,
  Weights: { Passing: 2, Warning: 1 },
  Check: TTL,
};
const FILTERS = [
  'ServiceKind == "mesh-gateway"',
  'ServiceKind=="mesh-gateway"',
  'ServiceKind == ""',
  'ServiceKind == "connect-proxy"',
  'Kind == "x"',
];

const caller = (recording, token) => (cluster, line, body, options) => {
  const [method, path] = line.split(" ");
  const headers = token === undefined ? {} : { "X-Consul-Token": token };
  const text = typeof body === "object" ? JSON.stringify(body) : body;
  const sent = { method, path, headers, ...(text !== undefined && { body: text }) };
  return recording.send(cluster, sent, options);
};
const exported = (...services) => ({
  Kind: "exported-services",
  Name: "default",
  Services: services.map(([Name, ...peers]) => ({ Name, Consumers: peers.map((Peer) => ({ Peer })) })),
});

const CATALOG = {
  case: "catalog",
  why: "Services and checks that are registered with an agent and with the servers, as the catalog and health show them.",
  agents: () => [{ name: "north" }],
  async run(recording) {
    const to = caller(recording).bind(undefined, "north");
    const shown = async (...names) => {
      await sleep(SETTLED_MS);
      await to("GET /v1/catalog/services");
      for (const name of names) {
        await to(`GET /v1/catalog/service/${name}`);
        await to(`GET /v1/health/service/${name}`);
      }
    };
    await shown("consul", "absent");
    for (const body of ["", "{", "{}", { Name: "" }, { Nam: "web" }, { Name: 7 }]) {
      await to("PUT /v1/agent/service/register", body);
    }
    await to("POST /v1/agent/service/register", { Name: "web" });
    await to("PUT /v1/agent/service/register", { Name: "plain" });
    await to("PUT /v1/agent/service/register", WEB);
    await to("PUT /v1/agent/service/register", { ...WEB, ID: "web-2", Check: { ...TTL, Status: undefined } });
    await to("PUT /v1/agent/service/register", { Name: "api", Port: 9, Connect: { SidecarService: {} } });
    await to("PUT /v1/agent/service/register", GATEWAY);
    await shown("plain", "web", "api", "api-sidecar-proxy", "gateway");
    await to("GET /v1/health/service/web?passing");
    await to("GET /v1/health/service/web?stale");
    for (const filter of FILTERS) await to(`GET /v1/catalog/services?filter=${encodeURIComponent(filter)}`);
    await to("GET /v1/catalog/services?filter=");
    await to("PUT /v1/agent/check/pass/service:web-2");
    await to("PUT /v1/agent/check/warn/service:web-1?note=slow");
    await shown("web");
    await to("GET /v1/health/service/web?passing");
    await to("PUT /v1/agent/check/fail/service:web-1");
    await to("PUT /v1/agent/check/update/service:web-2", { Status: "critical", Output: "broken" });
    await to("PUT /v1/agent/check/update/service:web-2", { Status: "ill" });
    await to("PUT /v1/agent/check/pass/absent");
    await shown("web");
    await to("PUT /v1/agent/service/register", { Name: "plain", Port: 81, Checks: [TTL, { ...TTL, Name: "second" }] });
    await to("PUT /v1/agent/service/deregister/web-2");
    await to("PUT /v1/agent/service/deregister/absent");
    await to("PUT /v1/agent/service/deregister/");
    await shown("plain", "web");
    const Node = { Node: "far", Address: "10.0.1.1" };
    for (const body of ["{", {}, { Node: "far" }, { ...Node, Service: {} }, Node]) {
      await to("PUT /v1/catalog/register", body);
    }
    await to("PUT /v1/catalog/register", {
      ...Node,
      NodeMeta: { rack: "1" },
      Service: { Service: "db", Port: 5432, Tags: ["primary"] },
      Check: { Name: "db is up", Status: "passing", ServiceID: "db" },
    });
    await shown("db");
    await to("PUT /v1/catalog/deregister", { Node: "far", CheckID: "db is up" });
    await to("PUT /v1/catalog/deregister", { Node: "far", ServiceID: "db" });
    await to("PUT /v1/catalog/deregister", { Node: "absent" });
    await to("PUT /v1/catalog/deregister", {});
    await shown("db");
    await to("PUT /v1/catalog/deregister", { Node: "far" });
  },
};

const IMPORTS = {
  case: "imports",
  why: "What a peer imports: as services are exported, fail, are withdrawn, and when the peering ends.",
  agents: () => ["north", "south"].map((name) => ({ name })),
  async run(recording) {
    const to = caller(recording);
    const register = (service) => to("north", "PUT /v1/agent/service/register", service);
    const shown = async (...names) => {
      await sleep(SETTLED_MS);
      await to("north", "GET /v1/exported-services");
      await to("north", "GET /v1/peering/south");
      await to("south", "GET /v1/peering/north");
      for (const name of names) await to("south", `GET /v1/health/service/${name}?peer=north`);
    };
    const { body } = await to("north", "POST /v1/peering/token", { PeerName: "south" });
    const { PeeringToken } = JSON.parse(body);
    await to("south", "POST /v1/peering/establish", { PeerName: "north", PeeringToken });
    await recording.poll("south", "north", "ACTIVE");
    await register(WEB);
    await register({ Name: "api", Port: 9 });
    await to("north", "PUT /v1/config", exported(["web", "south", "nowhere"], ["absent", "south"], ["api", "South"]));
    await shown("web", "api", "absent");
    await to("south", "GET /v1/health/service/web?peer=NORTH");
    await to("south", "GET /v1/health/service/web");
    await register({ ...WEB, ID: "web-2", Check: { ...TTL, Status: "critical" } });
    await to("north", "PUT /v1/agent/check/warn/service:web-1");
    await shown("web");
    await to("south", "GET /v1/health/service/web?peer=north&passing");
    await to("north", "PUT /v1/agent/service/deregister/web-1");
    await register(GATEWAY);
    await register({ Name: "db", Port: 9, Connect: { SidecarService: {} } });
    await to("north", "PUT /v1/config", exported(["*", "south"]));
    await shown("web", "db");
    await to("north", "PUT /v1/config", exported(["*", "south"], ["db", "nowhere"]));
    await shown("web", "db");
    await to("north", "PUT /v1/config", { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } });
    await shown();
    await to("north", "PUT /v1/agent/service/deregister/gateway");
    await shown();
    await to("north", "POST /v1/peering/token", { PeerName: "more" });
    await to("north", "DELETE /v1/config/mesh/mesh");
    await shown();
    await to("north", "DELETE /v1/config/exported-services/default");
    await shown("web");
    await to("north", "PUT /v1/config", exported(["web", "south"]));
    await shown("web");
    await to("north", "DELETE /v1/peering/south");
    await recording.poll("south", "north", "TERMINATED");
    await sleep(SETTLED_MS);
    await to("south", "GET /v1/peering/north");
    await to("south", "GET /v1/health/service/web?peer=north");
    await to("north", "GET /v1/exported-services");
    await to("south", "DELETE /v1/peering/north");
    await sleep(SETTLED_MS);
    await to("south", "GET /v1/health/service/web?peer=north");
  },
};

const RIGHTS = {
  case: "catalog-rights",
  why: "Who may register services, set checks, and read what is imported.",
  agents: () => ["north", "south"].map((name) => withOwnToken(name, MANAGEMENT)),
  async prepare({ north, south }) {
    for (const [number, [SecretID, Rules]] of Object.entries(RULES).entries()) {
      for (const agent of [north, south]) {
        await put(agent, "/v1/acl/policy", { Name: `rules-${number}`, Rules });
        await put(agent, "/v1/acl/token", { SecretID, Policies: [{ Name: `rules-${number}` }] });
      }
    }
  },
  async run(recording) {
    const manage = caller(recording, MANAGEMENT);
    const { body } = await manage("north", "POST /v1/peering/token", { PeerName: "south" });
    const { PeeringToken } = JSON.parse(body);
    await manage("south", "POST /v1/peering/establish", { PeerName: "north", PeeringToken });
    await manage("north", "PUT /v1/agent/service/register", WEB);
    await manage("north", "PUT /v1/agent/service/register", { Name: "api" });
    await manage("north", "PUT /v1/config", exported(["web", "south"], ["api", "south"]));
    await imported(recording, "south", "north", MANAGEMENT);
    await sleep(SETTLED_MS);
    for (const [token, note] of [...Object.entries(RULES), [undefined, "none"], [MANAGEMENT, "management"]]) {
      const to = (...args) => caller(recording, token)(...args, ...(args.length < 3 ? [undefined] : []), { note });
      for (const name of ["web", "api", "absent"]) await to("south", `GET /v1/health/service/${name}?peer=north`);
      await to("north", "GET /v1/catalog/services");
      await to("north", "GET /v1/catalog/service/web");
      if (token === MANAGEMENT) continue;
      await to("north", "PUT /v1/agent/service/register", { Name: "web", ID: "web-3" });
      await to("north", "PUT /v1/agent/service/register", { Name: "other" });
      await to("north", "PUT /v1/agent/check/pass/service:web-1");
      await to("north", "PUT /v1/agent/service/deregister/api");
      await to("north", "PUT /v1/catalog/register", { Node: "far", Address: "10.0.1.1", Service: { Service: "web" } });
      await to("north", "PUT /v1/catalog/register", {
        Node: "north",
        Address: "127.0.0.1",
        Service: { Service: "web" },
      });
      await to("north", "PUT /v1/catalog/deregister", { Node: "far", ServiceID: "web" });
      await to("north", "PUT /v1/catalog/deregister", { Node: "far" });
      await to("north", "PUT /v1/config", { Kind: "service-defaults", Name: "web", Protocol: "http" });
    }
  },
};

export const CATALOGS = [CATALOG, IMPORTS, RIGHTS];
