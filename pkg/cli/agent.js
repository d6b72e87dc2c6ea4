// Real Consul dev agents on free loopback ports, for the demo and for tests. Each is a cluster of its own; nothing
// it listens on is reachable from another machine, it keeps no data, and none outlives the process that started it.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findConsul } from "./find-consul.js";

const LOOPBACK = "127.0.0.1";
const READY_WITHIN_MS = 60_000;
const SIGTERM_GRACE_MS = 4_000;
const START_ATTEMPTS = 4; // somebody else may take a port between our asking for it and Consul's listening

/**
 * @typedef {object} AgentOptions
 * @property {string} name               also the datacenter, unless that is given
 * @property {string} [datacenter]
 * @property {boolean | string} [acl]    ACLs on, default deny; the initial management token (true: a random one)
 * @property {boolean} [peering]         false: peering disabled
 * @property {boolean} [https]           listen on https too; certificates by `config: { tls: … }`
 * @property {object | string} [config]  more agent configuration, merged by Consul: an object, or a text of HCL
 *
 * @typedef {object} Agent
 * @property {string} name
 * @property {string} datacenter
 * @property {string} address            http://127.0.0.1:…
 * @property {string} [https_address]    https://127.0.0.1:…, when `https` was asked for
 * @property {string} [token]            the initial management token, when ACLs are on
 * @property {number} pid
 * @property {() => Promise<void>} stop  ends it and removes its directory; may be called twice
 */

/**
 * Starts one dev agent for each entry, side by side, and resolves when all of them are ready to peer. If one does not
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
      await untilReady(started, signal);
      return started.agent;
    } catch (error) {
      const log = started.log();
      await started.agent.stop();
      if (signal?.aborted) throw signal.reason;
      if (attempt < START_ATTEMPTS && /address already in use/i.test(log)) continue;
      const tail = log.trimEnd().split("\n").slice(-15).join("\n");
      throw new Error(`Consul agent "${options.name}" did not start: ${error.message}. The end of its log:\n${tail}`);
    }
  }
}

async function launch(command, { name, datacenter = name, acl, peering, https, config }, env) {
  const [http, serf_lan, serf_wan, server, grpc_tls, tls] = await freePorts(6);
  const token = acl === true ? randomUUID() : acl || undefined;
  const base = {
    datacenter,
    node_name: name,
    bind_addr: LOOPBACK,
    client_addr: LOOPBACK,
    ports: { http, https: https ? tls : -1, dns: -1, serf_lan, serf_wan, server, grpc: -1, grpc_tls },
    limits: { http_max_conns_per_client: -1 },
    ...(token && { acl: { enabled: true, default_policy: "deny", tokens: { initial_management: token } } }),
    ...(peering === false && { peering: { enabled: false } }),
  };
  const directory = mkdtempSync(join(tmpdir(), `consul-${name}-`));
  const logFile = join(directory, "agent.log");
  const files = [["agent.json", JSON.stringify(base)]];
  if (typeof config === "string") files.push(["more.hcl", config]);
  else if (config) files.push(["more.json", JSON.stringify(config)]);
  const args = ["agent", "-dev", "-log-level=info"];
  for (const [file, text] of files) {
    writeFileSync(join(directory, file), text, { mode: 0o600 });
    args.push("-config-file", join(directory, file));
  }
  const log = openSync(logFile, "a", 0o600);
  // Detached, so that Ctrl-C on the terminal reaches only us and we end it in order.
  const child = spawn(command, args, { env, detached: true, stdio: ["ignore", log, log], windowsHide: true });
  closeSync(log);
  child.unref();
  const ended = once(child, "exit").catch((error) => [error.message]);
  if (child.pid) guard("guard", child.pid, directory);
  const agent = {
    name,
    datacenter,
    address: `http://${LOOPBACK}:${http}`,
    ...(https && { https_address: `https://${LOOPBACK}:${tls}` }),
    ...(token && { token }),
    pid: child.pid,
    stop: () => (stopping ??= end(child, ended, directory)),
  };
  let stopping;
  return { agent, child, raft: `${LOOPBACK}:${server}`, log: () => readFileSync(logFile, "utf8") };
}

async function untilReady({ agent, child, raft }, signal) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    signal?.throwIfAborted();
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    if (child.pid === undefined || child.signalCode !== null) throw new Error("it did not run");
    if (await isReady(agent.address, raft)) return;
    await sleep(50);
  }
  throw new Error(`it was not ready within ${READY_WITHIN_MS / 1000} s`);
}

/**
 * It is the leader (by its own raft address: on a port that was taken, some other cluster could be answering), and its
 * certificate authority is there, or never will be, because Connect is off.
 */
async function isReady(address, raft) {
  try {
    const get = (path) => fetch(address + path, { signal: AbortSignal.timeout(5_000) });
    if ((await (await get("/v1/status/leader")).json()) !== raft) return false;
    const roots = await get("/v1/connect/ca/roots");
    return roots.ok || /must be enabled/.test(await roots.text());
  } catch {
    return false; // not listening yet
  }
}

async function end(child, ended, directory) {
  if (child.pid !== undefined) {
    child.ref();
    child.kill("SIGTERM");
    const hurry = setTimeout(() => child.kill("SIGKILL"), SIGTERM_GRACE_MS);
    await ended;
    clearTimeout(hurry);
    guard("forget", child.pid);
  }
  rmSync(directory, { recursive: true, force: true });
}

/** Asks the OS for all ports at once, holding them open, so that they differ. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, LOOPBACK);
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
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
