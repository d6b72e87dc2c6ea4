// A separate process that outlives its parent for a moment: when the parent's end of stdin closes, for whatever reason
// (a crash, Ctrl-C, even SIGKILL), it kills the registered agents and removes their directories. Input: one JSON array
// per line, ["guard", pid, directory] or ["forget", pid].

import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const agents = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const [what, pid, directory] = JSON.parse(line);
  if (what === "guard") agents.set(pid, directory);
  else agents.delete(pid);
}
for (const pid of agents.keys()) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // removed already
  }
}
if (agents.size) await sleep(50);
for (const directory of agents.values()) rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
