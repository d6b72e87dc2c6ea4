// consul-peering check: what it prints, in each format, and how it ends.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { POLICY_RULES, ruleOf } from "../../pkg/cli/policy-rules.js";
import { checkTerraform } from "../../pkg/node.js";
import { run, write } from "./command-line.js";
import { read } from "../docs/examples.js";
import { peeringToken } from "./secrets.js";

const fixture = (name) => fileURLToPath(new URL(`../terraform/real/${name}`, import.meta.url));
const text = (name) => readFileSync(fixture(name), "utf8");
const { resources } = JSON.parse(text("state-after-create.json")).values.root_module;
for (const { values } of resources) peeringToken(values.peering_token);

const IDS = POLICY_RULES.map(({ id }) => id);

describe("check", () => {
  test("0 and one line where nothing is wrong, from a file and from stdin", async () => {
    const file = await run(["check", fixture("create.json")]);
    assert.deepEqual(file, { code: 0, out: `${fixture("create.json")}: nothing wrong\n`, err: "" });
    for (const words of [["check"], ["check", "-"]]) {
      const { code, out } = await run(words, { input: text("state-after-create.json") });
      assert.deepEqual([code, out], [0, "stdin: nothing wrong\n"]);
    }
    write("stdin", text("faults.json"));
    assert.equal((await run(["check", "stdin"])).code, 3, "a file that is called so is a file");
  });

  test("3, and every fault under its resource, where something is", async () => {
    const { code, out, err } = await run(["check", fixture("faults.json")]);
    assert.deepEqual([code, err], [3, ""]);
    assert.match(out, /^consul_peering_token\.upper\n  error  peer_name\.lower_case  .* Write "eu-cluster"\.$/m);
    assert.match(out, /^module\.pair\["Not_OK"\]\.consul_peering_token\.t\n(  error .*\n){2}\n/m);
    assert.match(out, /: 12 errors, 1 warning\n$/);
    assert.equal(out.match(/^  error /gm).length, 12);
  });

  test("a warning is shown, and no failure", async () => {
    const plan = JSON.parse(text("create.json"));
    plan.complete = false;
    const { code, out } = await run(["check"], { input: JSON.stringify(plan) });
    assert.equal(code, 0);
    assert.match(out, /^stdin\n  warning  incomplete  .*\n\nstdin: 1 warning\n$/);
  });

  test("JSON: what checkTerraform says", async () => {
    for (const words of [["--json"], ["--format", "json"]]) {
      const { code, out } = await run(["check", fixture("faults.json"), ...words]);
      const findings = checkTerraform(JSON.parse(text("faults.json")));
      assert.equal(code, 3);
      assert.deepEqual(JSON.parse(out), { ok: false, findings });
    }
    const { out } = await run(["check", "--format=json"], { input: text("create.json") });
    assert.deepEqual(JSON.parse(out), { ok: true, findings: [] });
  });

  test("SARIF: each finding at its file and resource, by a rule that is described", async () => {
    const plan = JSON.parse(text("faults.json"));
    plan.complete = false;
    const file = write("a plan.json", plan);
    const { code, out } = await run(["check", "a plan.json", "--format", "sarif"]);
    assert.equal(code, 3);
    const { version, runs } = JSON.parse(out);
    assert.equal(version, "2.1.0");
    const [{ tool, results }] = runs;
    const { name, version: ours, rules } = tool.driver;
    assert.deepEqual([name, ours], ["consul-peering", JSON.parse(read("pkg/package.json")).version]);
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const rule of rules) {
      assert.match(rule.shortDescription.text, /\.$/);
      assert.match(rule.help.text, /docs\/policy\.md/);
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
    assert.equal(new Set(prints).size, 14, "no two findings are taken for one");

    const whole = JSON.parse((await run(["check", file, "--format", "sarif"])).out);
    const { uri } = whole.runs[0].results[0].locations[0].physicalLocation.artifactLocation;
    assert.equal(fileURLToPath(uri), file);
    const clean = await run(["check", "--format", "sarif"], { input: text("create.json") });
    assert.deepEqual([clean.code, JSON.parse(clean.out).runs[0].results], [0, []]);
  });

  test("a byte order mark, and UTF-16 as Windows PowerShell writes it", async () => {
    const plan = text("faults.json");
    for (const bytes of [Buffer.from(`\ufeff${plan}`), Buffer.from(`\ufeff${plan}`, "utf16le")]) {
      assert.match((await run(["check"], { input: bytes })).out, /: 12 errors, 1 warning\n$/);
    }
  });

  test("what is no plan: one line that says what to give", async () => {
    const secret = resources[0].values.peering_token;
    const binary = await run(["check"], { input: `PK\x03\x04${secret}` });
    assert.equal(binary.code, 2);
    assert.match(binary.err, /stdin is not JSON\.\n.*terraform show -json PLANFILE/);
    const missing = await run(["check", "nowhere.json"]);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /nowhere\.json cannot be read \(ENOENT\)/);
    const state = await run(["check"], { input: JSON.stringify({ version: 4, resources: [] }) });
    assert.equal(state.code, 3);
    assert.match(state.out, /error  document  .*terraform show -json/);
    const format = await run(["check", "--format", "xml"], { input: "{}" });
    assert.equal(format.code, 2);
    assert.match(format.err, /text, json, sarif/);
    for (const { out, err } of [binary, missing, state]) assert.ok(!(out + err).includes(secret.slice(0, 40)));
  });
});

