// The agents of the recorded cases, set up like the simulated ones of `../conformance/recorded-clusters.js`.

const RULES = {
  peering: (right) => `peering = "${right}"`,
  operator: (right) => `operator = "${right}"`,
};
/** The names of the ACL tokens' policies, by the rules. */
const nameOf = (rules) => Object.keys(rules).map((kind) => (kind === "peering" ? rules[kind] : kind))[0] ?? "none";

/** Options of `startAgents`, for a cluster with the simulator's options. */
export function agentOf(name, options = {}) {
  const { acl, peering, connect, response_headers, block_endpoints, restrict_writes, server_address, reachable } =
    options;
  const [host, port] = reachable?.[0].split(":") ?? [];
  return {
    name,
    acl: acl?.management,
    peering,
    config: {
      node_name: `${name}-server`, // as for simulated ones
      http_config: {
        ...(response_headers && { response_headers }),
        ...(block_endpoints && { block_endpoints }),
        ...(restrict_writes && { allow_write_http_from: ["192.0.2.0/24"] }), // a range for documentation
      },
      ...(connect === false && { connect: { enabled: false } }),
      // Reachable at another address than in its tokens.
      ...(server_address && { addresses: { grpc_tls: host }, ports: { grpc_tls: Number(port) } }),
    },
  };
}

/** Written before anything is recorded: ACL tokens and exported services. */
export async function prepareAgents(agents, clusters) {
  for (const [name, agent] of Object.entries(agents)) {
    const { acl, exported_services: exported } = clusters[name] ?? {};
    for (const [SecretID, rules] of Object.entries(acl?.tokens ?? {})) {
      const Name = nameOf(rules);
      const Rules = Object.entries(rules).map(([kind, right]) => RULES[kind](right));
      await put(agent, "/v1/acl/policy", { Name, Rules: Rules.join("\n") });
      await put(agent, "/v1/acl/token", { SecretID, Policies: [{ Name }] });
    }
    if (exported) await exportServices(agent, exported);
  }
}

async function exportServices(agent, exported) {
  for (const Name of Object.keys(exported)) await put(agent, "/v1/agent/service/register", { Name, Port: 9 });
  const Services = Object.entries(exported).map(([Name, peers]) => ({
    Name,
    Consumers: peers.map((Peer) => ({ Peer })),
  }));
  await put(agent, "/v1/config", { Kind: "exported-services", Name: "default", Services });
}

export async function put({ address, token }, path, body) {
  const headers = token ? { "X-Consul-Token": token } : {};
  const response = await fetch(address + path, { method: "PUT", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}
