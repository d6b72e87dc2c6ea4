// docs/policy.md: the command and the function check recorded plans.

import assert from "node:assert/strict";
import { read } from "../examples.js";
import { openStage } from "../stage.js";

export default async function story(t, take) {
  const stage = await openStage();
  t.after(() => stage.stop());

  await t.test("from the command line", async () => {
    const code = take("Check Terraform plans", "sh");
    assert.match(await stage.sh(code), /^stdin: nothing wrong in 1 peering, 1 token$/m);
    const replaces = { RECORDED_PLAN: "meta-change-replaces" };
    assert.match(await stage.sh(code, { exit: 3, env: replaces }), /replaced/);
  });

  await t.test("check a plan in JavaScript", async () => {
    assert.equal(
      await stage.js(take("Check a plan in JavaScript", "js")),
      'consul_peering_token.west lower_case Try "west".\n',
    );
  });

  await t.test("policy hosts without network", async () => {
    const [good, bad] = ["create", "faults"].map((name) => read(`tests/terraform/real/${name}.json`));
    const output = await stage.js(`${take("Policy hosts without network", "js")}
      import { readFileSync } from "node:fs";
      const bytes = readFileSync(new URL(import.meta.resolve("consul-peering/consul_peering_bg.wasm")));
      console.log(...[${good}, ${bad}].map((plan) => decide(plan, bytes)));`);
    assert.equal(output, "true false\n");
  });
}
