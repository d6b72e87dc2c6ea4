// A web server on a free port: a folder's files, by default under a strict Content-Security-Policy, and other
// responses.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const STRICT = {
  // img-src for the icon that a browser asks for by itself.
  "Content-Security-Policy":
    "default-src 'none'; img-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' http://127.0.0.1:*; " +
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types tests",
};

/**
 * @param {string} folder
 * @param {Record<string, (response: import("node:http").ServerResponse) => void>} [own] by path
 * @param {Record<string, string>} [headers] of every file
 */
export async function startSite(folder, own = {}, headers = STRICT) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    if (own[pathname]) return own[pathname](response);
    const path = `${folder}${pathname.endsWith("/") ? `${pathname}index.html` : pathname}`;
    let body;
    try {
      body = readFileSync(path);
    } catch {
      return response.writeHead(404).end();
    }
    response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "text/plain", ...headers });
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}
