// What troubleshoot prints for people: each fix once, and skipped checks by the missing rule.
import assert from "node:assert/strict";
import { test } from "node:test";
import { colours } from "../../pkg/cli/terminal.js";
import { troubleshootingView, withAliases } from "../../pkg/cli/troubleshoot-view.js";
import { terminal } from "./command-line.js";

const EAST = "http://east:8500";
const WEST = "http://west:8500";
const SIDES = [
  { name: "east", address: EAST, side: {} },
  { name: "west", address: WEST, side: {} },
];
const check = (id, status, more) => ({
  ...{ id, status, cluster: EAST, peer_name: "west", message: "m", fix: null, repair: null, evidence: {}, needs: null },
  ...more,
});
const view = (checks, sides = SIDES, file) => {
  const found = withAliases({ ok: false, checks, services: [] }, sides, file);
  return troubleshootingView(found, sides, colours(terminal({ columns: 200 }), { NO_COLOR: "1" }));
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

const repair = (more) => ({
  command: "connect",
  acceptor: { cluster: EAST, peer_name: "west" },
  dialer: { cluster: WEST, peer_name: "east" },
  delete_first: false,
  ...more,
});
const fix = `# Add them.\nconsul-peering connect ${EAST} ${WEST} --a-name west --b-name east`;

test("a command uses aliases, and names the peerings only if they are named differently", () => {
  const out = view([check("peering.state", "fail", { fix, repair: repair() })]);
  assert.match(out, /^ {4}# Add --external-address HOST:PORT .*\n {4}consul-peering connect east west$/m);
  const renamed = repair({ command: "rotate", acceptor: { cluster: WEST, peer_name: "eu" } });
  renamed.dialer = repair().acceptor;
  assert.match(
    view([check("peering.state", "fail", { fix, repair: renamed })]),
    /^ {4}consul-peering rotate west east --a-name eu$/m,
  );
  const unnamed = SIDES.map((side) => ({ ...side, name: side.address }));
  assert.match(
    view([check("peering.state", "fail", { fix, repair: repair() })], unnamed),
    /^ {4}consul-peering connect http:\S+ http:\S+ --a-name west --b-name east$/m,
  );
});

test("commands select the clusters as this one did, and the deletion comes first", () => {
  const known = [{ ...SIDES[0], side: { server_external_addresses: [] } }, SIDES[1]];
  const out = view(
    [check("peering.rebuilt", "fail", { fix, repair: repair({ delete_first: true }) })],
    known,
    "my.json",
  );
  assert.match(
    out,
    /m\n {4}consul-peering delete west --cluster east --clusters my\.json --yes\n {4}consul-peering connect east west --clusters my\.json\n/,
    "without a comment about addresses that clusters.json has",
  );
});

test("the addresses of clusters in a config entry stay as they are", () => {
  const entry = `consul-peering x ${EAST} y\nAddress = "${EAST}"\n`;
  assert.ok(view([check("exports.any", "fail", { fix: entry })]).includes(`    consul-peering x ${EAST} y\n`));
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
