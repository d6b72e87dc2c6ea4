// In Node, with @types/node and no DOM: the global fetch, undici's, its signals, its environment, and the examples of
// the README and the documentation comments. Compiled by `tsc -p tests/types/nodenext.json`; never run.
import { readFileSync } from "node:fs";
import { establish, generateToken, init, isPeeringError, list, permissions, read, remove, wait } from "consul-peering";
import type { Cluster, FetchLike } from "consul-peering";
import type * as undici from "undici-types";
import { typed } from "./assert.js";

// @ts-expect-error there is no page here: this configuration really has no DOM
document;

// The README's example.
const eu = { address: "https://consul.eu.example:8501", token: process.env["EU_TOKEN"] };
const us = { address: "https://consul.us.example:8501", token: process.env["US_TOKEN"] };
try {
  const peering_token = await generateToken(eu, { peer_name: "us" });
  const peering = await establish(us, { peer_name: "eu", peering_token, meta: { team: "payments" } });
  console.log(peering.state);
} catch (error) {
  if (!isPeeringError(error)) throw error;
  console.error(error.code, error.hint);
}

// Signals.
const controller = new AbortController();
await read(us, "eu", { signal: controller.signal });
await remove(us, "eu", { signal: AbortSignal.timeout(1_000), onProgress: ({ text }) => process.stderr.write(text) });
await wait(eu, "us", "TERMINATED", { signal: AbortSignal.any([controller.signal, AbortSignal.timeout(1_000)]) });
// @ts-expect-error the signal, not its controller
await read(us, "eu", { signal: controller });

// Fetches.
declare const undiciFetch: typeof undici.fetch;
declare const dispatcher: undici.Dispatcher;
export const fetches: FetchLike[] = [
  fetch,
  globalThis.fetch,
  undiciFetch,
  (url, init) => fetch(url, init),
  (url, init) => undiciFetch(url, { ...init, dispatcher }),
  async (url, { headers, ...init }) => fetch(new URL(url), { ...init, headers: { ...headers, "X-Trace": "1" } }),
  async () => new Response("[]", { headers: { "Content-Type": "application/json" } }),
];
for (const own of fetches) await list({ ...us, fetch: own });

// @ts-expect-error a URL is not text
export const address: Cluster = { address: new URL("http://127.0.0.1:8500") };

// A file's bytes, or where the module is.
await init(readFileSync("consul_peering_bg.wasm"));
await init(new URL("consul_peering_bg.wasm", import.meta.url));

typed<boolean>()((await permissions(us)).write);
