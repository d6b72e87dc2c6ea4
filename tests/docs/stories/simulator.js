// docs/simulator.md: the example runs.

import assert from "node:assert/strict";
import { openStage } from "../stage.js";

const HEADING = "Test without a Consul server";
const SERVICES = "Test with services";

export default async function story(t, take) {
  const stage = await openStage();
  t.after(() => stage.stop());
  await t.test(HEADING, async () => {
    const code = take(HEADING, "js");
    const kept = code.replace("await establish(west,", "const peering = await establish(west,");
    assert.notEqual(kept, code);
    assert.equal(await stage.js(`${kept}console.log(peering.state);`), "ACTIVE\n");
  });
  await t.test(SERVICES, async () => {
    const printed = await stage.js(take(SERVICES, "js"));
    for (const id of ["gateways.registered", "exports.instances"])
      assert.ok(printed.includes(`"${id}"`) || printed.includes(`'${id}'`), printed);
  });
}
