// The gate, on plans of real Terraform: its output for each, its decision, and that it shows nothing of an unreadable
// plan.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { peeringToken } from "../node/secrets.js";
import { ROOT } from "../package/place.js";
import { checkOutput, transcript } from "./document.js";
import { stage } from "./shell.js";

const real = (name) => readFileSync(`${ROOT}tests/terraform/real/${name}.json`, "utf8");
const tokens = real("meta-change-replaces")
  .match(/(?<="peering_token":\s*")[\w+/=]{100,}/g)
  .map(peeringToken);
const secrets = tokens.flatMap((token) => [token.slice(-80), JSON.parse(atob(token)).EstablishmentSecret]);
const example = stage("plan-gate", secrets);
const write = (name, text) => writeFileSync(example.folder + name, text);

/** The plan that created both sides, reversed. */
function end() {
  const plan = JSON.parse(real("create"));
  for (const each of plan.resource_changes) {
    each.change = { actions: ["delete"], before: each.change.after, after: null, after_unknown: {} };
  }
  plan.planned_values = { root_module: {} };
  return JSON.stringify(plan);
}

test("output as documented", async () => {
  write("new.json", real("create"));
  write("meta.json", real("meta-change-replaces"));
  write("end.json", end());
  const results = [];
  for (const command of [
    "cat new.json | node gate.js",
    "node gate.js meta.json",
    "node gate.js end.json",
    "node gate.js end.json --may-destroy consul_peering.eu-us --may-destroy consul_peering_token.eu-us",
  ]) {
    results.push(await example.run(command));
  }
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 3, 3, 0],
  );
  checkOutput("plan-gate", transcript(results), { "127.0.0.1:19505": "<address>" });
});

test("reports every error of a plan, at its resource", async () => {
  write("bad.json", real("faults"));
  const { code, text } = await example.run("node gate.js bad.json");
  assert.equal(code, 3);
  for (const path of ["consul_peering.dot", 'module.pair["Not_OK"].consul_peering_token.t']) {
    assert.ok(text.includes(`\n${path}\n  error: `) || text.startsWith(`${path}\n  error: `), path);
  }
  assert.match(text, /\ndo not apply: 12 of 13 findings are errors\n$/);
});

test("permission to destroy a peering does not allow to replace it, or to destroy another", async () => {
  for (const command of [
    "node gate.js meta.json --may-destroy consul_peering.eu-us",
    "node gate.js end.json --may-destroy consul_peering.eu-us",
  ]) {
    assert.equal((await example.run(command)).code, 3, command);
  }
});

test("other input than a plan is refused, and not shown", async () => {
  const cut = real("meta-change-replaces");
  write("cut.json", cut.slice(0, cut.indexOf(tokens[0]) + tokens[0].length));
  write("other.json", '{"hello": "world"}');
  for (const [command, code, said] of [
    ["node gate.js cut.json", 1, /^invalid JSON/],
    ["node gate.js < /dev/null", 1, /^invalid JSON/],
    ["node gate.js absent.json", 1, /^ENOENT/],
    ["node gate.js other.json", 3, /^the plan\n {2}error: /],
    ["node gate.js --force", 2, /^Unknown option '--force'/],
    ["node gate.js new.json end.json", 2, /^expected one plan/],
  ]) {
    const result = await example.run(command);
    assert.equal(result.code, code, command);
    assert.match(result.text, said);
  }
});
