// consul-peering check: its output in each format, and its exit codes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { POLICY_RULES, ruleIdOf, ruleOf } from "../../pkg/cli/policy-rules.js";
import { checkTerraform, countTerraform } from "../../pkg/node.js";
import { folder, runHere as run, write } from "./command-line.js";
import { read } from "../docs/examples.js";
import { peeringToken } from "./secrets.js";

process.chdir(folder); // the folder of files without a path

const fixture = (name) => fileURLToPath(new URL(`../terraform/real/${name}`, import.meta.url));
const text = (name) => readFileSync(fixture(name), "utf8");
const { resources } = JSON.parse(text("state-after-create.json")).values.root_module;
for (const { values } of resources) peeringToken(values.peering_token);

const IDS = POLICY_RULES.map(({ id }) => id);

describe("check", () => {
  test("exit code 0 and one line without findings, from a file and from stdin", async () => {
    const file = await run(["check", fixture("create.json")]);
    assert.deepEqual(file, {
      code: 0,
      out: `${fixture("create.json")}: nothing wrong in 1 peering, 1 token\n`,
      err: "",
    });
    for (const words of [["check"], ["check", "-"]]) {
      const { code, out } = await run(words, { input: text("state-after-create.json") });
      assert.deepEqual([code, out], [0, "stdin: nothing wrong in 1 peering, 1 token\n"]);
    }
    write("stdin", text("faults.json"));
    assert.equal((await run(["check", "stdin"])).code, 3, "a file that is called so is a file");
  });

  test("exit code 3, and every finding under its resource", async () => {
    const { code, out, err } = await run(["check", fixture("faults.json")]);
    assert.deepEqual([code, err], [3, ""]);
    assert.match(out, /^consul_peering_token\.upper\n {2}error {2}peer_name\.lower_case {2}.* Try "eu-cluster"\.$/m);
    assert.match(out, /^module\.pair\["Not_OK"\]\.consul_peering_token\.t\n( {2}error .*\n){2}\n/m);
    assert.match(out, /: 12 errors, 1 warning in \d peerings, \d tokens\n$/);
    assert.equal(out.match(/^ {2}error +/gm).length, 12);
  });

  test("a warning is shown, with exit code 0", async () => {
    const plan = JSON.parse(text("create.json"));
    plan.complete = false;
    const { code, out } = await run(["check"], { input: JSON.stringify(plan) });
    assert.equal(code, 0);
    assert.match(out, /^stdin\n {2}warning {2}incomplete {2}.*\n\nstdin: 1 warning in 1 peering, 1 token\n$/);
  });

  test("--fail-on warning: exit code 3 for a warning, such as a destroyed peering", async () => {
    const plan = JSON.parse(text("create.json"));
    for (const { change } of plan.resource_changes) {
      Object.assign(change, { actions: ["delete"], before: change.after, after: null });
    }
    const input = JSON.stringify(plan);
    for (const [words, expected] of [
      [[], 0],
      [["--fail-on", "error"], 0],
      [["--fail-on", "warning"], 3],
    ]) {
      const { code, out } = await run(["check", ...words], { input });
      assert.equal(code, expected);
      assert.match(out, /: 2 warnings in 1 peering, 1 token\n$/);
      const json = await run(["check", "--json", ...words], { input });
      assert.equal(json.code, expected);
      assert.equal(JSON.parse(json.out).ok, expected === 0);
    }
    const clean = await run(["check", "--fail-on", "warning"], { input: text("create.json") });
    assert.equal(clean.code, 0);
    const unknown = await run(["check", "--fail-on", "info"], { input });
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /--fail-on.*\n.*error or warning/);
    const { out: help } = await run(["check", "--help"]);
    assert.match(
      help.replaceAll(/\s+/g, " "),
      /With warnings only, the exit code is 0: a peering that is destroyed on purpose.*With --fail-on warning, it is 3/,
    );
  });

  test("a plan without peerings: reports that nothing was checked", async () => {
    const empty = { format_version: "1.2", planned_values: { root_module: {} } };
    const { code, out } = await run(["check"], { input: JSON.stringify(empty) });
    assert.deepEqual(
      [code, out],
      [0, "stdin: nothing to check: no consul_peering and no consul_peering_token in it\n"],
    );
    const json = await run(["check", "--json"], { input: JSON.stringify(empty) });
    assert.deepEqual(JSON.parse(json.out).checked, { peerings: 0, tokens: 0, data_sources: 0 });
  });

  test("--rules: every rule, without a document", async () => {
    const { code, out } = await run(["check", "--rules"]);
    assert.equal(code, 0);
    const ids = out
      .trim()
      .split("\n")
      .map((line) => line.split(" ", 1)[0]);
    assert.deepEqual(ids, IDS);
    assert.deepEqual(JSON.parse((await run(["check", "--rules", "--json"])).out), POLICY_RULES);
  });

  test("JSON: the result of checkTerraform", async () => {
    for (const words of [["--json"], ["--format", "json"]]) {
      const { code, out } = await run(["check", fixture("faults.json"), ...words]);
      const findings = checkTerraform(JSON.parse(text("faults.json")));
      assert.equal(code, 3);
      const checked = countTerraform(JSON.parse(text("faults.json")));
      assert.deepEqual(JSON.parse(out), { ok: false, checked, findings });
    }
    const { out } = await run(["check", "--format=json"], { input: text("create.json") });
    assert.deepEqual(JSON.parse(out), {
      ok: true,
      checked: { peerings: 1, tokens: 1, data_sources: 0 },
      findings: [],
    });
  });

  test("SARIF: each finding has its file, its resource and a described rule", async () => {
    const plan = JSON.parse(text("faults.json"));
    plan.complete = false;
    const file = write("a plan.json", plan);
    const { code, out } = await run(["check", "a plan.json", "--format", "sarif"]);
    assert.equal(code, 3);
    const { version, runs } = JSON.parse(out);
    assert.equal(version, "2.1.0");
    const [{ tool, results }] = runs;
    const { name, version: toolVersion, rules } = tool.driver;
    assert.deepEqual([name, toolVersion], ["consul-peering", JSON.parse(read("pkg/package.json")).version]);
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const rule of rules) {
      assert.match(rule.shortDescription.text, /\.$/);
      // No link: the help is in the document, and its paths are those of an installed package.
      assert.ok(!("helpUri" in rule));
      for (const shown of [rule.help.text, rule.help.markdown]) {
        assert.ok(shown.startsWith(rule.shortDescription.text));
        assert.match(shown, /consul-peering check --rules.*docs\/policy\.md/);
      }
      assert.ok(["error", "warning"].includes(rule.defaultConfiguration.level));
    }
    const findings = checkTerraform(plan);
    assert.equal(results.length, 14);
    results.forEach((result, i) => {
      const { path, severity, message, fix } = findings[i];
      assert.equal(rules[result.ruleIndex].id, result.ruleId);
      assert.equal(result.level, severity);
      assert.equal(result.level, rules[result.ruleIndex].defaultConfiguration.level);
      assert.equal(result.message.text, `${message} ${fix}`);
      const [{ physicalLocation, logicalLocations }] = result.locations;
      assert.deepEqual(physicalLocation, { artifactLocation: { uri: "a%20plan.json" }, region: { startLine: 1 } });
      assert.equal(logicalLocations?.[0].fullyQualifiedName, path);
    });
    const prints = results.map(({ partialFingerprints }) => partialFingerprints["resource/v1"]);
    assert.equal(new Set(prints).size, 14, "each finding has its own fingerprint");

    const whole = JSON.parse((await run(["check", file, "--format", "sarif"])).out);
    const { uri } = whole.runs[0].results[0].locations[0].physicalLocation.artifactLocation;
    assert.equal(fileURLToPath(uri), file);
    const clean = await run(["check", "--format", "sarif"], { input: text("create.json") });
    assert.deepEqual([clean.code, JSON.parse(clean.out).runs[0].results], [0, []]);
  });

  test("a byte order mark, and UTF-16 as Windows PowerShell writes it", async () => {
    const plan = text("faults.json");
    for (const bytes of [Buffer.from(`\ufeff${plan}`), Buffer.from(`\ufeff${plan}`, "utf16le")]) {
      assert.match((await run(["check"], { input: bytes })).out, /: 12 errors, 1 warning in /);
    }
  });

  test("not a plan: one line that says what to pass", async () => {
    const secret = resources[0].values.peering_token;
    const binary = await run(["check"], { input: `PK\x03\x04${secret}` });
    assert.equal(binary.code, 2);
    assert.match(binary.err, /stdin is a plan file.*\n.*terraform show -json PLANFILE/);
    const missing = await run(["check", "nowhere.json"]);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /nowhere\.json does not exist/);
    const state = await run(["check"], { input: JSON.stringify({ version: 4, resources: [] }) });
    assert.equal(state.code, 3);
    assert.match(state.out, /error {2}document {2}.*terraform show -json/);
    const format = await run(["check", "--format", "xml"], { input: "{}" });
    assert.equal(format.code, 2);
    assert.match(format.err, /--format.*\n.*text, json or sarif/);
    for (const { out, err } of [binary, missing, state]) assert.ok(!(out + err).includes(secret.slice(0, 40)));
  });
});

