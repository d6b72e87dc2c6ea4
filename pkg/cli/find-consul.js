// Which Consul to run: `$CONSUL` when it is set, otherwise `consul` on PATH. Peering needs 1.14.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const OLDEST = [1, 14];

/**
 * A usable Consul; an Error of one line, which says what to install, when there is none.
 * @returns {Promise<{ command: string, version: string }>}
 */
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
  const found = /^Consul v?((\d+)\.(\d+)\S*)/m.exec(text);
  if (!found) throw new Error(`A real Consul is needed, but ${name} does not say its version; ${wanted}.`);
  const [version, major, minor] = [found[1], Number(found[2]), Number(found[3])];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new Error(`Cluster peering needs a newer Consul: ${name} is ${version}; ${wanted}.`);
  }
  return { command, version };
}
