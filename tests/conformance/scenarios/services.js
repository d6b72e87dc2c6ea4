// Services: what is registered, how it is read, who may read it, and what a peer imports of it.

const TTL = { TTL: "60m", Status: "passing" };
/** A real agent passes its services on to the servers, and a peer what it exports, within far less. */
const SETTLED_MS = 1_500;

const indexOf = ({ headers }) => headers["x-consul-index"];
const register = (to, cluster, service, how = {}) =>
  to.ask(cluster, "PUT /v1/agent/service/register", { body: service, what: service.ID ?? service.Name, ...how });
const exported = (...services) => ({
  Kind: "exported-services",
  Name: "default",
  Services: services.map(([Name, ...peers]) => ({ Name, Consumers: peers.map((Peer) => ({ Peer })) })),
});
const set = (to, cluster, entry, what) => to.ask(cluster, "PUT /v1/config", { body: entry, what });

export const services = [
  {
    name: "services of a cluster",
    async run(to) {
      const read = () =>
        to.settled(async () => {
          await to.ask("notls", "GET /v1/catalog/services");
          await to.ask("notls", "GET /v1/catalog/services?filter=ServiceKind%20%3D%3D%20%22mesh-gateway%22");
          for (const name of ["consul", "front", "way", "absent"]) {
            await to.ask("notls", `GET /v1/catalog/service/${name}`);
            await to.ask("notls", `GET /v1/health/service/${name}`);
            await to.ask("notls", `GET /v1/health/connect/${name}`);
          }
          await to.ask("notls", "GET /v1/health/service/front?passing");
        }, SETTLED_MS);
      await read();
      await register(to, "notls", { Name: "front", Port: 80, Tags: ["v1"], Check: TTL });
      await register(to, "notls", {
        Name: "front",
        ID: "front-2",
        Address: "10.0.0.2",
        Port: 80,
        Check: { TTL: "60m" },
      });
      await register(to, "notls", { Kind: "mesh-gateway", Name: "way", Address: "10.0.0.3", Port: 8443 });
      await read();
      await to.ask("notls", "PUT /v1/agent/check/warn/service:front?note=slow");
      await to.ask("notls", "PUT /v1/agent/check/pass/service:front-2");
      await read();
      for (const id of ["front", "front-2", "way", "way"])
        await to.ask("notls", `PUT /v1/agent/service/deregister/${id}`);
      await read();
      await to.ask("notls", "GET /v1/health/service/");
      await to.ask("notls", "GET /v1/health/service/front?index=x");
      await to.ask("notls", "GET /v1/catalog/services?wait=5");
      await to.ask("notls", "POST /v1/catalog/register", { body: {} });
      await to.ask("notls", "DELETE /v1/health/service/front");
    },
  },
  {
    name: "services that a read waits for",
    async run(to) {
      const absent = await to.ask("ap", "GET /v1/health/service/late");
      await Promise.all([
        to.wait("ap", `GET /v1/health/service/late?index=${indexOf(absent)}&wait=10s`, 10_000),
        to.pause(100).then(() => register(to, "ap", { Name: "late", Port: 80, Check: TTL })),
      ]);
      let there;
      await to.settled(async () => (there = await to.ask("ap", "GET /v1/health/service/late")), SETTLED_MS);
      await Promise.all([
        to.wait("ap", `GET /v1/health/service/late?index=${indexOf(there)}&wait=10s`, 10_000),
        to.pause(100).then(() => to.ask("ap", "PUT /v1/agent/check/fail/service:late")),
      ]);
      const listed = await to.ask("ap", "GET /v1/config/service-defaults");
      await Promise.all([
        to.wait("ap", `GET /v1/config/service-defaults?index=${indexOf(listed)}&wait=10s`, 10_000),
        to.pause(100).then(() => set(to, "ap", { Kind: "service-defaults", Name: "late", Protocol: "http" })),
      ]);
      await to.wait("ap", "GET /v1/health/service/late?index=99999999&wait=1s", 1_000);
      await to.ask("ap", "DELETE /v1/config/service-defaults/late");
      await to.ask("ap", "PUT /v1/agent/service/deregister/late");
    },
  },
  {
    name: "config entries and intentions",
    async run(to) {
      const read = async () => {
        for (const path of [
          ...["config/mesh/mesh", "config/proxy-defaults/global", "config/exported-services/default"],
          ...["config/service-resolver", "config/service-defaults", "connect/intentions", "catalog/datacenters"],
          "connect/intentions/check?source=unheard-of&destination=unheard-of",
        ]) {
          await to.ask("nowhere", `GET /v1/${path}`);
        }
      };
      await read();
      const Sources = [{ Name: "*", Peer: "typo", Action: "deny" }];
      for (const entry of [
        { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } },
        { Kind: "proxy-defaults", Name: "global", MeshGateway: { Mode: "local" }, Config: { protocol: "http" } },
        exported(["front", "typo"]),
        { Kind: "service-resolver", Name: "far", Redirect: { Peer: "typo", Service: "front" } },
        { Kind: "service-resolver", Name: "back", Failover: { "*": { Targets: [{ Peer: "typo" }] } } },
        { Kind: "service-defaults", Name: "front", Protocol: "tcp" },
        { Kind: "service-intentions", Name: "front", Sources },
      ]) {
        await set(to, "nowhere", entry, `${entry.Kind} ${entry.Name}`);
      }
      await read();
    },
  },
  {
    name: "proxies of a peer's services",
    async run(to) {
      const name = "proxied";
      await to.peer("ap", "proxies", { name });
      const read = () =>
        to.settled(async () => {
          for (const service of ["front", "plain", "absent"]) {
            await to.ask("proxies", `GET /v1/health/connect/${service}`);
            for (const peer of [name, name.toUpperCase(), "typo"])
              await to.ask("ap", `GET /v1/health/connect/${service}?peer=${peer}`);
          }
        }, SETTLED_MS);
      await register(to, "proxies", {
        Name: "front",
        Port: 80,
        Check: TTL,
        Connect: { SidecarService: { Checks: [TTL] } },
      });
      await register(to, "proxies", { Name: "plain", Port: 81 });
      // One after the other: the importing cluster assigns virtual addresses in the order of arrival.
      await set(to, "proxies", exported(["front", name]), "the first exported");
      await read();
      await set(to, "proxies", exported(["front", name], ["plain", name], ["absent", name]), "all exported");
      await read();
      const way = { Kind: "mesh-gateway", Name: "way", Address: "10.0.0.3", Port: 8443, Check: TTL };
      await register(to, "proxies", way);
      await read();
      await to.ask("proxies", "PUT /v1/agent/check/fail/service:way");
      await read();
      await to.ask("proxies", "PUT /v1/agent/service/deregister/way");
      await read();
    },
  },
  {
    name: "services of a peer",
    async run(to) {
      const name = "sharing";
      await to.peer("us", "eu", { name });
      const read = () =>
        to.settled(async () => {
          await to.ask("eu", "GET /v1/exported-services");
          await to.read("eu", name);
          await to.read("us", name);
          for (const path of [
            `front?peer=${name}`,
            `front?peer=${name.toUpperCase()}`,
            `absent?peer=${name}`,
            "front?peer=typo",
            "front",
          ]) {
            await to.ask("us", `GET /v1/health/service/${path}`);
          }
        }, SETTLED_MS);
      await register(to, "eu", { Name: "front", Port: 80, Check: TTL });
      await read();
      await set(to, "eu", exported(["front", name], ["absent", name]), "exported");
      await read();
      await to.ask("eu", "PUT /v1/agent/check/fail/service:front");
      await read();
      await set(to, "eu", exported(["*", name]), "all exported");
      await read();
      await to.ask("eu", "DELETE /v1/config/exported-services/default");
      await read();
      await set(to, "eu", exported(["front", name]), "exported");
      const imported = () => to.settled(() => to.ask("us", `GET /v1/health/service/front?peer=${name}`), SETTLED_MS);
      await imported();
      await to.delete("eu", name);
      await to.until("us", name, "TERMINATED");
      await imported();
      await to.deleteUntilGone("us", name);
      await to.ask("eu", "DELETE /v1/config/exported-services/default");
      await to.ask("eu", "PUT /v1/agent/service/deregister/front");
    },
  },
  {
    name: "who may read services",
    async run(to) {
      await register(to, "acl", { Name: "front", Port: 80 }, { as: "management" });
      const registered = () => to.ask("acl", "GET /v1/health/service/front", { as: "management" });
      await to.settled(registered, SETTLED_MS);
      for (const as of [undefined, "nothing", "reader", "services", "nodes", "catalog", "management"]) {
        for (const path of [
          ...["catalog/services", "catalog/service/front", "health/service/front", "health/service/absent"],
          ...["health/connect/front", "health/connect/front?peer=typo", "health/service/front?peer=typo"],
          ...["config/service-defaults", "config/service-resolver", "config/mesh/mesh", "config/proxy-defaults/global"],
          ...["config/exported-services/default", "connect/intentions", "exported-services", "catalog/datacenters"],
          ...["catalog/service/consul", "connect/intentions/check?source=unheard-of&destination=unheard-of"],
        ]) {
          await to.ask("acl", `GET /v1/${path}`, { as });
        }
        await register(to, "acl", { Name: "front", ID: "other" }, as === "management" ? { as, what: "again" } : { as });
      }
      for (const id of ["front", "other"]) {
        await to.ask("acl", `PUT /v1/agent/service/deregister/${id}`, { as: "management" });
      }
    },
  },
];
