// The page during development: served unbundled, the package prepared by Vite. Prints the address.
import { createServer } from "vite";

const server = await createServer({
  root: "page",
  logLevel: "warn",
  cacheDir: "../dist/cache",
  server: { host: "127.0.0.1", port: 0, fs: { allow: ["../../.."] } },
});
await server.listen();
console.log(server.resolvedUrls.local[0]);
