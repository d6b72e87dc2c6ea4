// Two simulated clusters that listen, with ACLs, for an example: eu, which others reach at servers.eu.example:8503, and
// us.
import { after } from "node:test";
import { INSTALLED } from "../package/place.js";
import { aclToken } from "../node/secrets.js";

const { startSimulator } = await import(`${INSTALLED}simulator.js`);
/** The package as it is installed. */
export const consul = await import(`${INSTALLED}node.js`);

const DENIED = "00000000-1111-4222-8333-444444444444"; // known, without permissions
const READER = "00000000-1111-4222-8333-555555555555"; // may read

/** @param {object} [options] more for the simulator; `eu` and `us` for one cluster */
export async function startClusters({ eu: moreEu, us: moreUs, ...options } = {}) {
  const cluster = (name, server_address, more) => ({
    ...{ name, server_address, reachable: [server_address] },
    acl: { tokens: { [DENIED]: {}, [READER]: { peering: "read" } } },
    ...more,
  });
  const clusters = [cluster("eu", "servers.eu.example:8503", moreEu), cluster("us", "servers.us.example:8503", moreUs)];
  const simulator = await startSimulator({ clusters, speed: 50, ...options });
  after(() => simulator.stop());
  const { eu, us } = simulator.clusters;
  const requests = [];
  const see = ({ cluster, method, path }) => (requests.push(`${method} ${cluster} ${path}`), false);
  simulator.fault({ kind: "drop_before", match: see, times: Infinity }); // matches none, and sees all
  const sides = [
    { cluster: eu, peer_name: "us", server_external_addresses: [] },
    { cluster: us, peer_name: "eu" },
  ];
  return {
    simulator,
    eu,
    us,
    sides,
    requests,
    secrets: [eu.token, us.token, DENIED, READER].map(aclToken),
    denied: DENIED,
    reader: READER,
    /** Their addresses in the document. */
    words: { [eu.address]: "https://consul.eu.example:8501", [us.address]: "https://consul.us.example:8501" },
    async healthy() {
      await consul.connect(...sides);
      await consul.wait(us, "eu", (peering) => consul.health(peering).verdict === "healthy");
    },
  };
}
