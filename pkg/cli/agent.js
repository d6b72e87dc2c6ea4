// Real Consul dev agents on free loopback ports, for the demo. Each is a separate cluster; none is reachable from
// another machine, leaves data, or outlives the process that started it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beginAgent, endAgent, logOf } from "./agent-process.js";
import { isReady } from "./agent-ready.js";
import { startAll } from "./agent-start.js";
import { freePorts, LOOPBACK } from "./free-ports.js";

/**
 * Starts one agent for each name, which is also its datacenter.
 * @param {string[]} names
 * @param {{ signal: AbortSignal, env: NodeJS.ProcessEnv }} options
 */
export const startAgents = (names, options) => startAll(names, launch, options);

/**
 * @param {string} name
 * @param {import("./agent-start.js").Consul} consul
 * @returns {Promise<import("./agent-start.js").Launched<import("./agent-start.js").Agent>>}
 */
async function launch(name, { command, env }) {
  const [http, serf_lan, serf_wan, server, grpc_tls] = await freePorts(5);
  const directory = mkdtempSync(join(tmpdir(), `consul-${name}-`));
  const config = join(directory, "agent.json");
  writeFileSync(
    config,
    JSON.stringify({
      datacenter: name,
      node_name: name,
      bind_addr: LOOPBACK,
      client_addr: LOOPBACK,
      ports: { http, https: -1, dns: -1, serf_lan, serf_wan, server, grpc: -1, grpc_tls },
    }),
  );
  const address = `http://${LOOPBACK}:${http}`;
  const run = beginAgent(command, ["agent", "-dev", "-log-level=info", "-config-file", config], env, directory);
  return {
    agent: {
      name,
      address,
      async stop() {
        await endAgent(run, "SIGTERM");
        rmSync(directory, { recursive: true, force: true });
      },
    },
    child: () => run.child,
    log: () => logOf(run),
    isReady: () => isReady(address, name, `${LOOPBACK}:${server}`, { host: LOOPBACK, port: grpc_tls }),
  };
}
