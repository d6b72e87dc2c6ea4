// An agent that serves recorded responses of Consul, built once and cached. Started by recorded.js.
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { DATACENTERS, DIALER, ROOTS } from "./recorded.js";

const SMALLEST_COMPRESSED = 1400; // as in Consul; fetch asks for gzip
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** All certificates differ; otherwise they would compress better than real ones. */
let state = 1;
const letter = () => LETTERS[(state = (state * 48_271) % 2_147_483_647) % 64];
const another = (pem) => pem.replace(/(?<=^MI.*\n(?:.*\n){3})[^-]*(?=-)/m, (key) => key.replace(/[^\n=]/g, letter));

function peerings(count) {
  return Array.from({ length: count }, (_, i) => {
    const digits = i.toString(16).padStart(8, "0");
    return {
      ...DIALER,
      ID: digits + DIALER.ID.slice(8),
      Name: `us-${i}`,
      PeerID: digits + DIALER.PeerID.slice(8),
      PeerCAPems: DIALER.PeerCAPems.map(another),
    };
  });
}

const kept = new Map();
/** Without indentation, like an agent without `-dev`. */
function answer(path, count) {
  if (path === "/v1/peerings") return peerings(count);
  if (path === "/v1/peering/us") return DIALER;
  if (path === "/v1/peering/establish") return {};
  if (path === "/v1/connect/ca/roots") return ROOTS;
  if (path === "/v1/catalog/datacenters") return DATACENTERS;
  throw new Error(`nothing was recorded of ${path}`);
}

/** What is not asked for unless an answer is slow: ACLs are off. */
const AUTHORIZE = "/v1/internal/acl/authorize";

function bytes(url) {
  const [, coding, count, path] = /^\/(gzip|plain)\/(\d+)(\/.*)$/.exec(url);
  const plain = Buffer.from(JSON.stringify(answer(path, Number(count))));
  return coding === "gzip" && plain.length >= SMALLEST_COMPRESSED
    ? { body: gzipSync(plain), more: { "Content-Encoding": "gzip" } }
    : { body: plain, more: {} };
}

const server = createServer((request, response) => {
  if (request.url.endsWith(AUTHORIZE)) return response.writeHead(401).end("ACL support disabled");
  if (!kept.has(request.url)) kept.set(request.url, bytes(request.url));
  const { body, more } = kept.get(request.url);
  request.resume().on("end", () => {
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": body.length,
      "X-Consul-Index": "48",
      ...more,
    });
    response.end(body);
  });
});
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}`));
process.on("disconnect", () => process.exit());
