// Recorded responses of a real Consul, and an agent in its own process that serves them.
import { readFileSync } from "node:fs";
import { startProcess } from "./process.js";

const exchanges = (file) =>
  JSON.parse(readFileSync(new URL(`../tests/recordings/1.22.3/${file}.json`, import.meta.url), "utf8")).exchanges;
const body = (recorded, method, path) =>
  JSON.parse(recorded.findLast(({ request }) => request?.method === method && request.path === path).response.body);

const rotation = exchanges("rotate");
/** A linked dialer, as returned by Consul. */
export const DIALER = body(rotation, "GET", "/v1/peering/us");
/** A token of the cluster that it is linked with. */
export const PEERING_TOKEN = body(rotation, "POST", "/v1/peering/token").PeeringToken;
/** The identity of a cluster. */
export const ROOTS = body(exchanges("queries"), "GET", "/v1/connect/ca/roots");
export const DATACENTERS = body(exchanges("datacenter"), "GET", "/v1/catalog/datacenters");

/** @returns {Promise<{ at(peerings: number, options?: { plain?: boolean }): string, stop(): void }>} */
export async function startRecorded() {
  const { message: origin, stop } = await startProcess("recorded-agent.js");
  return {
    /** The address of an agent with a number of peerings; with `plain`, it does not compress its responses. */
    at: (peerings, { plain = false } = {}) => `${origin}/${plain ? "plain" : "gzip"}/${peerings}`,
    stop,
  };
}
