// The module inside the script, as text: for bundlers that do not follow URLs, for Node code bundled into one file, and
// for Deno, which would otherwise ask for permission to read a file. It is ready at import, except in a page, which
// synchronous compilation would block, and which older Chromium refuses: `await init()`.
import { init as load, initSync } from "./consul_peering.js";
import base64 from "./consul_peering_bg.wasm.js";

const bytes = () => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

if (!Reflect.get(globalThis, "document")) initSync(bytes());
export * from "./consul_peering.js";
export const init = async (source = bytes()) => load(source);
