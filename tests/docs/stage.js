// The environment for a document's commands and programs: a folder with the package installed, a clusters.json, and
// simulated clusters in place of the document's.
import { symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startAgents } from "../consul/agent.js";
import { findConsul } from "../../pkg/cli/find-consul.js";
import { startSimulator } from "../../pkg/simulator.js";
import { aclToken } from "../node/secrets.js";
import { startShell } from "../shell.js";
import { execute, makeFolder } from "./examples.js";

const A_TOKEN = /eyJ[\w+/=-]{40,}/g;
/** What documents call, by name, and what runs in its place. */
const REPLACED = { terraform: "./terraform.js", npx: "./npx" };

/** How a server is started in a test: on a free port, until it has printed its address. */
export const SERVES = { add: "--listen 127.0.0.1:0", until: /Ctrl-C/ };

/** The environment of a `consul` that reaches a cluster. */
export const envOf = ({ address, token }) => ({ env: { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: token } });

/** The address of a cluster in documents. */
const written = (name) => `https://consul.${name}.example:8501`;

/**
 * Opens a stage on which `names`, or options of the simulator, are simulated clusters and aliases of clusters.json;
 * with ACLs their tokens are in the environment: EAST_TOKEN for east.
 */
export async function openStage(names = ["east", "west"], acl = true) {
  const clusters = names.map((given) => ({ ...(given.name ? given : { name: given }), ...(acl && { acl }) }));
  const simulator = await startSimulator({ clusters, speed: 100 });
  const stage = new Stage(Object.entries(simulator.clusters));
  return Object.assign(stage, { clusters: simulator.clusters, stop: () => simulator.stop() });
}

/** The same with real clusters and Consul's own command line. */
export async function openRealStage(names = ["east", "west"]) {
  const { agents, stop } = await startAgents(names.map((name) => ({ name, acl: true })));
  const clusters = Object.fromEntries(names.map((name) => [name, pick(agents[name])]));
  const stage = new Stage(Object.entries(clusters));
  stage.program("consul", (await findConsul()).command);
  return Object.assign(stage, { clusters, stop });
}

const pick = ({ address, token }) => ({ address, token });

class Stage {
  #folder = makeFolder();
  #clusters;
  #env;

  constructor(clusters) {
    this.#clusters = clusters;
    const tokenEnv = (name) => `${name.toUpperCase()}_TOKEN`;
    const withAcl = clusters.filter(([, { token }]) => token);
    const own = Object.entries(process.env).filter(([name]) => !/^CONSUL(_|$)/.test(name));
    this.#env = {
      ...Object.fromEntries(own),
      ...Object.fromEntries(withAcl.map(([name, { token }]) => [tokenEnv(name), aclToken(token)])),
      PATH: [join(this.#folder, "node_modules/.bin"), process.env.PATH].join(delimiter),
    };
    this.write(
      "clusters.json",
      JSON.stringify(
        Object.fromEntries(
          clusters.map(([name, { address, token }]) => [
            name,
            { address, ...(token && { token_env: tokenEnv(name) }) },
          ]),
        ),
      ),
    );
    for (const [name, file] of Object.entries(REPLACED)) {
      this.program(name, fileURLToPath(new URL(file, import.meta.url)));
    }
  }

  /** Adds a program to PATH. */
  program(name, file) {
    symlinkSync(resolve(file), this.path(`node_modules/.bin/${name}`));
  }

  path(name) {
    return join(this.#folder, name);
  }

  write(name, content) {
    writeFileSync(this.path(name), this.#here(content), { mode: 0o600 });
    return this.path(name);
  }

  /** The output of a program in JavaScript. `given`: code before it. */
  async js(code, given = "") {
    return execute(this.#here(given + code), this.#env, this.#folder);
  }

  /** The clusters as constants of a program: `const east = …`. */
  get constants() {
    const one = ([name, { address, token }]) => `const ${name} = ${JSON.stringify({ address, token })};\n`;
    return this.#clusters.map(one).join("");
  }

  /**
   * Runs commands of a shell to their end; returns their output. `exit`: the expected exit code of the last. `until`:
   * they run until they have printed this, and are then interrupted. `env`: additional variables.
   */
  async sh(code, { exit = 0, until, env = {} } = {}) {
    const where = { cwd: this.#folder, env: { ...this.#env, ...env } };
    const shell = startShell(`set -euo pipefail\n${this.#here(code)}`, where);
    let [out, err, interrupted] = ["", "", false];
    shell.child.stdout.on("data", (text) => {
      out += text;
      if (!until?.test(out) || interrupted) return;
      interrupted = true;
      shell.kill("SIGINT");
    });
    shell.child.stderr.on("data", (text) => (err += text));
    const ended = await shell.ended;
    if (until ? !interrupted : ended !== exit) {
      const printed = `${out}\n${err}`.replaceAll(A_TOKEN, "(a peering token)");
      throw new Error(`${code.trim()}\nended with ${ended} instead of ${until ?? exit}:\n${printed}`);
    }
    return out;
  }

  /** Runs the commands of a block one after another; `how` has the options of `sh` for each. */
  async lines(code, how = []) {
    const commands = code.split("\n").filter((line) => line && !line.startsWith("#"));
    const printed = [];
    for (const [at, command] of commands.entries()) {
      const { add = "", ...options } = how[at] ?? {};
      // Additions are inserted before a comment.
      printed.push(await this.sh(command.replace(/(\s+#.*)?$/, ` ${add}$1`), options));
    }
    return printed;
  }

  #here(text) {
    return this.#clusters.reduce((here, [name, { address }]) => here.replaceAll(written(name), address), text);
  }
}
