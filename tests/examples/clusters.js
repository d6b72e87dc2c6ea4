// Two simulated clusters that listen, with ACLs, for an example: east, which others reach at servers.east.example:8503, and
// west.
import { after } from "node:test";
import { INSTALLED } from "../package/place.js";
import { aclToken } from "../node/secrets.js";

const { startSimulator } = await import(`${INSTALLED}simulator.js`);
/** The package as it is installed. */
export const consul = await import(`${INSTALLED}node.js`);

const DENIED = "00000000-1111-4222-8333-444444444444"; // known, without permissions
const READER = "00000000-1111-4222-8333-555555555555"; // may read

/** @param {object} [options] more for the simulator; `east` and `west` for one cluster */
export async function startClusters({ east: moreEu, west: moreUs, ...options } = {}) {
  const cluster = (name, server_address, more) => ({
    ...{ name, server_address, reachable: [server_address] },
    acl: { tokens: { [DENIED]: {}, [READER]: { peering: "read" } } },
    ...more,
  });
  const clusters = [
    cluster("east", "servers.east.example:8503", moreEu),
    cluster("west", "servers.west.example:8503", moreUs),
  ];
  const simulator = await startSimulator({ clusters, speed: 50, ...options });
  after(() => simulator.stop());
  const { east, west } = simulator.clusters;
  const requests = [];
  const see = ({ cluster, method, path }) => (requests.push(`${method} ${cluster} ${path}`), false);
  simulator.fault({ kind: "drop_before", match: see, times: Infinity }); // matches none, and sees all
  const sides = [
    { cluster: east, peer_name: "west", server_external_addresses: [] },
    { cluster: west, peer_name: "east" },
  ];
  return {
    simulator,
    east,
    west,
    sides,
    requests,
    secrets: [east.token, west.token, DENIED, READER].map(aclToken),
    denied: DENIED,
    reader: READER,
    /** Their addresses in the document. */
    words: { [east.address]: "https://consul.east.example:8501", [west.address]: "https://consul.west.example:8501" },
    async healthy() {
      await consul.connect(...sides);
      await consul.wait(west, "east", (peering) => consul.health(peering).verdict === "healthy");
    },
  };
}
