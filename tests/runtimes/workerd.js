// Runs a worker in workerd, on a free port: bundled as by Cloudflare's own tool, which keeps the import of a .wasm and
// passes the file with the worker.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { build } from "esbuild";
import { binary } from "../package/place.js";

/**
 * @param {string} project a folder with the entry and the configuration, whose socket is called http
 * @param {{ entry?: string, config?: string, env?: NodeJS.ProcessEnv, onText?: (text: string) => void }} [options]
 *   `onText` is called with the worker's output
 */
export async function startWorkerd(project, options = {}) {
  const { entry = "fetch-handler.js", config = "workerd.capnp", env = process.env, onText } = options;
  await build({
    entryPoints: [project + entry],
    outdir: `${project}made`,
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
  });
  const child = spawn(
    binary("@cloudflare", "bin/workerd"),
    ["serve", config, "--socket-addr=http=127.0.0.1:0", "--control-fd=1"],
    {
      cwd: project,
      env,
      stdio: ["ignore", "pipe", onText ? "pipe" : "inherit"],
    },
  );
  child.stderr?.setEncoding("utf8").on("data", onText);
  const ended = once(child, "exit");
  const [said] = await Promise.race([
    once(child.stdout, "data"),
    ended.then(([code]) => Promise.reject(new Error(`workerd ended with ${code}`))),
  ]);
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { address: `http://127.0.0.1:${JSON.parse(said).port}`, stop };
}
