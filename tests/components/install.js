// Installs the hosts that the components are tried in: jco for JavaScript, wasmtime for Python and as a command, and the
// programs in Rust. Once, and again when what they are installed from has changed.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { HERE, HOSTS, ROOT } from "./place.js";

const run = (command, args, options) =>
  execFileSync(command, args, { cwd: HOSTS, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], ...options });
const isSame = (file) =>
  existsSync(`${HOSTS}${file}`) && readFileSync(`${HOSTS}${file}`).equals(readFileSync(`${HERE}${file}`));

/** Runs `install` unless it has done so with these files. */
function installFrom(files, install) {
  if (files.every(isSame)) return;
  mkdirSync(HOSTS, { recursive: true });
  install();
  for (const file of files) cpSync(`${HERE}${file}`, `${HOSTS}${file}`);
}

installFrom(["package.json", "package-lock.json"], () => {
  for (const file of ["package.json", "package-lock.json"]) cpSync(`${HERE}${file}`, `${HOSTS}${file}`);
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
});

const pip = (file, ...more) =>
  run("python/bin/python", [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    ...more,
    "-r",
    `${HERE}${file}`,
  ]);

installFrom(["requirements.txt"], () => {
  run("python3", ["-m", "venv", "python"]);
  pip("requirements.txt");
});

// The wheel has the command as a file that is not executable.
installFrom(["requirements-command.txt"], () => {
  pip("requirements-command.txt", "--require-hashes");
  const where = "import wasmtime_cli, pathlib; print(pathlib.Path(wasmtime_cli.__file__).parent / 'wasmtime')";
  cpSync(run("python/bin/python", ["-c", where]).trim(), `${HOSTS}wasmtime`);
  chmodSync(`${HOSTS}wasmtime`, 0o755);
});

// Without optimisation, compiling a component would take longer than the calls.
const env = { ...process.env, CARGO_TARGET_DIR: `${HOSTS}rust` };
const build = ["build", "--quiet", "--locked", "--workspace", "--release"];
run("cargo", build, { cwd: `${ROOT}examples/components/rust`, env });
