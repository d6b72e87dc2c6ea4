// Real Consul agents for tests and benchmarks: like those of the demo, with any configuration, and with restart, kill
// and reload.

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beginAgent, endAgent, logOf } from "../../pkg/cli/agent-process.js";
import { isReady } from "../../pkg/cli/agent-ready.js";
import { isPortTaken, notStarted, startAll, untilReady } from "../../pkg/cli/agent-start.js";
import { freePorts, LOOPBACK } from "../../pkg/cli/free-ports.js";

/**
 * A server with data has the timing of a dev agent: with a multiplier of 1 it elects itself in a second, not in ten.
 */
const LIKE_DEV = {
  server: true,
  bootstrap_expect: 1,
  connect: { enabled: true },
  performance: { raft_multiplier: 1 },
};
/** How long a restart waits between two attempts to listen on its ports, and for how long it retries. */
const RELISTEN_MS = 500;
const RELISTEN_FOR_MS = 60_000;

/**
 * @typedef {object} AgentOptions
 * @property {string} name               also the datacenter, unless that is given
 * @property {string} [datacenter]
 * @property {boolean | string} [acl]    ACLs on, default deny; the initial management token (true: a random one)
 * @property {boolean} [peering]         false: peering disabled
 * @property {boolean} [https]           listen on https too; certificates by `config: { tls: … }`
 * @property {object | string} [config]  more agent configuration, merged by Consul: an object, or a text of HCL
 * @property {boolean} [data]            a server that finds its data again after a `restart`, instead of a dev agent
 * @property {boolean} [ready]           false: it is enough that it listens, without a leader or a CA
 *
 * @typedef {object} Agent
 * @property {string} name
 * @property {string} datacenter
 * @property {string} address            http://127.0.0.1:…
 * @property {string} [https_address]    https://127.0.0.1:…, with the option `https`
 * @property {string} [token]            the initial management token, when ACLs are on
 * @property {number} pid                a new one after each restart
 * @property {() => Promise<void>} kill  ends it at once, as `kill -9` does
 * @property {(options?: { ready?: boolean, config?: object }) => Promise<void>} restart  starts it again on the same
 *                                       ports, after a `kill` where it still runs; with another `config` where given.
 *                                       Retries for a minute while another process holds one of the ports
 * @property {(config: object) => Promise<void>} reload  makes it take another `config` while it runs
 * @property {() => Promise<void>} stop  ends it and removes its directory; may be called twice
 */

/**
 * Starts one agent for each entry, and resolves when all of them are ready to peer.
 * @param {AgentOptions[]} wanted
 * @param {{ signal?: AbortSignal, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ version: string, agents: Record<string, Agent>, stop(): Promise<void> }>}
 */
export const startAgents = (wanted, options) => startAll(wanted, launch, options);

async function launch({ name, datacenter = name, acl, peering, https, config, data, ready }, { command, env }) {
  const [http, serf_lan, serf_wan, server, grpc_tls, tls] = await freePorts(6);
  const token = acl === true ? randomUUID() : acl || undefined;
  const directory = mkdtempSync(join(tmpdir(), `consul-${name}-`));
  const base = {
    datacenter,
    node_name: name,
    bind_addr: LOOPBACK,
    client_addr: LOOPBACK,
    ports: { http, https: https ? tls : -1, dns: -1, serf_lan, serf_wan, server, grpc: -1, grpc_tls },
    limits: { http_max_conns_per_client: -1 },
    ...(token && { acl: { enabled: true, default_policy: "deny", tokens: { initial_management: token } } }),
    ...(peering === false && { peering: { enabled: false } }),
    ...(data && { ...LIKE_DEV, data_dir: join(directory, "data") }),
  };
  const write = (file, text) => writeFileSync(join(directory, file), text, { mode: 0o600 });
  const more = typeof config === "string" ? "more.hcl" : "more.json";
  write("agent.json", JSON.stringify(base));
  write(more, typeof config === "string" ? config : JSON.stringify(config ?? {}));
  const args = ["agent", ...(data ? [] : ["-dev"]), "-log-level=info"];
  for (const file of ["agent.json", more]) args.push("-config-file", join(directory, file));

  const address = `http://${LOOPBACK}:${http}`;
  const raft = `${config?.bind_addr ?? LOOPBACK}:${server}`;
  const dialed = dialedAt(config, peering, grpc_tls);
  const launched = (isEnough = ready) => ({
    agent,
    child: () => run.child,
    log: () => logOf(run),
    isReady: () =>
      isEnough === false ? listens(address, token, serf_lan) : isReady(address, datacenter, raft, dialed),
  });
  let run = beginAgent(command, args, env, directory);
  let stopping;
  const agent = {
    name,
    datacenter,
    address,
    ...(https && { https_address: `https://${LOOPBACK}:${tls}` }),
    ...(token && { token }),
    get pid() {
      return run.child.pid;
    },
    kill: () => endAgent(run, "SIGKILL"),
    async restart(options) {
      await agent.kill();
      if (stopping) throw new Error(`Consul agent "${name}" was stopped`);
      if (options?.config) write(more, JSON.stringify(options.config));
      const deadline = performance.now() + RELISTEN_FOR_MS;
      for (;;) {
        run = beginAgent(command, args, env, directory);
        try {
          return await untilReady(launched(options?.ready));
        } catch (error) {
          if (stopping) throw error;
          const log = logOf(run);
          const retries = run.child.exitCode !== null && isPortTaken(log) && performance.now() < deadline;
          if (!retries) throw notStarted(name, error, log);
          await sleep(RELISTEN_MS);
          if (stopping) throw error;
        }
      }
    },
    async reload(config) {
      write(more, JSON.stringify(config));
      const answer = await fetch(`${address}/v1/agent/reload`, { method: "PUT", headers: bearer(token) });
      if (!answer.ok) throw new Error(`Consul agent "${name}" did not reload: ${await answer.text()}`);
    },
    stop: () => (stopping ??= endAgent(run, "SIGTERM").then(() => rmSync(directory, { recursive: true, force: true }))),
  };
  return launched();
}

/** The address that peers dial; none if it takes no part in peering. */
function dialedAt(config, peering, grpc_tls) {
  const port = config?.ports?.grpc_tls ?? grpc_tls;
  if (peering === false || port < 1) return undefined;
  return { host: config?.addresses?.grpc_tls ?? LOOPBACK, port };
}

/** It responds, and it is this agent, not another one on its port: the port of its gossip shows it. */
async function listens(address, token, serf_lan) {
  try {
    const options = { headers: bearer(token), signal: AbortSignal.timeout(5_000) };
    const self = await fetch(`${address}/v1/agent/self`, options);
    return (await self.json()).Member.Port === serf_lan;
  } catch {
    return false;
  }
}

const bearer = (token) => (token ? { "X-Consul-Token": token } : {});
