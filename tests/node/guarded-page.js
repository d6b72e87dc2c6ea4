// A signed-in page in front of a stubbed cluster, for requests that the server must refuse: after each test, none has reached
// the cluster.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { open, raw, startServing, stubCluster } from "./serving.js";

export const { cluster, asked } = stubCluster();
/** @type {Awaited<ReturnType<typeof startServing>>} */
export let server;
/** @type {Awaited<ReturnType<typeof open>>} */
export let page;
before(async () => {
  server = await startServing({ eu: cluster, "us.west-1": { ...cluster, token: "the-operators-acl-token" } });
  page = await open(server);
});
after(() => server.close());
afterEach(() => assert.deepEqual(asked.splice(0), [], "a request reached a cluster"));

export const read = "clusters/eu/v1/peerings";
export const refused = async (status, path, options) => {
  const answer = await page.ask(path, options);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(options)}: ${answer.text}`);
  return answer;
};
/** An arbitrary request line, with everything else valid. */
export const line = (method, target, headers = [], version = "1.1") =>
  raw(server.port, [
    `${method} ${target} HTTP/${version}`,
    `Host: ${server.host}`,
    `Cookie: ${page.cookie}`,
    `Origin: ${server.origin}`,
    "Content-Type: application/json",
    ...headers,
  ]);
