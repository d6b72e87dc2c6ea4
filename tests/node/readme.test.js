// The README's examples for Node, run as they stand, with simulated clusters in place of the ones they name.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startSimulator } from "../../pkg/simulator.js";
import { aclToken } from "./secrets.js";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "consul-peering-readme-"));
let simulator;

before(async () => {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileURLToPath(new URL("../../pkg", import.meta.url)), join(folder, "node_modules/consul-peering"));
  simulator = await startSimulator({
    clusters: ["eu", "us"].map((name) => ({ name, acl: true })),
    speed: 50,
  });
});
after(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The first example under a heading. */
function example(heading) {
  const [, section] = readme.split(`\n## ${heading}\n`);
  return /```js\n(.*?)```/s.exec(section)[1];
}

async function runExample(name, code) {
  const { eu, us } = simulator.clusters;
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    code
      .replaceAll("https://consul.eu.example:8501", eu.address)
      .replaceAll("https://consul.us.example:8501", us.address),
  );
  const env = { ...process.env, EU_TOKEN: aclToken(eu.token), US_TOKEN: aclToken(us.token) };
  return promisify(execFile)(process.execPath, [file], { env });
}

test("In Node", async () => {
  const { stdout } = await runExample("node", example("In Node"));
  assert.equal(stdout, "ACTIVE\n");
});

test("Without a server", async () => {
  const code = `import { establish, generateToken } from "consul-peering";\n${example("Without a server")}`;
  const told = code.replace("await establish(us,", "const peering = await establish(us,");
  assert.notEqual(told, code);
  const { stdout } = await runExample("simulator", `${told}console.log(peering.state);\n`);
  assert.equal(stdout, "ACTIVE\n");
});
