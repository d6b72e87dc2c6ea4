// Services of the demo's cluster east, for the page to troubleshoot: `web` can be called from west once the two are connected,
// `billing` is exported to a peer whose name is misspelt.

const REQUESTS = [
  ["/v1/agent/service/register", { Name: "web", Port: 8080, Connect: { SidecarService: {} } }],
  ["/v1/agent/service/register", { Name: "billing", Port: 8081 }],
  [
    "/v1/agent/service/register",
    { Kind: "mesh-gateway", Name: "mesh-gateway", Address: "gateway.east.example", Port: 8443 },
  ],
  [
    "/v1/config",
    {
      Kind: "exported-services",
      Name: "default",
      Services: [
        { Name: "web", Consumers: [{ Peer: "west" }] },
        { Name: "billing", Consumers: [{ Peer: "West" }] },
      ],
    },
  ],
];

/**
 * @param {string} address  of the cluster east
 * @param {AbortSignal} signal
 */
export async function registerServices(address, signal) {
  for (const [path, body] of REQUESTS) {
    const response = await fetch(address + path, { method: "PUT", body: JSON.stringify(body), signal });
    if (!response.ok) throw new Error(`${path} of ${address}: ${response.status} ${await response.text()}`);
  }
}
