// The browsers, and the packages that drive them.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { TOOLS } from "../package/place.js";

/** The path of a browser, which is installed if it is missing. */
export function browserPath(name) {
  const tool = fileURLToPath(new URL("../../tools/browser", import.meta.url));
  return execFileSync(tool, [name], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
}

/** One of the packages of tests/package. */
export const driver = createRequire(TOOLS);

/** A port on which no program listens. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
