// Checks commands in documents that are not this package's.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { optionsOf } from "../../pkg/cli/arguments.js";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { findConsul } from "../../pkg/cli/find-consul.js";
import { ROOT } from "./documents.js";
import { read } from "./examples.js";

const run = promisify(execFile);

/** The commands of a block, without their comments. */
export const commands = (code) => code.split("\n").flatMap((line) => line.replace(/(^|\s)#.*/, "").trim() || []);

/** `make` can make all these targets; nothing is made. */
export async function assertMakes(commands) {
  const targets = commands.flatMap((command) => {
    const [make, ...words] = command.split(" ");
    assert.equal(make, "make", command);
    return words;
  });
  await run("make", ["--dry-run", ...targets], { cwd: ROOT, maxBuffer: 1e8 });
}

/** A real Consul takes it as a part of an agent's configuration. */
export function assertConfigures(hcl) {
  return withConsul(async (consul, folder) => {
    writeFileSync(join(folder, "agent.hcl"), `data_dir = "${folder}/data"\nserver = true\nbind_addr = "127.0.0.1"\n`);
    writeFileSync(join(folder, "document.hcl"), hcl);
    await consul("validate", folder);
  });
}

/** A server's certificate and its key, and the certificate of the authority that signed it, which nothing trusts. */
export function makeCertificate(certificate, key, authority) {
  return withConsul(async (consul, folder) => {
    await consul("tls", "ca", "create");
    await consul("tls", "cert", "create", "-server", "-dc", "dc1");
    cpSync(join(folder, "dc1-server-consul-0.pem"), certificate);
    cpSync(join(folder, "dc1-server-consul-0-key.pem"), key);
    if (authority) cpSync(join(folder, "consul-agent-ca.pem"), authority);
  });
}

/** Runs a real Consul's commands in a separate folder. */
async function withConsul(act) {
  const { command } = await findConsul();
  const folder = mkdtempSync(join(tmpdir(), "consul-peering-consul-"));
  try {
    await act((...words) => run(command, words, { cwd: folder }), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every path that a document has in code exists. A name alone is in the folder that was named last. */
export function assertNamesFiles(path) {
  const missing = [];
  let folder = ".";
  for (const [, name] of read(path).matchAll(/`(\.?[\w./*-]+)`/g)) {
    const isFile = /\.(rs|js|ts|json|mod)$/.test(name);
    if (/^\.d|\*/.test(name) || (!isFile && !/^(src|pkg|www|tests|tools|docs|fuzz|\.ci)(\/|$)/.test(name))) continue;
    const at = [name, join(folder, name)].find((each) => existsSync(join(ROOT, each)));
    if (at === undefined) missing.push(name);
    else folder = isFile ? dirname(at) : at;
  }
  assert.deepEqual(missing, [], `${path} names what is not there`);
}

/** Every command and every option of this package in a document's code exists: `consul-peering …`, `--option`. */
export function assertCommandsExist(path) {
  const names = COMMANDS.map(({ name }) => name);
  const options = COMMANDS.flatMap((command) => Object.keys(optionsOf(command)));
  const unknown = [];
  for (const [, code] of read(path).matchAll(/`([^`\n]+)`/g)) {
    const [, words] = /^(?:npx )?consul-peering (?!-)(.+)$/.exec(code) ?? [];
    if (words && !names.some((name) => `${words} `.startsWith(`${name} `))) unknown.push(code);
    for (const [, option] of code.matchAll(/(?<![\w-])--([\w-]+)/g)) if (!options.includes(option)) unknown.push(code);
  }
  assert.deepEqual(unknown, [], `${path} names what the command line does not have`);
}
