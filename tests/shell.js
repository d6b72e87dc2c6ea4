// A command in a shell, as a user types it: in a process group, so that its children end with it, and for three minutes
// at most.
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";

const LATE_MS = 180_000;

/**
 * @param {string} command
 * @param {{ cwd: string, env: Record<string, string> }} where
 * @returns {{ child: import("node:child_process").ChildProcess, kill: (signal: string) => void,
 *   ended: Promise<number | null> }} `child`: what it prints is text; `ended`: its exit code, once all is printed
 */
export function startShell(command, where) {
  const child = spawn("bash", ["-c", command], { ...where, stdio: ["ignore", "pipe", "pipe"], detached: true });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8");
  const kill = (signal) => process.kill(-child.pid, signal);
  const late = setTimeout(() => kill("SIGKILL"), LATE_MS);
  const ended = once(child, "close").then(([code]) => {
    clearTimeout(late);
    return code;
  });
  return { child, kill, ended };
}
