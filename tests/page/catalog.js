// Simulated clusters with catalog, config entries and intentions for `troubleshoot`.
import { connect } from "../../pkg/node.js";
import { behind, simulate } from "./scenes.js";

const PASSING = { Checks: [{ Status: "passing" }] };
const GATEWAY = {
  ...PASSING,
  Service: { Service: "gateway", Port: 8443, TaggedAddresses: { wan: { Address: "gateway.example", Port: 443 } } },
};

const NOT_SET = 'Config entry not found for "mesh" / "mesh"';

/** eu is linked with us, where both export services, and with ap, where neither does. */
export async function serving(t) {
  const simulator = await simulate(t, { clusters: ["eu", "us", "ap"] });
  const { eu, us, ap } = simulator.clusters;
  simulator.exportServices("eu", { billing: ["us"], web: ["us"] });
  simulator.exportServices("us", { db: ["eu"] });
  await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  await connect({ cluster: eu, peer_name: "ap" }, { cluster: ap, peer_name: "eu" });
  return simulator;
}

/** Calls between eu and us work. */
export const WORKING = {
  eu: {
    local: { billing: ["passing"], web: ["passing", "passing"] },
    imported: { db: ["passing"] },
    exports: { billing: ["us"], web: ["us"] },
    allowed: { billing: ["us"], web: ["us"] },
  },
  us: {
    local: { db: ["passing"] },
    imported: { billing: ["passing"], web: ["passing", "critical"] },
    exports: { db: ["eu"] },
    allowed: { db: ["eu"] },
  },
  ap: {},
};
/** The same without an intention for web, and with a misspelt consumer of billing. */
export const BROKEN = {
  ...WORKING,
  eu: { ...WORKING.eu, exports: { billing: ["US"], web: ["us"] }, allowed: { billing: ["us"] } },
};
/** The same as WORKING, but the ACL token of eu only has peering:read. */
export const DENIED = { ...WORKING, eu: { ...WORKING.eu, denied: ["mesh", "operator", "service", "node"] } };

/**
 * Clusters for `servePage` from a simulator, each with a catalog.
 * @param {Record<string, {
 *   local?: Record<string, string[]>     the status of each local instance, by service
 *   imported?: Record<string, string[]>  the status of each imported instance, by service
 *   exports?: Record<string, string[]>   consumers in the config entry, by service
 *   allowed?: Record<string, string[]>   source peers of intentions, by service
 *   denied?: string[]                    resources that the ACL token may not read
 * }>} catalogs
 */
export function behindCatalogs(simulator, catalogs) {
  const clusters = behind(simulator, Object.keys(catalogs));
  for (const [alias, catalog] of Object.entries(catalogs)) {
    clusters[alias].fetch = async (url, init) => {
      init.signal?.throwIfAborted();
      const answer = answerOf(catalog, new URL(url), init);
      if (answer === null) return new Response(NOT_SET, { status: 404 });
      return answer === undefined ? fetch(url, init) : Response.json(answer);
    };
  }
  return clusters;
}

/** The response: null for 404, undefined to forward the request to the simulator. */
function answerOf(
  { local = {}, imported = {}, exports = {}, allowed = {}, denied = [] },
  { pathname, searchParams },
  { body },
) {
  const path = pathname.replace(/^.*\/v1\//, "");
  const named = (entries, make) => Object.entries(entries).flatMap(([name, peers]) => make(name, peers));
  const [, service] = /^health\/(?:service|connect)\/(.+)$/.exec(path) ?? [];
  if (service === "gateway") return [GATEWAY];
  if (service)
    return ((searchParams.has("peer") ? imported : local)[service] ?? []).map((Status) => ({ Checks: [{ Status }] }));
  switch (path) {
    case "internal/acl/authorize":
      return JSON.parse(body).map((asked) => ({ ...asked, Allow: !denied.includes(asked.Resource) }));
    case "config/mesh/mesh":
      return null;
    case "config/proxy-defaults/global":
      return { Kind: "proxy-defaults", Name: "global", MeshGateway: { Mode: "local" } };
    case "config/exported-services/default":
      return {
        Name: "default",
        Services: named(exports, (Name, peers) => ({ Name, Consumers: peers.map((Peer) => ({ Peer })) })),
      };
    case "config/service-resolver":
    case "config/service-defaults":
    case "catalog/service/consul":
      return [];
    case "catalog/services":
      return { gateway: [] };
    case "connect/intentions":
      return named(allowed, (DestinationName, peers) =>
        peers.map((SourcePeer) => ({ SourceName: "*", SourcePeer, DestinationName, Action: "allow" })),
      );
    case "connect/intentions/check":
      return { Allowed: false };
    default:
      return undefined;
  }
}
