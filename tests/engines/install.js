// The browsers, and the packages that drive them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { TOOLS } from "../package/place.js";

/** The path of a browser, which is installed if it is missing. */
export async function browserPath(name) {
  const tool = fileURLToPath(new URL("../../tools/browser", import.meta.url));
  const child = spawn(tool, [name], { stdio: ["ignore", "pipe", "inherit"] });
  const [path, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (status !== 0) throw new Error(`${name} is not installed`);
  return path.trim();
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
