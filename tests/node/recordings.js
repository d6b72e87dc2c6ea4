// Recorded responses of real Consul servers, and a cluster whose fetch passes some to the package.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

const RECORDINGS = new URL("../recordings/", import.meta.url);
export const readJson = (path) => JSON.parse(readFileSync(new URL(path, RECORDINGS), "utf8"));

export const VERSIONS = ["1.19.2", "1.22.3", "1.22.7"];
export const exchanges = VERSIONS.flatMap((version) =>
  readdirSync(new URL(`${version}/`, RECORDINGS)).flatMap((file) =>
    readJson(`${version}/${file}`)
      .exchanges.filter(({ request }) => request) // rows without one are polls
      .map(({ request, response }, index) => ({ at: `${version}/${file} ${index}`, request, ...response })),
  ),
);

/** A cluster with responses by method and path; any other request is a mistake of the test. */
export function cluster(answers) {
  const observed = [];
  const fetch = async (url, { method }) => {
    const call = `${method} ${new URL(url).pathname}`;
    observed.push(call);
    assert.ok(call in answers, `unexpected ${call}`);
    const [status, body] = answers[call];
    return new Response(body, { status });
  };
  return { observed, cluster: { address: "http://c", fetch } };
}

export const json = (value) => [200, JSON.stringify(value)];

/** Every recorded peering. */
export const raws = exchanges.flatMap(({ at, request, status, body }) => {
  if (request.method !== "GET" || status !== 200 || !/^\/v1\/peering(\/|s($|\?))/.test(request.path)) return [];
  return [JSON.parse(body)].flat().map((raw) => ({ at, raw }));
});
