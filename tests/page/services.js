// Two real linked clusters with ACLs, each with a service that the other may call, and ways to break that.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { startAgents } from "../consul/agent.js";
import { connect } from "../../pkg/node.js";
import { aclToken } from "../node/secrets.js";

const CHECK = { TTL: "60m", Status: "passing" };

/** `east` exports web to `west`, which exports db to `east`; both have a mesh gateway. */
export async function startServices(t) {
  // A service is registered in the catalog with the agent's own token.
  const wanted = ["east", "west"].map((name) => {
    const acl = randomUUID();
    return { name, acl, config: { acl: { tokens: { agent: acl } } } };
  });
  const { agents, stop } = await startAgents(wanted);
  t.after(stop);
  const { east, west } = agents;
  for (const { token } of [east, west]) aclToken(token);
  const side = ({ address, token }, peer_name) => ({ cluster: { address, token }, peer_name });
  await connect(side(east, "west"), side(west, "east"));
  for (const [agent, own, peer] of [
    [east, "web", "west"],
    [west, "db", "east"],
  ]) {
    await register(agent, { Name: own, Port: 9, Connect: { SidecarService: {} } });
    const wan = { Address: `gateway.${agent.name}.example`, Port: 443 };
    await register(agent, { Kind: "mesh-gateway", Name: "gateway", Port: 8443, TaggedAddresses: { wan } });
    await write(agent, { Kind: "proxy-defaults", Name: "global", MeshGateway: { Mode: "local" } });
    await exportTo(agent, peer, own);
    await allow(agent, own, peer);
  }
  return { east, west };
}

async function ask({ address, token }, method, path, body) {
  const init = { method, headers: { "X-Consul-Token": token }, body: body && JSON.stringify(body) };
  const response = await fetch(`${address}/v1/${path}`, init);
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text && JSON.parse(text);
}
const register = (agent, service) =>
  ask(agent, "PUT", "agent/service/register", { Address: "127.0.0.1", Check: CHECK, ...service });
const write = (agent, entry) => ask(agent, "PUT", "config", entry);

/** Exports these services to a peer, and no others. */
export const exportTo = (agent, Peer, ...names) =>
  write(agent, {
    Kind: "exported-services",
    Name: "default",
    Services: names.map((Name) => ({ Name, Consumers: [{ Peer }] })),
  });
export const allow = (agent, Name, Peer) =>
  write(agent, { Kind: "service-intentions", Name, Sources: [{ Name: "*", Peer, Action: "allow" }] });
/** Withdraws all exports. */
export const exportNothing = (agent) => ask(agent, "DELETE", "config/exported-services/default");

/** An ACL token with these rules only. */
export async function tokenWith(agent, Rules) {
  const Name = `rules-${randomUUID()}`;
  await ask(agent, "PUT", "acl/policy", { Name, Rules });
  const { SecretID } = await ask(agent, "PUT", "acl/token", { Policies: [{ Name }] });
  return aclToken(SecretID);
}
