// The program's servers: two simulated clusters that listen, and a server with invalid responses, which also serves the
// program's page.
import { startSite } from "../package/site.js";
import { PROJECT, INSTALLED } from "../package/place.js";

const odd = {
  "/odd/broken/v1/peerings": (response) => response.destroy(),
  "/odd/redirected/v1/peerings": (response) => response.writeHead(302, { Location: "/odd/elsewhere" }).end(),
  "/odd/silent/v1/peerings": () => {},
};

export async function setStage() {
  const { startSimulator } = await import(`${INSTALLED}simulator.js`);
  const site = await startSite(PROJECT, odd);
  const response_headers = {
    "Access-Control-Allow-Origin": site.origin,
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, X-Consul-Token",
    "Access-Control-Expose-Headers": "X-Consul-Index",
  };
  // ACLs are enabled, so that an unknown token is an error; requests without a token are allowed.
  const acl = { default_policy: "allow" };
  const clusters = ["eu", "us"].map((name) => ({ name, acl, response_headers }));
  const simulator = await startSimulator({ clusters, speed: 50 });
  const { eu, us } = simulator.clusters;
  return {
    origin: site.origin,
    addresses: { eu: eu.address, us: us.address, odd: `${site.origin}/odd` },
    stop: () => Promise.all([simulator.stop(), site.stop()]),
  };
}
