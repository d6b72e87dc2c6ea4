// Installs the hosts that the components are tried in: jco's transpiler for JavaScript, wasmtime for Python. Once, and again
// when what they are installed from has changed.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { HERE, HOSTS } from "./place.js";

const FILES = ["package.json", "package-lock.json", "requirements.txt"];
const run = (command, ...args) => execFileSync(command, args, { cwd: HOSTS, stdio: ["ignore", "ignore", "inherit"] });
const isSame = (file) =>
  existsSync(`${HOSTS}${file}`) && readFileSync(`${HOSTS}${file}`).equals(readFileSync(`${HERE}${file}`));

if (!FILES.every(isSame)) {
  mkdirSync(HOSTS, { recursive: true });
  for (const file of FILES.slice(0, 2)) cpSync(`${HERE}${file}`, `${HOSTS}${file}`);
  run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error");
  run("python3", "-m", "venv", "python");
  run("python/bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", `${HERE}requirements.txt`);
  cpSync(`${HERE}requirements.txt`, `${HOSTS}requirements.txt`);
}
