// Starts Consul agents concurrently, and waits until each is ready.

import { setTimeout as sleep } from "node:timers/promises";
import { findConsul } from "./find-consul.js";

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const START_ATTEMPTS = 4; // another process may take a port before Consul listens on it

/**
 * @typedef {object} Agent
 * @property {string} name
 * @property {string} address            http://127.0.0.1:…
 * @property {() => Promise<void>} stop  ends it and removes its directory
 *
 * @typedef {{ command: string, env: NodeJS.ProcessEnv }} Consul  what to run, and in which environment
 */

/**
 * An agent whose process has started.
 * @template {Agent} A
 * @typedef {object} Launched
 * @property {A} agent
 * @property {() => import("node:child_process").ChildProcess} child
 * @property {() => string} log
 * @property {() => Promise<boolean>} isReady
 */

/**
 * Starts one agent for each entry of `wanted`, and resolves when all of them are ready. If one does not start, the
 * others are stopped and the error shows the end of its log.
 * @template W
 * @template {Agent} A
 * @param {W[]} wanted
 * @param {(entry: W, consul: Consul) => Promise<Launched<A>>} launch
 * @param {{ signal?: AbortSignal, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ version: string, agents: Record<string, A>, stop(): Promise<void> }>}
 */
export async function startAll(wanted, launch, { signal, env = process.env } = {}) {
  const { command, version } = await findConsul(env);
  const outcomes = await Promise.allSettled(
    wanted.map((entry) => startOne(() => launch(entry, { command, env }), signal)),
  );
  const agents = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const stop = async () => void (await Promise.all(agents.map((agent) => agent.stop())));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { version, agents: Object.fromEntries(agents.map((agent) => [agent.name, agent])), stop };
}

/**
 * @template {Agent} A
 * @param {() => Promise<Launched<A>>} launch
 * @param {AbortSignal} [signal]
 */
async function startOne(launch, signal) {
  for (let attempt = 1; ; attempt++) {
    const launched = await launch();
    try {
      await untilReady(launched, signal);
      return launched.agent;
    } catch (error) {
      const log = launched.log();
      await launched.agent.stop();
      if (signal?.aborted) throw signal.reason;
      if (attempt < START_ATTEMPTS && isPortTaken(log)) continue;
      throw notStarted(launched.agent.name, error, log);
    }
  }
}

/**
 * @param {Omit<Launched<Agent>, "agent" | "log">} launched
 * @param {AbortSignal} [signal]
 */
export async function untilReady({ child, isReady }, signal) {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    signal?.throwIfAborted();
    const { exitCode, pid, signalCode } = child();
    if (exitCode !== null) throw new Error(`it ended with exit code ${exitCode}`);
    if (pid === undefined || signalCode !== null) throw new Error("it did not run");
    if (await isReady()) return;
    await sleep(POLL_MS);
  }
  throw new Error(`it was not ready within ${READY_WITHIN_MS / 1000} s`);
}

/** @param {string} log */
export const isPortTaken = (log) => /address already in use/i.test(log);

/**
 * The error of an agent that exited or was not ready in time.
 * @param {string} name
 * @param {unknown} error
 * @param {string} log
 */
export function notStarted(name, error, log) {
  const tail = log.trimEnd().split("\n").slice(-15).join("\n");
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`Consul agent "${name}" did not start: ${reason}. The end of its log:\n${tail}`);
}
