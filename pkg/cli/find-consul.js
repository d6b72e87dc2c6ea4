// Finds Consul: `$CONSUL` if it is set, otherwise `consul` on PATH. Peering needs 1.14.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { systemError } from "./system-error.js";

const OLDEST = [1, 14];

const INSTALL = `install Consul ${OLDEST.join(".")} or newer, or set $CONSUL to its path`;

/** No usable Consul: `reason` is why, the message of one line also what to install. */
export class NoConsul extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(`A real Consul is needed, but ${reason}; ${INSTALL}.`);
    this.reason = reason;
  }
}

/**
 * A usable Consul, or a {@link NoConsul}.
 * @returns {Promise<{ command: string, version: string }>}
 */
export async function findConsul(env = process.env) {
  const command = env.CONSUL || "consul";
  const name = env.CONSUL ? `$CONSUL (${command})` : "`consul` on PATH";
  let text;
  try {
    ({ stdout: text } = await promisify(execFile)(command, ["version"], { env }));
  } catch (error) {
    const { code, message } = systemError(error);
    const reason = code === "ENOENT" ? "was not found" : `did not run: ${message.split("\n")[0]}`;
    throw new NoConsul(`${name} ${reason}`);
  }
  const found = /^Consul v?((\d+)\.(\d+)\S*)/m.exec(text);
  if (!found) throw new NoConsul(`${name} does not print its version`);
  const [version, major, minor] = [found[1], Number(found[2]), Number(found[3])];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) throw new NoConsul(`${name} is ${version}`);
  return { command, version };
}
