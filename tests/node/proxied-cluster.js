// The page's server in front of one cluster whose responses the test determines.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { isPeeringError } from "../../pkg/node.js";
import { listen } from "./listen.js";
import { open, startServing, stubCluster } from "./serving.js";

export const json = (body, headers) =>
  new Response(body, { headers: { "Content-Type": "application/json", ...headers } });

/** A page in front of one cluster with these responses. */
export async function inFrontOf(t, answer, { token, ...options } = {}) {
  const { cluster, asked } = stubCluster(answer);
  const server = await startServing({ eu: { ...cluster, token } }, options);
  t.after(() => server.close());
  return { asked, server, page: await open(server) };
}

/** A server for one test that responds by `respond`; its address. */
export const cluster = (t, respond) => listen(t, createServer(respond));

export async function pageBefore(t, address, options) {
  const server = await startServing({ eu: { address } }, options);
  t.after(() => server.close());
  return open(server);
}

/** The error of a call of the package. */
export const failure = (promise) =>
  promise.then(
    () => assert.fail("it resolved"),
    (error) => (assert.ok(isPeeringError(error), String(error)), error),
  );
