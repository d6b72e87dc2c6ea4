// Clusters for the component: simulated ones, real ones, and servers that fail.
import { createServer } from "node:http";
import { once } from "node:events";
import { startSimulator } from "../../pkg/simulator.js";
import { startAgents } from "../consul/agent.js";

const NAMES = ["east", "west"];

export async function startSimulated(acl = true) {
  const simulator = await startSimulator({ speed: 10, clusters: NAMES.map((name) => ({ name, ...(acl && { acl }) })) });
  const { east, west } = simulator.clusters;
  return { east, west, stop: () => simulator.stop() };
}

export async function startReal() {
  const { agents, version, stop } = await startAgents(NAMES.map((name) => ({ name, acl: true })));
  return { ...agents, version, stop };
}

/** The record `cluster` of the component. */
export const at = ({ address, token = null }) => ({ address, token, datacenter: null, partition: null, headers: [] });

/** The record `side`. */
export const side = (cluster, peer_name) => ({
  cluster: at(cluster),
  spec: JSON.stringify({ peer_name, server_external_addresses: [] }),
});

/**
 * A server that counts its requests, and resolves `requested` with the first. `respond` may leave one without a response.
 * @param {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void} respond
 */
export async function startServer(respond) {
  const observed = [];
  const server = createServer((request, response) => {
    observed.push(`${request.method} ${request.url}`);
    respond(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const requested = once(server, "request");
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { address: `http://127.0.0.1:${server.address().port}`, observed, requested, stop };
}

/** A cluster that does not answer the request that establishes a peering, and resolves `establishing` when it arrives. */
export async function startWithoutEstablish(cluster) {
  let arrived;
  const establishing = new Promise((resolve) => (arrived = resolve));
  const server = await startServer(async (request, response) => {
    const { method, url } = request;
    if (url.startsWith("/v1/peering/establish")) return arrived();
    const body = method === "POST" ? await new Response(request).text() : undefined;
    const answer = await fetch(cluster.address + url, { method, body });
    response.writeHead(answer.status, { "Content-Type": "application/json" });
    response.end(await answer.text());
  });
  return { ...server, establishing };
}
