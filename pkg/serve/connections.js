// The connections of a server: a limit for each address, and closing all of them at the end, also those without a
// request.

import { networkOf } from "./sign-in-limit.js";

/**
 * @param {import("node:net").Server} server
 * @param {number} most  of one address, so that it cannot use up all
 * @returns {() => void} closes all of them
 */
export function limitConnections(server, most) {
  /** @type {Map<string, Set<import("node:net").Socket>>} by network */
  const open = new Map();
  server.on("connection", (socket) => {
    const network = networkOf(socket.remoteAddress ?? "");
    const sockets = open.get(network) ?? new Set();
    open.set(network, sockets.add(socket));
    socket.on("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0 && open.get(network) === sockets) open.delete(network);
    });
    if (sockets.size > most) socket.destroy();
  });
  return () => [...open.values()].forEach((sockets) => sockets.forEach((socket) => socket.destroy()));
}
