// Which Consul to run: `$CONSUL` when it is set, otherwise `consul` on PATH. Peering needs 1.14.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const OLDEST = [1, 14];

/** The command of a usable Consul; an Error of one line, which says what to install, when there is none. */
export async function findConsul(env = process.env) {
  const command = env.CONSUL || "consul";
  const name = env.CONSUL ? `$CONSUL (${command})` : "`consul` on PATH";
  const wanted = `install Consul ${OLDEST.join(".")} or newer, or set $CONSUL to its path`;
  let text;
  try {
    ({ stdout: text } = await promisify(execFile)(command, ["version"], { env }));
  } catch (error) {
    const reason = error.code === "ENOENT" ? "was not found" : `did not run: ${error.message.split("\n")[0]}`;
    throw new Error(`A real Consul is needed, but ${name} ${reason}; ${wanted}.`);
  }
  const version = /^Consul v?(\d+)\.(\d+)\S*/m.exec(text);
  if (!version) throw new Error(`A real Consul is needed, but ${name} does not say its version; ${wanted}.`);
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new Error(`Cluster peering needs a newer Consul: ${name} is ${version[0]}; ${wanted}.`);
  }
  return command;
}