describe("the list of rules", () => {
  test("is that of the documentation, in its order", () => {
    const rows = read("docs/policy.md").matchAll(/^\| `([a-z0-9_.]+)` +\| (error|warning) +\|/gm);
    assert.deepEqual(
      [...rows].map(([, id, level]) => [id, level]),
      POLICY_RULES.map(({ id, level }) => [id, level]),
    );
  });

  test("has every rule that the module knows, and no other", () => {
    const source = (name) => read(`src/rules/${name}.rs`).split("#[cfg(test)]")[0];
    const words = (name, pattern) => [...source(name).matchAll(pattern)].map(([, word]) => word);
    const quoted = /(?:error|warning)\(\s*(?:FIELD,\s*|&?field,\s*|"[a-z_]+",\s*)?"([a-z0-9_]+)"/g;
    const known = [
      ...words("terraform/texts", /\[\s+"[a-z_]+",\s+"([a-z_]+)",/g),
      ...words("peer_name", quoted).map((word) => `peer_name.${word}`),
      ...words("meta", quoted).map((word) => `meta.${word}`),
      ...words("peering_token", quoted).map((word) => `peering_token.${word}`),
      ...words("external_addresses", quoted).map((word) => `server_external_addresses.${word}`),
      ...words("form", quoted).flatMap((word) => [`peer_name.${word}`, `peering_token.${word}`]),
      ...[...words("reach", /Doubt::[^>]+=> "([a-z_]+)",/g), ...words("reach", quoted)].flatMap((word) => [
        `server_external_addresses.${word}`,
        `peering_token.${word}`,
      ]),
    ];
    // What Terraform's own types rule out.
    const never = ["meta.type"];
    assert.deepEqual([...new Set(known)].filter((id) => !never.includes(id)).sort(), [...IDS].sort());
  });

  test("names whatever is found", () => {
    for (const name of ["faults", "import-replaces", "meta-change-replaces", "token-replaced"]) {
      for (const finding of checkTerraform(JSON.parse(text(`${name}.json`)))) {
        assert.equal(ruleOf(finding).level, finding.severity, finding.rule);
      }
    }
    assert.equal(ruleOf({ field: "meta", rule: "replaced" }).id, "replaced");
    assert.equal(ruleOf({ field: "meta.team", rule: "key_reserved" }).id, "meta.key_reserved");
  });
});
