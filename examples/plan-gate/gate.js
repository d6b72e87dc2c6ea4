// Decides whether a plan of Terraform or OpenTofu may be applied: no error that Consul would answer it with, no live
// peering replaced, and none destroyed but those that are named.
//
//   terraform show -json tfplan | node gate.js
//   node gate.js plan.json --may-destroy consul_peering.eu
//
// It asks no cluster and needs no secret. Exit codes: 0 apply it, 1 no plan to read, 2 wrong usage, 3 do not.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { checkTerraform } from "consul-peering/policy";

const { file, mayDestroy } = readArguments();
const findings = checkTerraform(await readPlan(file));
/** @param {import("consul-peering/policy").Finding} finding */
const refuses = ({ severity, rule, path = "the plan" }) =>
  severity === "error" || (rule === "destroyed" && !mayDestroy.includes(path));

for (const path of new Set(findings.map(({ path }) => path))) {
  console.log(path ?? "the plan");
  for (const finding of findings.filter((finding) => finding.path === path)) {
    console.log(
      `  ${refuses(finding) ? "refused" : "noted"}: ${finding.message} (${finding.rule})\n    ${finding.fix}`,
    );
  }
}
const refused = findings.filter(refuses).length;
console.log(refused > 0 ? `do not apply it: ${refused} of ${findings.length} findings are against it` : "apply it");
process.exitCode = refused > 0 ? 3 : 0;

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { "may-destroy": { type: "string", multiple: true, default: [] } },
    });
    if (positionals.length > 1) throw new Error("one plan at a time");
    return { file: positionals[0], mayDestroy: values["may-destroy"] };
  } catch (error) {
    return fail(error, 2);
  }
}

async function readPlan(file) {
  try {
    return JSON.parse(file === undefined ? await text(process.stdin) : await readFile(file, "utf8"));
  } catch (error) {
    // What does not parse may be a plan all the same, with a token in it: no word of it is shown.
    return fail(error instanceof SyntaxError ? new Error("this is no JSON: terraform show -json prints it") : error, 1);
  }
}

/** @returns {never} */
function fail({ message }, code) {
  console.error(message);
  process.exit(code);
}
