// The page's server for tests, with a small page and stubbed clusters; and requests to it that no browser would send,
// byte by byte.
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { serve } from "../../pkg/serve/clusters.js";
import { readFiles } from "../../pkg/serve/files.js";
import { readListenAddress } from "../../pkg/serve/listen-address.js";
import { startServer } from "../../pkg/serve/server.js";

const SCRIPT = 'document.title = "ready";'.padEnd(2000, "\n");

export const PAGE = {
  "index.html": '<!doctype html><html lang="en"><title>page</title><script type="module" src="app.js"></script>',
  "app.js": SCRIPT,
  "app.js.gz": gzipSync(SCRIPT, { level: 1 }), // unlike the server would
  "app_bg.wasm": Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
  "style.css": "body { color: black }",
  "icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
};

/** A folder with files, removed after the test. */
export function folderWith(files) {
  const folder = mkdtempSync(join(tmpdir(), "consul-peering-page-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A copy of the package whose page has these files, none: it has no page. @returns {string} its command line */
export function packageWith(page) {
  const folder = folderWith({});
  const original = fileURLToPath(new URL("../../pkg", import.meta.url));
  cpSync(original, folder, { recursive: true, filter: (path) => path !== join(original, "www") });
  if (page) cpSync(folderWith(page), join(folder, "www"), { recursive: true });
  return join(folder, "cli.js");
}

/**
 * A server on a free port.
 * @param {Record<string, { address: string, token?: string, fetch?: typeof fetch }>} clusters  by alias
 */
export async function startServing(clusters, { listen = "127.0.0.1:0", page = PAGE, ...options } = {}) {
  const targets = Object.entries(clusters).map(([alias, cluster]) => [alias, { cluster }]);
  const server = await startServer({
    clusters: serve(Object.fromEntries(targets)),
    files: readFiles(folderWith(page)),
    listenAddress: await readListenAddress(listen),
    ...options,
  });
  const { origin, host, port } = new URL(server.url);
  return { ...server, origin, host, port: Number(port) };
}

/** One request, unmodified. `from`: an origin, sent as by a page of it. */
export async function ask(url, { method = "GET", headers = {}, body, ca, connectTo, agent } = {}) {
  const { request } = url.startsWith("https:") ? https : http;
  const outgoing = request(url, { method, headers, ca, agent, ...connectTo });
  outgoing.end(body);
  const [answer] = await once(outgoing, "response");
  const bytes = await buffer(answer);
  return { status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString() };
}

/** Signs in by the server's link, like a browser: returns the redirect and the cookie. */
export async function enter({ url }) {
  const { status, headers } = await ask(url);
  const [cookie] = headers["set-cookie"]?.[0].split("; ") ?? [];
  return { status, cookie, home: headers.location };
}

/** A signed-in browser page: it sends requests below its home, and writes with its origin. */
export async function open(server) {
  const { cookie, home } = await enter(server);
  const base = server.origin + home;
  return {
    base,
    cookie,
    path: home,
    ask: (path, { headers, method = "GET", ...options } = {}) =>
      ask(base + path, { method, headers: { ...own(method, server.origin), Cookie: cookie, ...headers }, ...options }),
    /** A cluster as the page has it, for the module. */
    cluster: (alias, more) => ({
      address: `${base}clusters/${alias}`,
      fetch: (url, { method, headers, ...init }) =>
        fetch(url, { ...init, method, headers: { ...headers, ...own(method, server.origin), Cookie: cookie } }),
      ...more,
    }),
  };
}

const own = (method, origin) => ({
  "Sec-Fetch-Site": "same-origin",
  ...(method !== "GET" && { Origin: origin, "Content-Type": "application/json" }),
});

/** Bytes to a port, and the response until it closes; lines are sent unmodified. */
export async function raw(port, lines, body = "") {
  const socket = connect(port, "127.0.0.1");
  const ended = buffer(socket);
  socket.write([...lines, "Connection: close", "", body].join("\r\n"));
  const bytes = await ended;
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString()) ?? [];
  return { status: Number(status), text: bytes.toString() };
}

/** A cluster that responds by `answer` and records its requests. */
export function stubCluster(answer = () => new Response("[]", { headers: { "Content-Type": "application/json" } })) {
  const asked = [];
  const cluster = {
    address: "http://consul.example:8500",
    fetch: async (url, init) => {
      asked.push({ url, ...init });
      return answer(url, init);
    },
  };
  return { cluster, asked };
}
