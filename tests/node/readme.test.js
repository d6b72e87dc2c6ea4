// The README's examples for Node, run as they stand, with simulated clusters in place of the ones they name.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSimulator } from "../../pkg/simulator.js";
import { example, execute, read } from "./examples.js";
import { aclToken } from "./secrets.js";

const readme = read("README.md");
let simulator;

before(async () => {
  simulator = await startSimulator({
    clusters: ["eu", "us"].map((name) => ({ name, acl: true })),
    speed: 50,
  });
});
after(() => simulator.stop());

function executeHere(code) {
  const { eu, us } = simulator.clusters;
  const here = code
    .replaceAll("https://consul.eu.example:8501", eu.address)
    .replaceAll("https://consul.us.example:8501", us.address);
  return execute(here, { EU_TOKEN: aclToken(eu.token), US_TOKEN: aclToken(us.token) });
}

test("In Node", async () => {
  assert.equal(await executeHere(example(readme, "In Node")), "ACTIVE\n");
});

test("Without a server", async () => {
  const code = `import { establish, generateToken } from "consul-peering";\n${example(readme, "Without a server")}`;
  const told = code.replace("await establish(us,", "const peering = await establish(us,");
  assert.notEqual(told, code);
  assert.equal(await executeHere(`${told}console.log(peering.state);\n`), "ACTIVE\n");
});
