// For browsers and bundlers that follow `new URL(…, import.meta.url)`: nothing is fetched until `await init()`, because
// a page has to fetch the module, and compiling it synchronously would block it.
import { init as load } from "./consul_peering.js";
import { missing } from "./missing.js";

export * from "./consul_peering.js";
export async function init(source = new URL("./consul_peering_bg.wasm", import.meta.url)) {
  await load(source).catch((cause) => Promise.reject(missing(cause)));
}
