// README.md: the commands and programs of its first pages, run in order on two simulated clusters.

import assert from "node:assert/strict";
import { connect, read as readPeering, remove, wait } from "../../../pkg/node.js";
import * as library from "../../../pkg/node.js";
import { rows } from "../documents.js";
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
const peering = async (cluster, name) => {
  const { id, meta, modify_index } = await readPeering(cluster, name);
  return { id, meta, modify_index };
};
const SOURCE = "Build from source";

export default async function story(t, take) {
  const stage = await openStage(["east", "west"]);
  let code;
  t.after(() => stage.stop());

  await t.test("Install", async () => {
    const [install, demo] = commands(take("Install", "sh"));
    assert.equal(install, `npm install ${JSON.parse(read("pkg/package.json")).name}`);
    assert.match(await stage.sh(`${demo} --simulated`), /ACTIVE/);
  });

  await t.test(`${CONNECT}, on the command line`, async () => {
    stage.write("clusters.json", take(CONNECT, "json"));
    code = take(CONNECT, "sh");
    await stage.lines(code, [{ exit: 3 }, {}, {}, {}]);
    // What these clusters.json allow later: labels, rotation, and recovery from a side that was deleted.
    await stage.lines(commands(code)[1]);
    await stage.sh("npx consul-peering connect east west --b-meta team=payments");
    await stage.sh("npx consul-peering rotate east west");
    await remove(stage.clusters.west, "east");
    await wait(stage.clusters.east, "west", "TERMINATED");
    await stage.sh("npx consul-peering connect east west", { exit: 4 });
    await stage.sh("npx consul-peering connect east west --yes");
  });

  await t.test(`${CONNECT}, in Node, after the command line`, async () => {
    const ids = () => Promise.all([peering(stage.clusters.east, "west"), peering(stage.clusters.west, "east")]);
    const before = await ids();
    assert.equal(await stage.js(take(CONNECT, "js")), "ACTIVE\n");
    assert.deepEqual(await ids(), before, "the same settings: nothing was changed");
  });

  await t.test(`${CONNECT}, in a browser`, async () => {
    const open = await openStage(["east", "west"], false);
    t.after(() => open.stop());
    const { east, west } = open.clusters;
    await connect({ cluster: east, peer_name: "west" }, { cluster: west, peer_name: "east" });
    const [peering, good, bad] = (await open.js(A_PAGE + take(CONNECT, "js") + TYPE_TWO_NAMES)).split("\n");
    assert.deepEqual([peering, good], ["west: ACTIVE", ""]);
    assert.match(bad, /upper/i);
  });

  await t.test("Functions", () => {
    const named = rows("README.md", "Functions").flatMap(([cell]) => [...cell.matchAll(/`(\w+)[^`]*`/g)]);
    assert.deepEqual(named.map(([, name]) => name).sort(), Object.keys(library).sort());
  });

  await t.test("The admin page", () => stage.lines(take("The admin page", "sh"), [SERVES, SERVES]));

  await t.test(SOURCE, () => assertMakes(commands(take(SOURCE, "sh"))));
}