describe("other input than a plan", () => {
  const log = (message) => JSON.stringify({ "@level": "info", "@message": message, "@module": "terraform.ui" });
  const state = { version: 4, terraform_version: "1.11.4", serial: 8, lineage: "0a6e3d98", outputs: {}, resources: [] };
  const PLAN_AND_SHOW = /terraform plan -out=tfplan.*terraform show -json tfplan/;
  for (const [what, input, code, named, fix] of [
    ["nothing", "", 2, /stdin is empty/, /terraform show -json PLANFILE/],
    ["white space", " \n\n", 2, /stdin is empty/, /terraform show -json PLANFILE/],
    ["lines of `terraform plan -json`", `${log("Terraform 1.11.4")}\n${log("Plan")}\n`, 2, /log of/, PLAN_AND_SHOW],
    ["one line of `terraform plan -json`", log("Terraform 1.11.4"), 3, /log line/, PLAN_AND_SHOW],
    ["a state file", JSON.stringify(state, null, 2), 3, /state file/, /terraform show -json STATEFILE/],
    [
      "what `terraform plan` prints",
      "\x1b[0mTerraform used the selected providers to generate the following execution plan.\n",
      2,
      /text output of/,
      PLAN_AND_SHOW,
    ],
    [
      "a plan without changes",
      "\x1b[1mNo changes.\x1b[0m Your infrastructure matches.",
      2,
      /text output of/,
      PLAN_AND_SHOW,
    ],
    ["a configuration", 'resource "consul_peering" "eu" {\n}\n', 2, /Terraform configuration/, PLAN_AND_SHOW],
    [
      "a plan that is cut off",
      text("create.json").slice(0, 500),
      2,
      /not complete JSON/,
      /terraform show -json PLANFILE/,
    ],
    ["another text", "hello", 2, /stdin is not JSON/, /terraform show -json PLANFILE/],
  ]) {
    test(`${what}: is recognised, with the command to run`, async () => {
      const result = await run(["check"], { input });
      assert.equal(result.code, code);
      const shown = `${result.out}${result.err}`;
      assert.match(shown, named);
      assert.match(shown, fix);
    });
  }
});

