// README.md: the commands and programs of its first pages, run in order on two simulated clusters.

import assert from "node:assert/strict";
import { connect } from "../../../pkg/node.js";
import { readClusters } from "../../../pkg/cli/clusters-file.js";
import { read } from "../examples.js";
import { assertMakes, commands } from "../programs.js";
import { openStage, SERVES } from "../stage.js";

const A_PAGE = `
  const log = (text) => console.log(text);
  const document = { querySelector: () => ({ setCustomValidity: log }), body: { append: log } };
`;
const TYPE_TWO_NAMES = `
  for (const value of ["east", "EAST"]) {
    input.value = value;
    input.oninput();
  }
`;
const CONNECT = "Connect two clusters";
const SOURCE = "Build from source";

export default async function tell(t, take) {
  const stage = await openStage(["east", "west"]);
  t.after(() => stage.stop());

  await t.test("Install", async () => {
    const [install, demo] = commands(take("Install", "sh"));
    assert.equal(install, `npm install ${JSON.parse(read("pkg/package.json")).name}`);
    assert.match(await stage.sh(`${demo} --simulated`), /ACTIVE/);
    for (const command of commands(take("Install", "sh"))) await assertMakes(command);
  });

  await t.test(`${CONNECT}, on the command line`, async () => {
    const written = take(CONNECT, "json");
    const { aliases } = readClusters(stage.write("written.json", written));
    assert.equal(aliases.east.ca_file, stage.path("east-ca.pem"));
    // The simulated cluster listens on plain http, where a CA file is refused.
    stage.write("clusters.json", written.replace(', "ca_file": "east-ca.pem"', ""));
    stage.write("west.token", stage.clusters.west.token);
    // `health` is still starting until the first heartbeat has arrived.
    const either = { add: "|| [ $? = 3 ]" };
    await stage.lines(take(CONNECT, "sh"), [{ exit: 3 }, {}, either, { add: "--yes" }]);
  });

  await t.test(`${CONNECT}, in Node`, async () => assert.equal(await stage.js(take(CONNECT, "js")), "ACTIVE\n"));

  await t.test(`${CONNECT}, in a browser`, async () => {
    const open = await openStage(["east", "west"], false);
    t.after(() => open.stop());
    const { east, west } = open.clusters;
    await connect({ cluster: east, peer_name: "west" }, { cluster: west, peer_name: "east" });
    const [peering, good, bad] = (await open.js(A_PAGE + take(CONNECT, "js") + TYPE_TWO_NAMES)).split("\n");
    assert.deepEqual([peering, good], ["west: ACTIVE", ""]);
    assert.match(bad, /upper/i);
  });

  await t.test("The admin page", () => stage.lines(take("The admin page", "sh"), [SERVES, SERVES]));

  await t.test(SOURCE, async () => {
    for (const command of commands(take(SOURCE, "sh"))) await assertMakes(command);
  });
}
