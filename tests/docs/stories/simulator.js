// docs/simulator.md: the example runs.

import assert from "node:assert/strict";
import { openStage } from "../stage.js";

const HEADING = "Test without a Consul server";

export default async function story(t, take) {
  const stage = await openStage();
  t.after(() => stage.stop());
  await t.test(HEADING, async () => {
    const code = take(HEADING, "js");
    const kept = code.replace("await establish(west,", "const peering = await establish(west,");
    assert.notEqual(kept, code);
    assert.equal(await stage.js(`${kept}console.log(peering.state);`), "ACTIVE\n");
  });
}
