// Simulated clusters with a catalog, config entries and intentions: what `troubleshoot` reads of them, made up.
import { connect } from "../../pkg/node.js";
import { behind, simulate } from "./scenes.js";

const PASSING = { Checks: [{ Status: "passing" }] };
const GATEWAY = {
  ...PASSING,
  Service: { Service: "gateway", Port: 8443, TaggedAddresses: { wan: { Address: "gateway.example", Port: 443 } } },
};

const NOT_SET = 'Config entry not found for "mesh" / "mesh"';

/** eu is linked with us, each exporting to the other, and with ap, where nothing is exported. */
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
/** As that, with no intention for web; its consumer of billing is misspelt. */
export const BROKEN = {
  ...WORKING,
  eu: { ...WORKING.eu, exports: { billing: ["US"], web: ["us"] }, allowed: { billing: ["us"] } },
};
/** As WORKING, and the ACL token of eu may read peerings alone. */
export const DENIED = { ...WORKING, eu: { ...WORKING.eu, denied: ["mesh", "operator", "service", "node"] } };

/**
 * What the page's server is given for a simulator's clusters, each with this catalog.
 * @param {Record<string, {
 *   local?: Record<string, string[]>     the status of each instance, by service
 *   imported?: Record<string, string[]>  the same of imported ones
 *   exports?: Record<string, string[]>   peers by service, as the config entry has them
 *   allowed?: Record<string, string[]>   peers by service, as intentions have them
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

/** The answer; null: there is none of that; undefined: the simulator has it. */
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
