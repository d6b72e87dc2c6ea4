// The programs of examples/components, as their users run them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { read } from "../../pkg/node.js";
import { blocks } from "../docs/documents.js";
import { startSimulated } from "./clusters.js";
import { HOSTS, PEERING, POLICY, ROOT, RUST } from "./place.js";

const PYTHON = `${HOSTS}python/bin/python`;
const folder = `${HOSTS}example/`;
const DOCUMENT = "docs/components.md";
/** The block of docs/components.md in this language below this heading. */
const documented = (heading, language) =>
  blocks(DOCUMENT).find((block) => block.heading === heading && block.language === language).code;
const plan = (name) => `${ROOT}tests/terraform/real/${name}.json`;

mkdirSync(folder, { recursive: true });
for (const component of [PEERING, POLICY]) cpSync(component, folder + component.split("/").at(-1));
for (const name of readdirSync(`${ROOT}examples/components`).filter((name) => /\.(py|mjs)$/.test(name))) {
  cpSync(`${ROOT}examples/components/${name}`, folder + name);
}
// connect.py, restricted as the document says.
const connect = readFileSync(`${folder}connect.py`, "utf8");
const restricted = documented("Restrict the clusters that it reaches", "python");
const replaced = /^store\.set_wasi\([^]*?^linker\.add_wasi_http\(\)\n/m;
writeFileSync(`${folder}connect_restricted.py`, connect.replace(replaced, `linker = Linker(engine)\n${restricted}`));

/** The exit code and the output of a program in the folder of the examples. */
const run = (command, args, env = {}) =>
  new Promise((resolve) => {
    execFile(command, args, { cwd: folder, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

for (const [name, command, ...args] of [
  ["check_plan.py", PYTHON, "check_plan.py"],
  ["rust/src/check_plan.rs", `${RUST}check-plan`, "consul-peering-policy.wasm"],
  ["check-plan.mjs", process.execPath, "check-plan.mjs"],
]) {
  test(`${name}: prints each finding, and exits 1 if one is an error`, async () => {
    if (name.endsWith(".mjs")) await transpile();
    const bad = await run(command, [...args, plan("faults")]);
    assert.equal(bad.code, 1, bad.stderr);
    assert.match(bad.stdout, /consul_peering\.dot/);
    assert.match(bad.stdout, /The peer name \\?"us\.east\\?" has characters other than/);
    const good = await run(command, [...args, plan("create")]);
    assert.equal(good.code, 0, good.stderr);
    assert.doesNotMatch(good.stdout, /error/);
  });
}

test("the command of the document prints the findings", async () => {
  const { code, stdout, stderr } = await run("sh", ["-c", documented("Call a function from the command line", "sh")], {
    PATH: `${HOSTS}:${process.env.PATH}`,
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /rule: "lower_case"/);
});

describe("two clusters", () => {
  let clusters;
  before(async () => (clusters = await startSimulated()));
  after(() => clusters?.stop());

  for (const [name, command, ...args] of [
    ["connect.py", PYTHON, "connect.py"],
    ["connect.py, restricted", PYTHON, "connect_restricted.py"],
    ["rust/src/connect.rs", `${RUST}connect`, "consul-peering.wasm"],
  ]) {
    test(`${name}: both sides are ACTIVE`, async () => {
      const { east, west } = clusters;
      const env = { EAST_TOKEN: east.token, WEST_TOKEN: west.token };
      const { code, stdout, stderr } = await run(command, [...args, east.address, west.address], env);
      assert.equal(code, 0, stderr);
      assert.equal(stdout.replaceAll('"', ""), "west acceptor ACTIVE\neast dialer ACTIVE\n");
      const there = await read({ address: west.address, token: west.token }, "east");
      assert.deepEqual([there.state, there.role], ["ACTIVE", "dialer"]);
    });

    test(`${name}: an error has its code, and exits 1`, async () => {
      const { code, stderr } = await run(command, [...args, "http://127.0.0.1:1", "http://127.0.0.1:2"]);
      assert.equal(code, 1);
      assert.match(stderr, /network: connect: /);
    });
  }
});

/** As `jco transpile consul-peering-policy.wasm --name policy -o policy`. */
async function transpile() {
  const require = createRequire(`${HOSTS}package.json`);
  const { transpileBytes } = await import(pathToFileURL(require.resolve("@bytecodealliance/jco-transpile")).href);
  const { files, imports } = await transpileBytes(readFileSync(POLICY), { name: "policy" });
  assert.deepEqual(imports, []);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(`${folder}policy/${name}`), { recursive: true });
    writeFileSync(`${folder}policy/${name}`, bytes);
  }
}
