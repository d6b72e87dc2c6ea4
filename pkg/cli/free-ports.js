// Free ports on the loopback address.

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

export const LOOPBACK = "127.0.0.1";
/** Below the ports that systems use for outgoing connections: one of those could hold a port for a minute. */
const [LOWEST, HIGHEST] = [10_000, 32_768];
const ATTEMPTS = 100;

/**
 * All are held open until the last is found, so that they differ.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map(({ port }) => port);
  await Promise.all(servers.map(({ server }) => new Promise((closed) => server.close(closed))));
  return ports;
}

async function listenAnywhere() {
  for (let attempt = 1; ; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    const server = createServer().listen(port, LOOPBACK);
    try {
      await once(server, "listening");
      return { server, port };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
