// The server's address, and its names. A request for another name is from another site's page, whose name points here
// (DNS rebinding).

import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { BlockList, isIP } from "node:net";
import { systemError } from "../cli/system-error.js";
import { UsageError } from "../cli/usage-error.js";

/**
 * @typedef {{ name: string, address: string, port: number, loopback: boolean }} ListenAddress  `name` as a URL has it
 *
 * @typedef {{ origin: string, isOwn(host: string): boolean }} Names  of a server; `host` is a Host header
 */

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/**
 * @param {string} text  HOST:PORT
 * @returns {Promise<ListenAddress>}
 */
export async function readListenAddress(text) {
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined;
  if (!url || !/:\d+$/.test(text) || url.href !== `${url.origin}/`) {
    throw new UsageError(
      `--listen ${JSON.stringify(text)} is not a host and a port.`,
      "Write it as 127.0.0.1:8700 or [::1]:8700; port 0 takes any free one.",
    );
  }
  const host = bare(url.hostname);
  try {
    const { address, family } = await lookup(host);
    const loopback = LOOPBACK.check(address, family === 6 ? "ipv6" : "ipv4");
    return { name: url.hostname, address, port: Number(url.port || 80), loopback };
  } catch (error) {
    throw new UsageError(
      `--listen: the host ${host} is not known here (${systemError(error).code}).`,
      "Use an address of this host.",
    );
  }
}

/**
 * The names of a server: without TLS its host, with TLS those in its certificate.
 * @param {{ name: string }} listenAddress
 * @param {string} [certificate]  PEM
 * @returns {(port: number) => Names}
 */
export function namesOf({ name }, certificate) {
  if (!certificate) {
    return (port) => {
      const { origin, host: own } = new URL(`http://${name}:${port}`);
      return { origin, isOwn: (host) => host === own };
    };
  }
  const held = new X509Certificate(certificate);
  /** @param {string} name */
  const covers = (name) =>
    isIP(bare(name)) ? Boolean(held.checkIP(bare(name))) : Boolean(held.checkHost(name, { subject: "never" }));
  const chosen = covers(name) ? name : firstName(held);
  return (port) => ({
    origin: new URL(`https://${chosen}:${port}`).origin,
    isOwn(host) {
      if (!URL.canParse(`https://${host}`)) return false;
      const url = new URL(`https://${host}`);
      // Only in a browser's spelling: no other spelling is accepted.
      return url.host === host && Number(url.port || 443) === port && covers(url.hostname);
    },
  });
}

/**
 * Starts to listen.
 * @param {import("node:net").Server} server
 * @param {ListenAddress} listenAddress
 * @returns {Promise<number>} the port
 */
export async function listenAt(server, { name, address, port }) {
  server.listen(port, address);
  try {
    await once(server, "listening");
  } catch (error) {
    const { code = "" } = systemError(error);
    const message = `The server cannot listen on ${name}:${port} (${code}).`;
    throw Object.assign(new Error(message), { hint: LISTEN_HINTS[code] ?? "Choose another with --listen." });
  }
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : port; // a text would be a pipe's
}

/** @type {Record<string, string | undefined>} */
const LISTEN_HINTS = {
  EADDRINUSE: "Something listens there already. Choose another port with --listen, or 0 for any free one.",
  EACCES: "Ports below 1024 need elevated privileges. Choose a higher one with --listen.",
  EADDRNOTAVAIL: "Not an address of this host. Choose another one with --listen.",
};

/** @param {string} hostname */
const bare = (hostname) => hostname.replace(/^\[|\]$/g, "");

/** @param {X509Certificate} certificate */
function firstName({ subjectAltName = "" }) {
  const names = [...subjectAltName.matchAll(/(?:^|, )(DNS|IP Address):([\w.:-]+)/g)];
  const [, kind, name] = names.find(([, kind]) => kind === "DNS") ?? names[0] ?? [];
  if (!name) {
    throw new UsageError(
      "The server's certificate names no host.",
      "It needs a subjectAltName with the name by which browsers call this server.",
    );
  }
  return kind === "DNS" || !name.includes(":") ? name : `[${name}]`;
}