describe("the list of rules", () => {
  test("equals that of the documentation", () => {
    const rows = read("docs/policy.md").matchAll(/^\| `([a-z0-9_.]+)` +\| (error|warning) +\|/gm);
    assert.deepEqual(
      [...rows].map(([, id, level]) => [id, level]),
      POLICY_RULES.map(({ id, level }) => [id, level]),
    );
  });

  test("has exactly the rules of the module", () => {
    const source = (name) => read(`src/rules/${name}.rs`).split("#[cfg(test)]")[0];
    const words = (name, pattern) => [...source(name).matchAll(pattern)].map(([, word]) => word);
    const quoted = /(?:error|warning)\(\s*(?:FIELD,\s*|&?field,\s*|"[a-z_]+",\s*)?"([a-z0-9_]+)"/g;
    const known = [
      ...words("terraform/texts", /\[\s+"[a-z_]+",\s+"([a-z_]+)",/g),
      ...words("peer_name", quoted).map((word) => `peer_name.${word}`),
      ...words("meta", quoted).map((word) => `meta.${word}`),
      ...words("peering_token", quoted).map((word) => `peering_token.${word}`),
      ...words("external_addresses", quoted).map((word) => `server_external_addresses.${word}`),
      ...[...words("form/mod", quoted), ...words("form/message", quoted)].flatMap((word) => [
        `peer_name.${word}`,
        `peering_token.${word}`,
      ]),
      ...[...words("reach", /Concern::[^>]+=> "([a-z_]+)",/g), ...words("reach", quoted)].flatMap((word) => [
        `server_external_addresses.${word}`,
        `peering_token.${word}`,
      ]),
    ];
    // Excluded by Terraform's own types.
    const never = ["meta.type"];
    assert.deepEqual([...new Set(known)].filter((id) => !never.includes(id)).sort(), [...IDS].sort());
  });

  test("names every finding", () => {
    for (const name of ["faults", "import-replaces", "meta-change-replaces", "token-replaced"]) {
      for (const finding of checkTerraform(JSON.parse(text(`${name}.json`)))) {
        assert.equal(ruleOf(finding).level, finding.severity, finding.rule);
      }
    }
    assert.equal(ruleOf({ field: "meta", rule: "replaced" }).id, "replaced");
    assert.equal(ruleOf({ field: "meta.team", rule: "key_reserved" }).id, "meta.key_reserved");
    assert.equal(ruleIdOf({ field: "meta.team", rule: "key_reserved" }), "meta.key_reserved");
    assert.equal(ruleIdOf({ field: "meta", rule: "of_a_later_version" }), "of_a_later_version", "not in the list");
  });
});
