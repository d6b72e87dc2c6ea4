// In a page, with the DOM types and without Node's. Compiled by `tsc -p tests/types/dom.json`; never run.
import { init, isPeeringError, list, read, remove, validatePeerName } from "consul-peering";
import type { FetchLike, Peering } from "consul-peering";

// @ts-expect-error this configuration really has no Node
process;

// The README's example.
await init();
const input = document.querySelector("input")!;
input.oninput = () => input.setCustomValidity(validatePeerName(input.value)[0]?.message ?? "");
for (const { peer_name, state } of await list({})) document.body.append(`${peer_name}: ${state}`);

// The location of the module, in every form that a page has.
const wasm = new URL("consul_peering_bg.wasm", import.meta.url);
await init(wasm);
await init(wasm.href);
await init(await fetch(wasm));
await init(await WebAssembly.compileStreaming(fetch(wasm)));
await init(await (await fetch(wasm)).arrayBuffer());

// Signals.
const controller = new AbortController();
addEventListener("pagehide", () => controller.abort());
const options = { signal: controller.signal };
const found: Peering | null = await read({ token: sessionStorage.getItem("token") ?? undefined }, "eu", options);
await remove({}, found?.peer_name ?? "eu", { signal: AbortSignal.timeout(1_000) }).catch((error: unknown) => {
  document.body.append(isPeeringError(error) ? error.hint : String(error));
});

// Fetches.
export const fetches: FetchLike[] = [
  fetch,
  window.fetch.bind(window),
  (url, init) => fetch(url, init),
  (url, init) => fetch(url, { ...init, credentials: "include", keepalive: true }),
  async () => Response.json([]),
];

// @ts-expect-error an Event is no signal
await list({}, { signal: new Event("abort") });
