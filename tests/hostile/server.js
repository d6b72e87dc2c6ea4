// A server that sends arbitrary bytes, over plain or TLS sockets: they are neither checked nor encoded.
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { pipeline } from "node:stream/promises";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

/** As a piece of a response: keep the connection open and send nothing more. */
export const SILENCE = Symbol("silence");

/**
 * @typedef {{ method: string, target: string, headers: Record<string, string>, body: string }} Request
 * @param {(request: Request) => Iterable<string | Buffer | number | typeof SILENCE>} respond  the response's bytes,
 *   piece by piece, of a string one byte each character; a number is a pause in ms. The connection is closed after the
 *   last piece, and an endless response ends with the connection.
 * @param {{ key: string | Buffer, cert: string | Buffer }} [secure]  for TLS
 */
export async function startHostile(respond, secure) {
  const sockets = new Set();
  const requests = [];
  const serve = (socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    answer(socket, respond, requests).catch(() => {}); // the client has gone
  };
  const server = secure ? tls.createServer(secure, serve) : net.createServer(serve);
  server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    port,
    address: `${secure ? "https" : "http"}://127.0.0.1:${port}`,
    requests,
    /** Resolves when no client is connected. */
    async drained() {
      while (sockets.size > 0)
        await Promise.race([...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}

async function answer(socket, respond, requests) {
  const request = await readRequest(socket);
  if (!request) return;
  requests.push(request);
  const closed = new AbortController();
  socket.on("close", () => closed.abort());
  await pipeline(bytesOf(respond(request), closed.signal), socket);
}

async function* bytesOf(pieces, signal) {
  for (const piece of pieces) {
    if (piece === SILENCE) await once(signal, "abort");
    else if (typeof piece === "number") await sleep(piece, undefined, { signal });
    else yield Buffer.from(piece, "latin1");
    // Each chunk separately, so that a client's reads end at its end.
    await nextTurn();
  }
}

/** The first request on a connection; undefined if it closes before. */
async function readRequest(socket) {
  let text = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk.toString("latin1");
    const [head, body] = split(text, "\r\n\r\n");
    if (body === undefined) continue;
    const [line, ...fields] = head.split("\r\n");
    const [method, target] = line.split(" ");
    const headers = Object.fromEntries(fields.map((field) => split(field, ": ")).map(([k, v]) => [k.toLowerCase(), v]));
    if (body.length >= Number(headers["content-length"] ?? 0)) return { method, target, headers, body };
  }
  return undefined;
}

function split(text, at) {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + at.length)];
}
