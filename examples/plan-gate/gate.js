// Decides whether a Terraform or OpenTofu plan may be applied: it must contain no error that Consul would return, replace no
// live peering, and destroy only the peerings that are named.
//
//   terraform show -json tfplan | node gate.js
//   node gate.js plan.json --may-destroy consul_peering.eu
//
// It contacts no cluster and needs no secret. Exit codes: 0 apply, 1 unreadable plan, 2 wrong usage, 3 do not apply.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { checkTerraform } from "consul-peering/policy";

const { file, mayDestroy } = readArguments();
const findings = checkTerraform(await readPlan(file));
/** @param {import("consul-peering/policy").Finding} finding */
const isError = ({ severity, rule, path = "the plan" }) =>
  severity === "error" || (rule === "destroyed" && !mayDestroy.includes(path));

for (const path of new Set(findings.map(({ path }) => path))) {
  console.log(path ?? "the plan");
  for (const finding of findings.filter((finding) => finding.path === path)) {
    console.log(`  ${isError(finding) ? "error" : "note"}: ${finding.message} (${finding.rule})\n    ${finding.fix}`);
  }
}
const errors = findings.filter(isError).length;
console.log(errors > 0 ? `do not apply: ${errors} of ${findings.length} findings are errors` : "apply");
process.exitCode = errors > 0 ? 3 : 0;

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { "may-destroy": { type: "string", multiple: true, default: [] } },
    });
    if (positionals.length > 1) throw new Error("expected one plan");
    return { file: positionals[0], mayDestroy: values["may-destroy"] };
  } catch (error) {
    return fail(error, 2);
  }
}

async function readPlan(file) {
  try {
    return JSON.parse(file === undefined ? await text(process.stdin) : await readFile(file, "utf8"));
  } catch (error) {
    // Invalid JSON may still contain a token, so do not print any of it.
    return fail(
      error instanceof SyntaxError ? new Error("invalid JSON: pass the output of terraform show -json") : error,
      1,
    );
  }
}

/** @returns {never} */
function fail({ message }, code) {
  console.error(message);
  process.exit(code);
}
