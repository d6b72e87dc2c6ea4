// README.md: the page's program with the little of a page that it needs, and everything else as a reader runs it.

import assert from "node:assert/strict";
import { connect, disconnect } from "../../../pkg/node.js";
import { readClusters } from "../../../pkg/cli/clusters-file.js";
import { read } from "../examples.js";
import { assertConfigures, assertMakes, commands } from "../programs.js";
import { openStage, SERVES } from "../stage.js";

const A_PAGE = `
  const said = (text) => console.log(text);
  const document = { querySelector: () => ({ setCustomValidity: said }), body: { append: said } };
`;
const USED = `
  for (const value of ["eu", "EU"]) {
    input.value = value;
    input.oninput();
  }
`;
const sides = ({ eu, us }) => [
  { cluster: eu, peer_name: "us" },
  { cluster: us, peer_name: "eu" },
];

export default async function tell(t, take) {
  const stage = await openStage();
  t.after(() => stage.stop());
  const { clusters } = stage;

  await t.test("the first commands", async () => {
    const [demo, test, install] = commands(take("consul-peering", "sh"));
    for (const command of [demo, test]) await assertMakes(command);
    assert.equal(install, `npm install ${JSON.parse(read("pkg/package.json")).name}`);
  });

  await t.test("In Node", async () => assert.equal(await stage.js(take("In Node", "js")), "ACTIVE\n"));

  await t.test("In a page", async () => {
    const open = await openStage(["eu", "us"], false);
    t.after(() => open.stop());
    await connect(...sides(open.clusters));
    const [peering, good, bad] = (await open.js(A_PAGE + take("In a page", "js") + USED)).split("\n");
    assert.deepEqual([peering, good], ["us: ACTIVE", ""]);
    assert.match(bad, /upper/i);
    await assertConfigures(take("In a page", "hcl"));
  });

  await t.test("The admin page", () => stage.lines(take("The admin page", "sh"), [SERVES, SERVES]));

  await t.test("Errors", async () => {
    const given = `import { establish, isPeeringError } from "consul-peering";
      ${stage.constants}
      const spec = { peer_name: "EU", peering_token: "none" };
      const said = [];
      console.error = (...words) => said.push(...words);`;
    const told = await stage.js(`${given}${take("Errors", "js")}console.log(said[0], typeof said[1]);`);
    assert.equal(told, "invalid string\n");
  });

  await t.test("Without a server", async () => {
    const given = `import { establish, generateToken } from "consul-peering";`;
    const code = take("Without a server", "js");
    const told = code.replace("await establish(us,", "const peering = await establish(us,");
    assert.notEqual(told, code);
    assert.equal(await stage.js(`${given}${told}console.log(peering.state);`), "ACTIVE\n");
  });

  await t.test("Terraform plans", async () => {
    stage.write("plan.json", read("tests/terraform/real/faults.json"));
    await stage.sh("terraform plan -out=tfplan");
    const [printed] = await stage.lines(take("Terraform plans", "sh"), [{}, { exit: 3 }]);
    assert.match(printed, /nothing wrong/);
  });

  await t.test("Command line", async () => {
    await disconnect(...sides(clusters));
    const written = take("Command line", "json");
    const { aliases } = readClusters(stage.write("written.json", written));
    assert.equal(aliases.eu.ca_file, stage.path("eu-ca.pem"));
    // The stand-in speaks http, to which an authority is refused.
    stage.write("clusters.json", written.replace(', "ca_file": "eu-ca.pem"', ""));
    stage.write("us.token", clusters.us.token);
    const yes = { add: "--yes" }; // the answer to its question
    const heard = { until: /ACTIVE/ };
    const todo = { exit: 3 };
    await stage.lines(take("Command line", "sh"), [{ add: "--simulated" }, todo, {}, {}, heard, {}, {}, yes]);
  });

  await t.test("Working on it", async () => {
    for (const block of [1, 2]) for (const each of commands(take("Working on it", "sh"))) await assertMakes(each);
  });
}
