// Installs the tools (if missing or outdated); unless only those are requested, with `tools`, packs pkg/ and installs
// the tarball into a project: as `consul-peering`, and a second copy as `consul-peering-again`.
import { execFileSync } from "node:child_process";
import process from "node:process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { PROJECT, ROOT, TARBALL, TOOLS } from "./place.js";

const here = `${ROOT}tests/package/`;
const npm = (cwd, ...args) => execFileSync("npm", args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
const QUIET = ["--no-audit", "--no-fund", "--loglevel=error"];

const same = (name) =>
  existsSync(`${TOOLS}${name}`) && readFileSync(`${TOOLS}${name}`).equals(readFileSync(`${here}${name}`));
if (!same("package-lock.json") || !existsSync(`${TOOLS}node_modules/.package-lock.json`)) {
  mkdirSync(TOOLS, { recursive: true });
  cpSync(`${here}package.json`, `${TOOLS}package.json`);
  rmSync(`${TOOLS}package-lock.json`, { force: true });
  cpSync(`${here}package-lock.json`, `${TOOLS}package-lock.json`);
  // The runtimes are run in place; their install scripts would only copy them.
  npm(TOOLS, "ci", "--ignore-scripts", ...QUIET);
}

if (process.argv[2] === "tools") process.exit();

rmSync(PROJECT, { recursive: true, force: true });
mkdirSync(PROJECT);
npm(ROOT, "pack", "./pkg", "--pack-destination", TOOLS, ...QUIET);
const dependencies = { "consul-peering": `file:${TARBALL}`, "consul-peering-again": `file:${TARBALL}` };
writeFileSync(`${PROJECT}package.json`, JSON.stringify({ private: true, type: "module", dependencies }));
npm(PROJECT, "install", "--offline", "--no-package-lock", ...QUIET);
