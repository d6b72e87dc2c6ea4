// Where the packed tarball is installed, and the runtimes and bundlers that it is tried in: all under target/hosts, of
// which nothing is kept in git. `node tests/package/install.js` fills it.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** package.json, lock file and node_modules of the tools. */
export const TOOLS = `${ROOT}target/hosts/`;
/** A project that has installed the tarball. Further projects stand in its subfolders. */
export const PROJECT = `${TOOLS}project/`;
export const INSTALLED = `${PROJECT}node_modules/consul-peering/`;

export const { version: VERSION } = JSON.parse(readFileSync(`${ROOT}pkg/package.json`, "utf8"));
export const TARBALL = `${TOOLS}consul-peering-${VERSION}.tgz`;

const fromTools = createRequire(TOOLS);

/** The path of a tool's file. */
export const tool = (path) => `${TOOLS}node_modules/${path}`;
/** A runtime's packages bring one binary, the one for this machine: its path. */
export const binary = (scope, path) => tool(`${scope}/${readdirSync(tool(scope))[0]}/${path}`);
/** The version of a tool that is installed. */
export const toolVersion = (name) => fromTools(tool(`${name}/package.json`)).version;

/** A copy of a project's sources from tests/, beside the installed package. Its folder. */
export function lay(folder) {
  const laid = `${PROJECT}${folder.split("/").pop()}/`;
  rmSync(laid, { recursive: true, force: true });
  cpSync(`${ROOT}${folder}`, laid, { recursive: true });
  return laid;
}

// Some colour what they say wherever CI is set.
const env = { ...process.env, NO_COLOR: "1" };

/** What a program says, without colours; where it fails, what it has said is in the error. */
export async function run(program, args = [], options = {}) {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 300_000, env, ...options });
    return stdout;
  } catch (error) {
    error.message += `\n${error.stdout}`;
    throw error;
  }
}
