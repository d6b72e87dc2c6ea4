// A process of its own that outlives ours for a moment: when our end of its stdin closes, however we ended (a crash,
// Ctrl-C, even SIGKILL), it kills the agents it was told of and removes their directories.
// Told on stdin, one JSON array a line: ["guard", pid, directory] or ["forget", pid].

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
    // gone already
  }
}
if (agents.size) await sleep(50);
for (const directory of agents.values()) rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
