// The hosts that run the components, each called the same way: a list of calls goes in as JSON, their results come out as
// the npm package has them; of an error, its payload.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { HERE, HOSTS, ROOT, RUST } from "./place.js";
import { fromWave, toWave } from "./wave.js";

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const VERSION = "0.1.0";

/**
 * @typedef {[name: string, given: unknown[]]} Call
 * @typedef {{ allowed?: string[], cancel?: Promise<unknown>, tls?: Record<string, string> }} CallHow
 * @typedef {object} Host
 * @property {string} name
 * @property {string} version
 * @property {boolean} restricts  whether it can limit the addresses that a component reaches
 * @property {boolean} [leavesOutNull]  members without a value are missing in its results
 * @property {boolean} cancels  whether it can cancel a call that waits for a response
 * @property {(component: string, calls: Call[], options?: CallHow) => Promise<unknown[]>} call
 *   functions of the interface that the component is named after; requests go to the allowed addresses alone, if given.
 *   The call that runs when `cancel` resolves has the result "cancelled", and is the last
 */

/**
 * A program that takes the component, the interface and the allowed addresses, and the calls in a line of stdin. A second
 * line cancels.
 */
const program =
  (command, ...args) =>
  async (component, calls, { allowed = [], cancel, tls = {} } = {}) => {
    const options = { env: { ...process.env, ...tls }, maxBuffer: MAX_OUTPUT_BYTES };
    const running = run(command, [...args, component, nameOf(component), ...allowed], options);
    const { stdin } = running.child;
    stdin.write(`${JSON.stringify(calls)}\n`);
    if (cancel) cancel.then(() => stdin.end("cancel\n"));
    else stdin.end();
    return JSON.parse((await running).stdout);
  };

/** `RestrictedHttp` of the example in Rust allows no other addresses than those that it gets: here those of the calls. */
const inRust = (component, calls, options) =>
  program(`${RUST}rust-host`)(component, calls, { allowed: addressesOf(calls), ...options });

function addressesOf(calls) {
  const origins = new Set();
  JSON.stringify(calls, (key, value) => {
    if (key === "address" && URL.canParse(value)) origins.add(new URL(value).origin);
    return value;
  });
  return [...origins];
}

const nameOf = (component) =>
  `consul-peering:component/${component.includes("policy") ? "policy" : "peering"}@${VERSION}`;

/** The command line runs a process for each call. */
async function commandLine(component, calls) {
  const results = [];
  for (const [name, given] of calls) {
    const args = ["run", "-S", "http", "--invoke", `${name}(${given.map(toWave).join(", ")})`, component];
    const { stdout } = await run(COMMAND, args, { maxBuffer: MAX_OUTPUT_BYTES });
    results.push(fromWave(stdout));
  }
  return results;
}

const COMMAND = `${HOSTS}wasmtime`;
const PYTHON = `${HOSTS}python/bin/python`;
const versionOf = (file, pattern) => pattern.exec(readFileSync(file, "utf8"))[1];

/** @type {Host[]} */
export const hosts = [
  {
    name: "Rust, crate `wasmtime`",
    version: versionOf(`${ROOT}examples/components/rust/Cargo.lock`, /name = "wasmtime"\nversion = "(.*)"/),
    restricts: true,
    cancels: true,
    call: inRust,
  },
  {
    name: "Python, package `wasmtime`",
    version: versionOf(`${HERE}requirements.txt`, /^wasmtime==(.*)$/m),
    restricts: true,
    cancels: true,
    call: program(PYTHON, `${HERE}python-host.py`),
  },
  {
    name: "JavaScript in Node, `jco`",
    version: versionOf(`${HERE}package.json`, /jco-transpile": "(.*)"/),
    restricts: true,
    cancels: false,
    call: program(process.execPath, `${HERE}javascript-host.js`),
  },
  {
    name: "the command `wasmtime run --invoke`",
    version: execFileSync(COMMAND, ["--version"], { encoding: "utf8" }).split(" ")[1],
    restricts: false,
    cancels: false,
    leavesOutNull: true,
    call: commandLine,
  },
];
