// A worker for Cloudflare's workerd that shows and creates a link between two clusters, as an HTTP API.
//
//   GET  /link    the state of both sides and the health of the link
//   POST /link    connects the clusters; responds when both sides are ACTIVE
//
// It is not an open proxy: clusters, names and tokens are bindings, no part of a request is sent to Consul, and requests
// without `Authorization: Bearer <CALLER_KEY>` are refused. Bindings: EAST_ADDR, WEST_ADDR; secrets: EAST_TOKEN, WEST_TOKEN,
// CALLER_KEY. workerd.capnp takes them from the environment. Bundle and run:
//
//   npx esbuild worker.js --bundle --format=esm --outdir=made --conditions=workerd,worker,browser \
//     --loader:.wasm=copy --asset-names=[name]
//   npx workerd serve workerd.capnp
import { connect, health, isPeeringError, read } from "consul-peering";

const CALLS = {
  async "GET /link"([acceptor, dialer], options) {
    const [here, there] = await Promise.all(
      [acceptor, dialer].map((side) => read(side.cluster, side.peer_name, options)),
    );
    const { verdict, reasons } = there ? health(there, { other: here }) : { verdict: "absent", reasons: [] };
    return { verdict, reasons, acceptor: here?.state ?? null, dialer: there?.state ?? null };
  },
  async "POST /link"(sides, options) {
    const { acceptor, dialer, changed } = await connect(...sides, options);
    return { changed, acceptor: acceptor.state, dialer: dialer.state };
  },
};

export default {
  async fetch(request, env) {
    if (!(await mayCall(request, env))) return respond(401, { code: "unauthorized" }, { "WWW-Authenticate": "Bearer" });
    const call = CALLS[`${request.method} ${new URL(request.url).pathname}`];
    if (!call) return respond(404, { code: "not_found", hint: `Use ${Object.keys(CALLS).join(" or ")}.` });
    try {
      return respond(200, await call(sidesOf(env), { signal: request.signal, timeout: 25_000 }));
    } catch (error) {
      console.error(isPeeringError(error) ? [error.message, ...error.left_behind] : error);
      if (!isPeeringError(error)) return respond(500, { code: "failed" });
      return respond(502, { code: error.code, hint: error.hint });
    }
  },
};

const sidesOf = ({ EAST_ADDR, EAST_TOKEN, WEST_ADDR, WEST_TOKEN }) => [
  { cluster: { address: EAST_ADDR, token: EAST_TOKEN }, peer_name: "west", server_external_addresses: [] },
  { cluster: { address: WEST_ADDR, token: WEST_TOKEN }, peer_name: "east" },
];

/** Compares digests, which have the same length, in constant time. A missing or short key refuses every request. */
async function mayCall(request, { CALLER_KEY }) {
  if (!(CALLER_KEY?.length >= 32)) return false;
  const given = request.headers.get("Authorization") ?? "";
  const digests = [given, `Bearer ${CALLER_KEY}`].map((text) =>
    crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
  );
  return crypto.subtle.timingSafeEqual(...(await Promise.all(digests)));
}

const respond = (status, body, headers) =>
  Response.json(body, { status, headers: { "Cache-Control": "no-store", ...headers } });
