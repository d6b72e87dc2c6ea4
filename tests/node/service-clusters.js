// Two real clusters with ACLs whose services call each other over a peering, and what changes their configuration.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import process from "node:process";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, troubleshoot } from "../../pkg/node.js";
import { findConsul } from "../../pkg/cli/find-consul.js";
import { startAgents } from "../consul/agent.js";
import { secrets } from "./pair-commands.js";
import { aclToken } from "./secrets.js";

const TTL = { TTL: "60m", Status: "passing" };
export const WITHIN_MS = 30_000;

let clusters, consul;
/** The two clusters, and the sides of their peering. */
export let east, west, sides;

export const ask = async (agent, method, path, body) => {
  const response = await fetch(agent.address + path, {
    method,
    headers: { "X-Consul-Token": agent.token },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text && JSON.parse(text);
};
export const put = (agent, body) => ask(agent, "PUT", "/v1/config", body);
export const unset = (agent, kind, name) => ask(agent, "DELETE", `/v1/config/${kind}/${name}`);
export const register = (agent, service) => ask(agent, "PUT", "/v1/agent/service/register", { Check: TTL, ...service });
export const deregister = (agent, id) => ask(agent, "PUT", `/v1/agent/service/deregister/${id}`);
export const check = (agent, id, status) => ask(agent, "PUT", `/v1/agent/check/${status}/service:${id}`);
export const gateway = (agent, Address) =>
  register(agent, {
    Kind: "mesh-gateway",
    Name: "gateway",
    Port: 8443,
    Address: "127.0.0.1",
    TaggedAddresses: { wan: { Address, Port: 443 } },
  });
export const exported = (agent, Peer, ...names) =>
  put(agent, {
    Kind: "exported-services",
    Name: "default",
    Services: names.map((Name) => ({ Name, Consumers: [{ Peer }] })),
  });
export const allow = (agent, Name, Peer, Action = "allow") =>
  put(agent, { Kind: "service-intentions", Name, Sources: [{ Name: "*", Peer, Action }] });
export const defaults = (agent, Mode) => put(agent, { Kind: "proxy-defaults", Name: "global", MeshGateway: { Mode } });
/** Exports a service without a sidecar proxy. */
export async function exportedPlain() {
  await register(east, { Name: "plain", Port: 9 });
  await exported(east, "west", "web", "plain");
}
/** Writes a config entry as it was printed. */
export const paste = (agent, entry) =>
  execFileSync(consul, ["config", "write", "-"], {
    input: entry,
    env: { CONSUL_HTTP_ADDR: agent.address, CONSUL_HTTP_TOKEN: agent.token },
  });

/** Polls until the check of a cluster has this status: changes take a moment to arrive. */
export async function becomes(agent, id, status, options) {
  const end = performance.now() + WITHIN_MS;
  for (;;) {
    const found = await troubleshoot(...sides, options);
    const check = found.checks.find((each) => each.id === id && each.cluster === agent.address);
    if (check?.status === status) return { ...check, ok: found.ok, services: found.services };
    assert.ok(performance.now() < end, `${id} of ${agent.name} is ${JSON.stringify(check)}, not ${status}`);
    await sleep(100);
  }
}

before(async () => {
  consul = (await findConsul(process.env)).command;
  // A service is deregistered with the agent's own token.
  const agents = ["east", "west"].map((name) => {
    const acl = randomUUID();
    return { name, acl, config: { acl: { tokens: { agent: acl } } } };
  });
  clusters = await startAgents(agents);
  ({ east, west } = clusters.agents);
  for (const { token } of [east, west]) secrets.add(aclToken(token));
  const cluster = ({ address, token }) => ({ address, token });
  sides = [
    { cluster: cluster(east), peer_name: "west", server_external_addresses: [] },
    { cluster: cluster(west), peer_name: "east" },
  ];
  await connect(...sides);
  for (const [agent, own, other] of [
    [east, "web", "west"],
    [west, "db", "east"],
  ]) {
    await register(agent, { Name: own, Port: 9, Connect: { SidecarService: {} } });
    await gateway(agent, `gateway.${agent.name}.example`);
    await defaults(agent, "local");
    await exported(agent, other, own);
    await allow(agent, own, other);
  }
});
after(() => clusters?.stop());
