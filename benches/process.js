// Runs scripts of this folder in their own processes.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const start = (script, args, execArgv) =>
  fork(fileURLToPath(new URL(script, import.meta.url)), args.map(String), { execArgv });

/** Starts a server. Returns its first message, and a function that stops it by closing its channel. */
export async function startProcess(script, ...args) {
  const child = start(script, args);
  const [first] = await Promise.race([once(child, "message"), once(child, "exit").then(() => failed(script))]);
  return { message: first, stop: () => child.disconnect() };
}

/** Runs a script until it ends, and returns its last message. */
export async function runProcess(script, ...args) {
  const child = start(script, args, ["--expose-gc"]);
  let last;
  child.on("message", (message) => (last = message));
  const [code] = await once(child, "exit");
  return code === 0 && last !== undefined ? last : failed(script, args);
}

function failed(script, args = []) {
  throw new Error(`${[script, ...args].join(" ")} failed`);
}
