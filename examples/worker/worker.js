// A worker, as Cloudflare's workerd runs it, that shows a link between two clusters and makes it, behind an HTTP call.
//
//   GET  /link    both sides' state, and what is to be said about it
//   POST /link    links the two, and answers when both sides are ACTIVE
//
// It is no relay: which clusters, which names and which tokens are its bindings, nothing of a request goes to Consul, and
// without `Authorization: Bearer <CALLER_KEY>` it does nothing. Bindings: EU_ADDR, US_ADDR; secrets: EU_TOKEN, US_TOKEN,
// CALLER_KEY. workerd.capnp takes them from the environment; bundled and run:
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
    if (!(await mayCall(request, env))) return answer(401, { code: "unauthorized" }, { "WWW-Authenticate": "Bearer" });
    const call = CALLS[`${request.method} ${new URL(request.url).pathname}`];
    if (!call) return answer(404, { code: "not_found", hint: `It takes ${Object.keys(CALLS).join(" and ")}.` });
    try {
      return answer(200, await call(sidesOf(env), { signal: request.signal, timeout: 25_000 }));
    } catch (error) {
      console.error(isPeeringError(error) ? [error.message, ...error.left_behind] : error);
      if (!isPeeringError(error)) return answer(500, { code: "failed" });
      return answer(502, { code: error.code, hint: error.hint });
    }
  },
};

const sidesOf = ({ EU_ADDR, EU_TOKEN, US_ADDR, US_TOKEN }) => [
  { cluster: { address: EU_ADDR, token: EU_TOKEN }, peer_name: "us", server_external_addresses: [] },
  { cluster: { address: US_ADDR, token: US_TOKEN }, peer_name: "eu" },
];

/** Compares digests, which are of one length, in constant time. A key that is missing or short lets nobody in. */
async function mayCall(request, { CALLER_KEY }) {
  if (!(CALLER_KEY?.length >= 32)) return false;
  const given = request.headers.get("Authorization") ?? "";
  const digests = [given, `Bearer ${CALLER_KEY}`].map((text) =>
    crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
  );
  return crypto.subtle.timingSafeEqual(...(await Promise.all(digests)));
}

const answer = (status, body, headers) =>
  Response.json(body, { status, headers: { "Cache-Control": "no-store", ...headers } });
