// Real Consul agents on free loopback ports, for the demo and for tests. Each is a cluster of its own; nothing it
// listens on is reachable from another machine, it leaves no data, and none outlives the process that started it.

import { spawn } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { findConsul } from "./find-consul.js";

const LOOPBACK = "127.0.0.1";
const READY_WITHIN_MS = 60_000;
const SIGTERM_GRACE_MS = 4_000;
const LOG = "agent.log";
/** A server with data is in these as a dev agent is: with a multiplier of 1 it elects itself in a second, not in ten. */
const LIKE_DEV = {
  server: true,
  bootstrap_expect: 1,
  connect: { enabled: true },
  performance: { raft_multiplier: 1 },
};
const START_ATTEMPTS = 4; // another process may take a port between our asking for it and Consul's listening
/** Below the ports that systems give to outgoing connections: one of those could hold a port for a minute. */
const PORTS = [10_000, 32_768];
const PORT_ATTEMPTS = 100;
/** How long a restart waits between two attempts to listen on its ports. */
const RELISTEN_MS = 500;

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
 * @property {string} [https_address]    https://127.0.0.1:…, when `https` was asked for
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
 * Starts one agent for each entry, side by side, and resolves when all of them are ready to peer. If one does not
 * start, the others are stopped and the error shows the end of its log.
 * @param {AgentOptions[]} wanted
 * @param {{ signal?: AbortSignal, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ version: string, agents: Record<string, Agent>, stop(): Promise<void> }>}
 */
export async function startAgents(wanted, { signal, env = process.env } = {}) {
  const { command, version } = await findConsul(env);
  const outcomes = await Promise.allSettled(wanted.map((options) => startAgent(command, options, signal, env)));
  const agents = outcomes.filter((o) => o.status === "fulfilled").map((o) => o.value);
  const stop = async () => void (await Promise.all(agents.map((agent) => agent.stop())));
  const failed = outcomes.find((o) => o.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { version, agents: Object.fromEntries(agents.map((agent) => [agent.name, agent])), stop };
}

async function startAgent(command, options, signal, env) {
  for (let attempt = 1; ; attempt++) {
    const started = await launch(command, options, env);
    try {
      await untilReady(started, options.ready, signal);
      return started.agent;
    } catch (error) {
      const log = started.log();
      await started.agent.stop();
      if (signal?.aborted) throw signal.reason;
      if (attempt < START_ATTEMPTS && PORT_IS_TAKEN.test(log)) continue;
      throw notStarted(options.name, error, log);
    }
  }
}

const PORT_IS_TAKEN = /address already in use/i;

function notStarted(name, error, log) {
  const tail = log.trimEnd().split("\n").slice(-15).join("\n");
  return new Error(`Consul agent "${name}" did not start: ${error.message}. The end of its log:\n${tail}`);
}

async function launch(command, { name, datacenter = name, acl, peering, https, config, data, ready }, env) {
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
  let run = begin(command, args, env, directory);
  let stopping;
  const agent = {
    name,
    datacenter,
    address: `http://${LOOPBACK}:${http}`,
    ...(https && { https_address: `https://${LOOPBACK}:${tls}` }),
    ...(token && { token }),
    get pid() {
      return run.child.pid;
    },
    kill: () => end(run, "SIGKILL"),
    async restart(options) {
      await agent.kill();
      if (stopping) throw new Error(`Consul agent "${name}" was stopped`);
      if (options?.config) write(more, JSON.stringify(options.config));
      const deadline = performance.now() + READY_WITHIN_MS;
      for (;;) {
        run = begin(command, args, env, directory);
        try {
          return await untilReady(started, options?.ready ?? ready);
        } catch (error) {
          if (stopping) throw error;
          const log = started.log();
          const retries = run.child.exitCode !== null && PORT_IS_TAKEN.test(log) && performance.now() < deadline;
          if (!retries) throw notStarted(name, error, log);
          await sleep(RELISTEN_MS);
          if (stopping) throw error;
        }
      }
    },
    async reload(config) {
      write(more, JSON.stringify(config));
      const answer = await fetch(`${agent.address}/v1/agent/reload`, { method: "PUT", headers: bearer(token) });
      if (!answer.ok) throw new Error(`Consul agent "${name}" did not reload: ${await answer.text()}`);
    },
    stop: () => (stopping ??= end(run, "SIGTERM").then(() => rmSync(directory, { recursive: true, force: true }))),
  };
  const started = {
    agent,
    child: () => run.child,
    ports: { serf_lan, raft: `${config?.bind_addr ?? LOOPBACK}:${server}` },
    // Where it can be dialled, and never where it takes no part in peering.
    dialled: dialledAt(config, peering, grpc_tls),
    /** What it has logged since it was last started. */
    log: () => readFileSync(join(directory, LOG)).subarray(run.logged).toString(),
  };
  return started;
}

function dialledAt(config, peering, grpc_tls) {
  const port = config?.ports?.grpc_tls ?? grpc_tls;
  if (peering === false || port < 1) return undefined;
  return { host: config?.addresses?.grpc_tls ?? LOOPBACK, port };
}

function begin(command, args, env, directory) {
  const log = openSync(join(directory, LOG), "a", 0o600);
  const logged = fstatSync(log).size;
  // Detached, so that Ctrl-C on the terminal reaches only us and we end it in order.
  const child = spawn(command, args, { env, detached: true, stdio: ["ignore", log, log], windowsHide: true });
  closeSync(log);
  child.unref();
  const ended = once(child, "exit").catch((error) => [error.message]);
  if (child.pid) guard("guard", child.pid, directory);
  return { child, ended, logged };
}

async function untilReady({ agent, child, ports, dialled }, ready, signal) {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    signal?.throwIfAborted();
    const { exitCode, pid, signalCode } = child();
    if (exitCode !== null) throw new Error(`it ended with exit code ${exitCode}`);
    if (pid === undefined || signalCode !== null) throw new Error("it did not run");
    if (ready === false ? await listens(agent, ports) : await isReady(agent, ports, dialled)) return;
    await sleep(50);
  }
  throw new Error(`it was not ready within ${READY_WITHIN_MS / 1000} s`);
}

