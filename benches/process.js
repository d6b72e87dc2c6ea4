// A script beside this one, in a process of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const start = (script, args, execArgv) =>
  fork(fileURLToPath(new URL(script, import.meta.url)), args.map(String), { execArgv });

/** One that serves: what it says first, and how it is ended. It ends itself when its channel is closed. */
export async function startProcess(script, ...args) {
  const child = start(script, args);
  const [said] = await Promise.race([once(child, "message"), once(child, "exit").then(() => failed(script))]);
  return { said, stop: () => child.disconnect() };
}

/** One that does a thing and ends: what it said. */
export async function runProcess(script, ...args) {
  const child = start(script, args, ["--expose-gc"]);
  let said;
  child.on("message", (message) => (said = message));
  const [code] = await once(child, "exit");
  return code === 0 && said !== undefined ? said : failed(script, args);
}

function failed(script, args = []) {
  throw new Error(`${[script, ...args].join(" ")} has failed`);
}
