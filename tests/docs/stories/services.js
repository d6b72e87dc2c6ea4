// docs/services.md, on two real clusters: its config entries are written, and each fixes what troubleshoot finds.

import assert from "node:assert/strict";
import { connect, troubleshoot } from "../../../pkg/node.js";
import { assertCommandsExist } from "../programs.js";
import { envOf, openRealStage } from "../stage.js";

export default async function story(t, take) {
  const stage = await openRealStage(["east", "west"]);
  t.after(() => stage.stop());
  const { east, west } = stage.clusters;
  const sides = [
    { cluster: east, peer_name: "west", server_external_addresses: [] },
    { cluster: west, peer_name: "east" },
  ];
  const failing = async () => {
    const { checks } = await troubleshoot(...sides, { service: "web" });
    return new Set(checks.filter(({ status }) => status === "fail").map(({ id }) => id));
  };
  const write = async (cluster, file, entry) => {
    stage.write(file, entry);
    await stage.sh(`consul config write ${file}`, envOf(cluster));
  };
  await t.test("Register, and export a service", async () => {
    await connect(...sides);
    assert.ok((await failing()).has("exports.any"));
    stage.write("web.hcl", take("Register the service with a sidecar proxy", "hcl"));
    await stage.sh("consul services register web.hcl", envOf(east));
    await write(east, "exported-services.hcl", take("Export a service", "hcl"));
    assert.ok(!(await failing()).has("exports.any"));
  });

  await t.test("Check that it is imported", async () => {
    const [read, found] = await stage.lines(take("Check that it is imported", "sh"), [{}, { add: "|| [ $? = 3 ]" }]);
    assert.match(read, /web/);
    assert.match(found, /^web +east +west +yes +yes +1\/1 +/m);
  });

  await t.test("Allow the calls", async () => {
    assert.ok((await failing()).has("intentions.allowed"));
    await write(east, "intentions.hcl", take("Allow the calls", "hcl"));
    assert.ok(!(await failing()).has("intentions.allowed"));
  });

  await t.test("Connect the clusters with mesh gateways", async () => {
    assert.deepEqual(await failing(), new Set(["gateways.registered"]));
    // What `consul connect envoy -register` registers, without an Envoy.
    const wan = { tagged_addresses: { wan: { address: "gateway.east.example", port: 443 } } };
    const gateway = { name: "mesh-gateway", kind: "mesh-gateway", address: "10.0.0.10", port: 8443, ...wan };
    stage.write("gateway.json", JSON.stringify({ service: gateway }));
    await stage.sh("consul services register gateway.json", envOf(east));
    assert.deepEqual(await failing(), new Set());
    // Now the calls go through a gateway of `west` as well.
    await write(west, "proxy-defaults.hcl", take("Connect the clusters with mesh gateways", "hcl"));
    assert.deepEqual(await failing(), new Set(["gateways.registered"]));
    await stage.sh("consul services register gateway.json", envOf(west));
    assert.deepEqual(await failing(), new Set());
  });

  await t.test("Upstreams, and failover", async () => {
    stage.write("api.hcl", take("Upstreams", "hcl"));
    await stage.sh("consul services register api.hcl", envOf(west));
    await write(west, "resolver.hcl", take("Failover to the other cluster", "hcl"));
    assert.deepEqual(await failing(), new Set());
  });

  await t.test("Troubleshooting", async () => {
    const heading = "Troubleshooting";
    await stage.lines(take(heading, "sh"), [{ add: "|| [ $? = 3 ]" }, {}, { add: "|| [ $? = 3 ]" }]);
    assert.match(await stage.js(take(heading, "js"), stage.constants), /true\n$/);
    stage.write("rules.hcl", take(heading, "hcl"));
    const created = "consul acl policy create -name troubleshoot -rules @rules.hcl";
    await stage.sh(created, envOf(east));
    assertCommandsExist("docs/services.md");
  });
}
