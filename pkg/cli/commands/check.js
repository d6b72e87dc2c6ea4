// consul-peering check

import { documentName, readDocument } from "../document.js";
import { EXIT } from "../failure.js";
import { columns } from "../layout.js";
import { POLICY_RULES, ruleIdOf } from "../policy-rules.js";
import { toSarif } from "../sarif.js";
import { printable, sentences } from "../terminal.js";
import { UsageError } from "../usage-error.js";

/**
 * @import { Finding, TerraformCount } from "../../index.js"
 * @import { Command } from "./index.js"
 * @import { Output } from "../output.js"
 * @import { Colours } from "../terminal.js"
 */

const FORMATS = ["text", "json", "sarif"];
const SEVERITIES = ["error", "warning"];

/** @type {Command} */
export const check = {
  name: "check",
  operands: "[FILE|-]",
  least: 0,
  most: 1,
  group: "Checks",
  summary: "check a Terraform or OpenTofu plan or state before you apply it",
  details: `FILE contains the output of \`terraform show -json\`; without FILE, it is read from stdin.

Exit code 3: there is an error, such as a name, meta, address or token that Consul refuses, or a replacement that
terminates a live peering. With warnings only, the exit code is 0: a peering that is destroyed on purpose, one that is
already TERMINATED, addresses that other clusters may not reach. With --fail-on warning, it is 3.`,
  offline: true,
  options: {
    format: {
      type: "string",
      value: "text|json|sarif",
      help: "output format; sarif is for CI systems (default: text)",
    },
    "fail-on": {
      type: "string",
      value: "warning|error",
      help: "lowest severity for exit code 3 (default: error)",
    },
    rules: { type: "boolean", help: "list the rules instead: name, severity and problem" },
  },
  examples: [
    ["a plan", "terraform plan -out=tfplan\nterraform show -json tfplan | consul-peering check"],
    ["stop a pipeline that would destroy a peering", "consul-peering check plan.json --fail-on warning"],
    ["findings that a CI system shows next to the code", "consul-peering check plan.json --format sarif > check.sarif"],
  ],
  async run({ operands: [file], values, output, stdin, signal, peering }) {
    const format = oneOf(values.format, "format", FORMATS, "text");
    const failOn = oneOf(values["fail-on"], "fail-on", SEVERITIES, "error");
    const json = values.json === true || format === "json";
    if (values.rules) return listRules(output, json);
    const document = await readDocument(file, { stdin, signal });
    const findings = peering.checkTerraform(document);
    const checked = peering.countTerraform(document);
    const ok = !findings.some(({ severity }) => severity === "error" || severity === failOn);
    const name = documentName(file);
    if (format === "sarif") output.print(JSON.stringify(toSarif(findings, name), null, 2) + "\n");
    else if (json) output.print(JSON.stringify({ ok, checked, findings }, null, 2) + "\n");
    else output.print(view(findings, checked, name, output.colour));
    return ok ? EXIT.done : EXIT.checkFailed;
  },
};

/**
 * @param {string | undefined} given
 * @param {string} option
 * @param {string[]} known
 * @param {string} otherwise
 */
function oneOf(given, option, known, otherwise) {
  const value = given ?? otherwise;
  if (known.includes(value)) return value;
  const all = `${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
  throw new UsageError(`Unknown value for --${option}: ${JSON.stringify(value)}.`, `Use ${all}.`);
}

/**
 * @param {Output} output
 * @param {boolean} json
 */
function listRules(output, json) {
  const rows = POLICY_RULES.map(({ id, level, text }) => [id, level, text]);
  output.print(json ? JSON.stringify(POLICY_RULES, null, 2) + "\n" : columns(rows, { width: output.colour.width }));
  return EXIT.done;
}

/**
 * The findings by resource, and how much was checked.
 * @param {Finding[]} findings
 * @param {TerraformCount} checked
 * @param {string} name  of the document
 * @param {Colours} colour
 */
function view(findings, checked, name, colour) {
  /** @type {Map<string, Finding[]>} */
  const byPath = new Map();
  for (const finding of findings) {
    const { path = name } = finding;
    byPath.set(path, [...(byPath.get(path) ?? []), finding]);
  }
  const sections = [...byPath].map(([path, own]) => {
    const rows = own.map((finding) => [
      (finding.severity === "warning" ? colour.yellow : colour.red)(finding.severity),
      ruleIdOf(finding),
      printable(sentences(finding.message, finding.fix)),
    ]);
    return `${colour.bold(printable(path))}\n${columns(rows, { indent: "  ", width: colour.width })}`;
  });
  return [...sections, `${printable(name)}: ${summary(findings, checked)}\n`].join("\n");
}

/**
 * @param {Finding[]} findings
 * @param {TerraformCount} count
 */
function summary(findings, { peerings, tokens, data_sources }) {
  /** @param {[n: number, noun: string][]} pairs */
  const counted = (pairs) => pairs.filter(([n]) => n > 0).map(([n, noun]) => `${n} ${noun}${n > 1 ? "s" : ""}`);
  /** @param {string} severity */
  const count = (severity) => findings.filter((finding) => finding.severity === severity).length;
  const found = counted(SEVERITIES.map((severity) => [count(severity), severity])).join(", ");
  const parts = counted([
    [peerings, "peering"],
    [tokens, "token"],
    [data_sources, "data source"],
  ]);
  if (parts.length > 0) return `${found || "nothing wrong"} in ${parts.join(", ")}`;
  return found || "nothing to check: no consul_peering and no consul_peering_token in it";
}
