// docs/mesh-gateways.md, on two real clusters: without a gateway no token, with one the token has its address.

import assert from "node:assert/strict";
import { inspectToken, list, read, remove } from "../../../pkg/node.js";
import { peeringToken } from "../../node/secrets.js";
import { commands } from "../programs.js";
import { envOf, openRealStage } from "../stage.js";

const SET_UP = "Set it up";

export default async function story(t, take) {
  const stage = await openRealStage(["east", "west"]);
  t.after(() => stage.stop());
  const { east, west } = stage.clusters;

  await t.test(SET_UP, async () => {
    const [gateway] = commands(take(SET_UP, "sh"));
    const [, name, wan] = /-service (\S+) .*-wan-address (\S+)$/.exec(gateway);
    stage.write("mesh.hcl", take(SET_UP, "hcl"));
    await stage.sh("consul config write mesh.hcl", envOf(east));
    const generate = "npx consul-peering token generate west --cluster east";
    await stage.sh(`${generate} > refused.peering-token`, { exit: 1 });
    assert.equal(await read(east, "west"), null, "nothing was written");
    // What `consul connect envoy -register` registers, without an Envoy.
    const [host, port] = wan.split(":");
    stage.write(
      "gateway.json",
      JSON.stringify({
        service: {
          ...{ name, kind: "mesh-gateway", address: "10.0.0.10", port: 8443 },
          tagged_addresses: { wan: { address: host, port: Number(port) } },
        },
      }),
    );
    await stage.sh("consul services register gateway.json", envOf(east));
    const token = peeringToken((await stage.sh(generate)).trim());
    assert.deepEqual(inspectToken(token).server_addresses, [wan]);
    // And back: no gateway exists at that address.
    await stage.sh("consul config delete -kind mesh -name mesh", envOf(east));
    await remove(east, "west");
    await stage.sh(take(SET_UP, "sh"));
  });

  await t.test("Change the mode of existing peerings", async () => {
    await stage.sh(take("Change the mode of existing peerings", "sh"));
    const states = (await Promise.all([list(east), list(west)])).flat().map(({ state }) => state);
    assert.deepEqual(states, ["ACTIVE", "ACTIVE"]);
  });
}
