// The folders for the installed tarball, and for the runtimes and bundlers: under target/hosts, not in git. `node
// tests/package/install.js` fills them.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** package.json, lock file and node_modules of the tools. */
export const TOOLS = `${ROOT}target/hosts/`;
/** A project that has installed the tarball. Further projects are in its subfolders. */
export const PROJECT = `${TOOLS}project/`;
export const INSTALLED = `${PROJECT}node_modules/consul-peering/`;

export const { version: VERSION } = JSON.parse(readFileSync(`${ROOT}pkg/package.json`, "utf8"));
export const TARBALL = `${TOOLS}consul-peering-${VERSION}.tgz`;

const fromTools = createRequire(TOOLS);

/** The path of a tool's file. */
export const tool = (path) => `${TOOLS}node_modules/${path}`;
/** The path of a runtime's binary for this machine. */
export const binary = (scope, path) => tool(`${scope}/${readdirSync(tool(scope))[0]}/${path}`);
/** The version of a tool that is installed. */
export const toolVersion = (name) => fromTools(tool(`${name}/package.json`)).version;

/** A copy of a project's sources from tests/, next to the installed package. Its folder. */
export function lay(folder) {
  const laid = `${PROJECT}${folder.split("/").pop()}/`;
  rmSync(laid, { recursive: true, force: true });
  cpSync(`${ROOT}${folder}`, laid, { recursive: true });
  return laid;
}

// Some colour their output if CI is set.
const env = { ...process.env, NO_COLOR: "1" };

/** A program's output, without colours; if it fails, its output is in the error. */
export async function run(program, args = [], options = {}) {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 300_000, env, ...options });
    return stdout;
  } catch (error) {
    error.message += `\n${error.stdout}`;
    throw error;
  }
}
