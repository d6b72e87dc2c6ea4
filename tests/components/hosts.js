// The hosts that run the components, each called the same way: a list of calls goes in as JSON, their results come out as
// the npm package has them; of an error, its payload.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { HERE, HOSTS, ROOT } from "./place.js";
import { fromWave, toWave } from "./wave.js";

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const VERSION = "0.1.0";

/**
 * @typedef {[name: string, given: unknown[]]} Call
 * @typedef {{ allowed?: string[], cancelAfter?: number, tls?: Record<string, string> }} CallHow
 * @typedef {object} Host
 * @property {string} name
 * @property {string} version
 * @property {boolean} restricts  whether it can limit the addresses that a component reaches
 * @property {boolean} [leavesOutNull]  members without a value are missing in its results
 * @property {boolean} cancels  whether it can cancel a call that waits for a response
 * @property {(component: string, calls: Call[], options?: CallHow) => Promise<unknown[]>} call
 *   functions of the interface that the component is named after; requests go to the allowed addresses alone, if given.
 *   A call that was cancelled after so many ms has the result "cancelled"
 */

/** A program that takes the component, the interface and the allowed addresses, and the calls on stdin. */
const program =
  (command, ...args) =>
  async (component, calls, { allowed = [], cancelAfter = "", tls = {} } = {}) => {
    const env = { ...process.env, CANCEL_AFTER_MS: cancelAfter, ...tls };
    const options = { env, maxBuffer: MAX_OUTPUT_BYTES };
    const running = run(command, [...args, component, nameOf(component), ...allowed], options);
    running.child.stdin.end(JSON.stringify(calls));
    return JSON.parse((await running).stdout);
  };

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

/** In Rust, only the example that checks a plan is run. */
export const rust = {
  name: "Rust, crate `wasmtime`",
  version: versionOf(`${ROOT}examples/components/rust/Cargo.lock`, /name = "wasmtime"\nversion = "(.*)"/),
};

/** @type {Host[]} */
export const hosts = [
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
