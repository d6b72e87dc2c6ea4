// Records the requests to a cluster, how they ended, and the secrets in them.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { peeringToken } from "./secrets.js";

/**
 * A cluster whose requests are recorded, and passed to `before`, which may delay or reject them.
 * @returns {{ cluster: object, requests: object[], writes: () => object[], secrets: string[] }}
 */
export function record(cluster, before = () => {}) {
  const requests = [];
  const secrets = [];
  const ask = cluster.fetch ?? fetch;
  const recorded = async (url, init) => {
    const path = url.slice(cluster.address.length);
    const changes = init.method !== "GET" && path !== "/v1/internal/acl/authorize" && !isQuestion(init);
    const request = { cluster, method: init.method, path, changes, at: performance.now(), open: true, aborted: false };
    requests.push(request);
    init.signal.addEventListener("abort", () => (request.aborted ||= request.open));
    try {
      await before(request, requests.length);
      const response = await ask(url, init);
      if (path === "/v1/peering/token" && response.status === 200) {
        const body = await response.text();
        keep(body, secrets);
        return new Response(body, response);
      }
      // Read here, so that the request has ended when it is recorded.
      return new Response(await response.text(), response);
    } finally {
      request.open = false;
    }
  };
  const writes = () => requests.filter(({ changes }) => changes);
  return { cluster: { ...cluster, fetch: recorded }, requests, writes, secrets };
}

/** A token request for a name that Consul always refuses, which probes a slow read. */
const isQuestion = ({ body }) => body?.includes('"PeerName":"-"');

function keep(body, secrets) {
  let token;
  try {
    token = JSON.parse(body).PeeringToken;
  } catch {
    return; // truncated
  }
  secrets.push(peeringToken(token), JSON.parse(Buffer.from(token, "base64").toString()).EstablishmentSecret);
}

/** Checks that no printed form of a value contains a secret. */
export function assertSilent(subject, secrets) {
  const shown = [
    inspect(subject, { showHidden: true, depth: Infinity, maxStringLength: Infinity, maxArrayLength: Infinity }),
    JSON.stringify(subject) ?? "",
    `${subject} ${subject?.message} ${subject?.stack} ${subject?.hint}`,
  ].join("\n");
  assert.ok(!secrets.some((secret) => shown.includes(secret)), "a secret was reported");
}
