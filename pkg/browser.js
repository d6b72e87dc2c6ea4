// For browsers and bundlers that follow `new URL(…, import.meta.url)`: nothing is fetched until `await init()`,
// because a page may not compile more than 4 kB of WebAssembly synchronously.
export * from "./consul_peering.js";