/**
 * It is the leader (by its own raft address: on a port that was taken, some other cluster could be answering), its
 * certificate authority is there, or never will be, because Connect is off, and it can be dialled.
 */
async function isReady({ address, datacenter }, { raft }, dialled) {
  try {
    const get = (path) => fetch(address + path, { signal: AbortSignal.timeout(5_000) });
    if ((await (await get("/v1/status/leader")).json()) !== raft) return false;
    const roots = await get("/v1/connect/ca/roots");
    if (!roots.ok) return /must be enabled/.test(await roots.text());
    const { TrustDomain } = await roots.json();
    return dialled === undefined || (await isDialled(dialled, `server.${datacenter}.peering.${TrustDomain}`));
  } catch {
    return false; // not listening yet
  }
}

/** The certificate that a peer asks for is there: for a moment after the authority is, every dialer is turned away. */
async function isDialled(address, servername) {
  const socket = connect({ ...address, servername, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(5_000) });
    return true;
  } finally {
    socket.destroy();
  }
}

async function end({ child, ended }, how) {
  if (child.pid === undefined) return;
  child.ref();
  child.kill(how);
  const hurry = setTimeout(() => child.kill("SIGKILL"), SIGTERM_GRACE_MS);
  await ended;
  clearTimeout(hurry);
  guard("forget", child.pid);
}

/** It answers, and is no other that took the port: an agent is told by the port that it gossips on. */
async function listens({ address, token }, { serf_lan }) {
  try {
    const asked = { headers: bearer(token), signal: AbortSignal.timeout(5_000) };
    const self = await fetch(`${address}/v1/agent/self`, asked);
    return (await self.json()).Member.Port === serf_lan;
  } catch {
    return false;
  }
}

const bearer = (token) => (token ? { "X-Consul-Token": token } : {});

/** Free ports, all held open until the last is found, so that they differ. */
async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

async function listenAnywhere() {
  for (let attempt = 1; ; attempt++) {
    const server = createServer().listen(randomInt(...PORTS), LOOPBACK);
    try {
      await once(server, "listening");
      return server;
    } catch (error) {
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

let guardian; // one for this process, from the first agent on
function guard(...message) {
  if (!guardian) {
    const script = fileURLToPath(new URL("agent-guard.js", import.meta.url));
    guardian = spawn(process.execPath, [script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    guardian.on("error", () => {});
    guardian.stdin.on("error", () => {}); // a guard that was killed must not take us with it
    guardian.unref();
    guardian.stdin.unref();
  }
  guardian.stdin.write(JSON.stringify(message) + "\n");
}
