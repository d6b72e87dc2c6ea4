// What troubleshoot prints for people: each fix once, and skipped checks by the missing rule.
import assert from "node:assert/strict";
import { test } from "node:test";
import { colours } from "../../pkg/cli/terminal.js";
import { troubleshootingView, withAliases } from "../../pkg/cli/troubleshoot-view.js";
import { terminal } from "./command-line.js";

const EAST = "http://east:8500";
const WEST = "http://west:8500";
const SIDES = [
  { name: "east", address: EAST },
  { name: "west", address: WEST },
];
const check = (id, status, more) => ({
  ...{ id, status, cluster: EAST, peer_name: "west", message: "m", fix: null, evidence: {}, needs: null },
  ...more,
});
const view = (checks) => {
  const found = withAliases({ ok: false, checks, services: [] }, SIDES);
  return troubleshootingView(found, SIDES, colours(terminal({ columns: 200 }), { NO_COLOR: "1" }));
};

test("a fix of several checks is printed once, with the checks that it fixes", () => {
  const fix = '# Save as e.hcl\nKind = "exported-services"\n';
  const out = view([
    check("exports.any", "fail", { fix }),
    check("exports.consumers", "warning", { fix }),
    check("exports.reserved", "fail", { fix }),
    check("exports.consumers", "warning", { fix, cluster: WEST }),
    check("gateways.passing", "fail"),
    check("routing.peers", "fail"),
  ]);
  assert.equal(out.split("Kind =").length - 1, 2, "once for each cluster");
  assert.match(
    out,
    /^fail exports\.any on east\n {2}m\n {2}This fixes exports\.any, exports\.consumers and exports\.reserved:\n {4}# Save as e\.hcl\n {4}Kind/,
  );
  assert.equal(out.split("Fixed by the fix of exports.any.").length - 1, 2);
  assert.match(out, /^warning exports\.consumers on west\n {2}m\n {4}# Save as e\.hcl$/m);
});

test("a command uses aliases, and its comment is kept", () => {
  const fix = `# Add --external-address.\nconsul-peering connect ${EAST} ${WEST} --a-name west`;
  const out = view([check("peering.state", "fail", { fix })]);
  assert.match(out, /^ {4}# Add --external-address\.\n {4}consul-peering connect east west --a-name west$/m);
});

test("skipped checks are grouped by the missing rule, each id once", () => {
  const needs = 'peering = "read"';
  const out = view([
    check("peering.state", "skipped", { needs }),
    check("exports.any", "skipped", { needs }),
    check("exports.consumers", "skipped", { needs: 'mesh = "read"\nnode = "x"' }),
    check("peering.state", "skipped", { needs }),
    check("peering.state", "skipped", { needs, cluster: WEST }),
  ]);
  assert.match(
    out,
    /^skipped on east: the ACL token lacks peering = "read"\n {2}peering\.state, exports\.any\n+skipped on east: the ACL token lacks mesh = "read" and node = "x"\n {2}exports\.consumers\n+skipped on west: the ACL token lacks peering = "read"\n {2}peering\.state\n/,
  );
});
