// The process of a Consul agent: its start, its log, its end. It never outlives the process that started it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SIGTERM_GRACE_MS = 4_000;
const LOG = "agent.log";

/**
 * @typedef {object} Run
 * @property {import("node:child_process").ChildProcess} child
 * @property {Promise<unknown>} ended  resolves when the process has ended, or could not begin
 * @property {string} directory        where its log is
 * @property {number} logged           how many bytes the log had before
 */

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} directory  its own; removed by the guard if this process does not live to do it
 * @returns {Run}
 */
export function beginAgent(command, args, env, directory) {
  const log = openSync(join(directory, LOG), "a", 0o600);
  const logged = fstatSync(log).size;
  // Detached, so that Ctrl-C on the terminal reaches only this process, which ends it in order.
  const child = spawn(command, args, { env, detached: true, stdio: ["ignore", log, log], windowsHide: true });
  closeSync(log);
  child.unref();
  const ended = once(child, "exit").catch(() => {});
  if (child.pid) guard("guard", child.pid, directory);
  return { child, ended, directory, logged };
}

/**
 * Its log since it was started.
 * @param {Run} run
 */
export const logOf = ({ directory, logged }) => readFileSync(join(directory, LOG)).subarray(logged).toString();

/**
 * Resolves when it has exited; it is killed if it takes too long.
 * @param {Run} run
 * @param {"SIGTERM" | "SIGKILL"} how
 */
export async function endAgent({ child, ended }, how) {
  if (child.pid === undefined) return;
  child.ref();
  child.kill(how);
  const hurry = setTimeout(() => child.kill("SIGKILL"), SIGTERM_GRACE_MS);
  await ended;
  clearTimeout(hurry);
  guard("forget", child.pid);
}

/** @type {import("node:stream").Writable | undefined} stdin of the one guard of this process, once an agent was started */
let guardian;

/** @param {["guard", pid: number, directory: string] | ["forget", pid: number]} message */
function guard(...message) {
  guardian ??= startGuard();
  guardian.write(JSON.stringify(message) + "\n");
}

function startGuard() {
  const script = fileURLToPath(new URL("agent-guard.js", import.meta.url));
  const started = spawn(process.execPath, [script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const { stdin } = started;
  started.on("error", () => {});
  stdin.on("error", () => {}); // a guard that was killed must not end this process
  started.unref();
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref(); // a pipe is a socket
  return stdin;
}
