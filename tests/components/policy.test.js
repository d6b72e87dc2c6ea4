// The component `consul-peering-policy` in every host: it imports nothing, and each host gets what the package's own
// functions return.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, describe, test } from "node:test";
import * as policy from "../../pkg/policy-node.js";
import { hosts } from "./hosts.js";
import { POLICY, ROOT } from "./place.js";
import { CALLS, PLANS } from "./policy-calls.js";
import { checkTable } from "./table.js";

/** The command line leaves out members that have no value. */
const withoutNull = (value) => JSON.parse(JSON.stringify(value, (_, member) => member ?? undefined));
const passed = new Set();

before(async () => {
  await policy.init?.();
});

test("it imports nothing", () => {
  const imports = execFileSync(`${ROOT}target/tools/component`, ["--imports", POLICY], { encoding: "utf8" });
  assert.equal(imports, "");
});

test("the plan with a dozen faults has more findings than faults", () => {
  const [, faults] = CALLS.find(([[name, [text]]]) => name === "check-terraform" && text.includes("us.east"));
  assert.equal(faults().length, 13);
});

for (const host of hosts) {
  describe(host.name, () => {
    let results;
    const shape = host.leavesOutNull ? withoutNull : (value) => value;

    before(async () => {
      results = await host.call(POLICY, [...CALLS.map(([call]) => call), ...PLANS]);
    });

    test("each function returns what the package returns, byte for byte as JSON", () => {
      for (const [index, [[name], expected]] of CALLS.entries()) {
        assert.equal(JSON.stringify(results[index]), JSON.stringify(shape(expected())), `${name}, call ${index}`);
      }
    });

    test("plan decides from snapshots", () => {
      const [linkable, same, invalid, unreadable, both, noJson, tooDeep] = results.slice(CALLS.length);
      assert.deepEqual(
        linkable.steps.map(({ on, action, code }) => `${on} ${action} ${code}`),
        ["acceptor generate no_peering", "dialer establish new_token"],
      );
      assert.deepEqual([same.on, same.code], ["dialer", "same_cluster"]);
      const invalidFields = ({ code, findings }) => [code, ...new Set(findings.map(({ field }) => field))];
      assert.deepEqual(invalidFields(invalid), ["invalid", "acceptor.peer_name"]);
      assert.deepEqual(invalidFields(unreadable), ["invalid", "acceptor.peerings"]);
      assert.deepEqual(invalidFields(both), ["invalid", "acceptor.spec", "dialer.peerings"]);
      assert.equal(noJson[0].rule, "json");
      assert.match(tooDeep[0].message, /has more than 127 levels/);
      passed.add(host.name);
    });
  });
}

test("docs/components.md has these results", () => {
  const rows = hosts.map(({ name, version }) => [name, "`policy`", version, passed.has(name) ? "passed" : "failed"]);
  checkTable("policy", rows);
});
