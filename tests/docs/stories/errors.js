// docs/errors.md: the example, and a row for each code of the types.

import assert from "node:assert/strict";
import { read } from "../examples.js";
import { rows } from "../documents.js";
import { openStage } from "../stage.js";

export default async function story(t, take) {
  const stage = await openStage(["east", "west"]);
  t.after(() => stage.stop());

  await t.test("the example handles an invalid specification", async () => {
    const given = `import { establish, isPeeringError } from "consul-peering";
      ${stage.constants}
      const spec = { peer_name: "EAST", peering_token: "none" };
      const printed = [];
      console.error = (...values) => printed.push(...values);`;
    const printed = await stage.js(`${given}${take("Errors", "js")}console.log(printed[0], typeof printed[1]);`);
    assert.equal(printed, "invalid string\n");
  });

  await t.test("every code of the types has a row", () => {
    const [, union] = /type Code =([^;]+);/.exec(read("pkg/index.d.ts"));
    const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code);
    const listed = rows("docs/errors.md", "Codes").map(([code]) => code.replaceAll("`", ""));
    assert.ok(codes.length > 20, String(codes.length));
    assert.deepEqual(listed.toSorted(), codes.toSorted());
  });
}
