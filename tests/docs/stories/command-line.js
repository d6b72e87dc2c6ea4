// docs/command-line.md: its commands in order on two simulated clusters, and every option that it names.

import assert from "node:assert/strict";
import { readClusters } from "../../../pkg/cli/clusters-file.js";
import { assertCommandsExist } from "../programs.js";
import { openStage } from "../stage.js";

export default async function story(t, take) {
  const stage = await openStage(["east", "west"]);
  t.after(() => stage.stop());

  await t.test("clusters.json", () => {
    const written = take("clusters.json", "json");
    const { aliases } = readClusters(stage.write("written.json", written));
    assert.equal(aliases.east.ca_file, stage.path("east-ca.pem"));
    // The simulated cluster listens on plain http, where a CA file is refused.
    stage.write("clusters.json", written.replace(/"ca_file": "east-ca.pem",/, ""));
    stage.write("west.token", stage.clusters.west.token);
  });

  await t.test("the commands", () => {
    const how = [
      { add: "--simulated" },
      { exit: 3 },
      {},
      {},
      { until: /ACTIVE/ },
      // Still starting, unless the first heartbeat has arrived.
      { add: "|| [ $? = 3 ]" },
      {},
      {},
      { add: "--yes" },
    ];
    return stage.lines(take("Command line", "sh"), how);
  });

  await t.test("several clusters", async () => {
    const again = [{}, {}, { add: "|| [ $? = 3 ]" }, { until: /east[^]*west|west[^]*east/ }];
    await stage.sh("npx consul-peering connect east west");
    const [listed, allowed, healthy] = await stage.lines(take("Several clusters", "sh"), again);
    assert.match(listed, /\neast +west[^]*\nwest +east/);
    assert.match(allowed, /east .*yes +yes\nwest .*yes +yes/);
    assert.deepEqual(
      JSON.parse(healthy).peerings.map(({ cluster, peer_name }) => [cluster, peer_name]),
      [
        ["east", "west"],
        ["west", "east"],
      ],
    );
  });

  await t.test("shell completion", async () => {
    const loaded = `${take("Shell completion", "sh")}\ncomplete -p consul-peering`;
    assert.match(await stage.sh(loaded), /-F _consul_peering consul-peering/);
  });

  await t.test("every command and option exists", () => assertCommandsExist("docs/command-line.md"));
}
