// Serves the page like any static host, below a path. Its clusters have other origins.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { listen } from "../node/listen.js";
import { PAGE } from "./browser.js";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".json": "application/json" }; // prettier-ignore

export async function staticHost(t) {
  const files = {};
  const server = createServer(({ url }, response) => {
    const name = url.replace("/tools/peering/", "") || "index.html";
    try {
      const body = files[name] ?? readFileSync(join(PAGE, name));
      response.writeHead(200, { "Content-Type": TYPES[extname(name)] }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  const origin = await listen(t, server);
  return {
    origin,
    url: `${origin}/tools/peering/`,
    /** Writes clusters.json, and permits requests to its clusters in the page's policy. */
    configure(clusters) {
      const origins = Object.values(clusters).map(({ address }) => address);
      const page = readFileSync(join(PAGE, "index.html"), "utf8");
      files["index.html"] = page.replace(/content="default-src[^"]*connect-src 'self'/, `$& ${origins.join(" ")}`);
      assert.notEqual(files["index.html"], page);
      files["clusters.json"] = JSON.stringify(clusters);
    },
  };
}
