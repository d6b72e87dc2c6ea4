// consul-peering check

import { documentName, readDocument } from "../document.js";
import { EXIT } from "../failure.js";
import { columns } from "../layout.js";
import { ruleOf } from "../policy-rules.js";
import { toSarif } from "../sarif.js";
import { printable, sentences } from "../terminal.js";
import { UsageError } from "../usage-error.js";

const FORMATS = ["text", "json", "sarif"];

export const check = {
  name: "check",
  operands: "[FILE|-]",
  least: 0,
  most: 1,
  group: "Checks",
  summary: "check a plan or a state of Terraform or OpenTofu, before it is applied",
  details: `FILE is what \`terraform show -json\` prints; without one, it is read from stdin. Exit code 3 when there is an error:
a name, a meta, an address or a token that Consul will refuse, or a change that would end a live peering.`,
  offline: true,
  options: {
    format: { type: "string", value: "FORMAT", help: "text, json, or sarif for CI systems (default: text)" },
  },
  examples: [
    ["a plan", "terraform plan -out=tfplan\nterraform show -json tfplan | consul-peering check"],
    ["findings that a CI system shows beside the code", "consul-peering check plan.json --format sarif > check.sarif"],
  ],
  async run({ operands: [file], values, output, stdin, signal, peering }) {
    const format = formatOf(values);
    const findings = peering.checkTerraform(await readDocument(file, { stdin, signal }));
    const ok = !findings.some(({ severity }) => severity === "error");
    const name = documentName(file);
    if (format === "text") output.print(view(findings, name, output.colour));
    else output.print(JSON.stringify(format === "sarif" ? toSarif(findings, name) : { ok, findings }, null, 2) + "\n");
    return ok ? EXIT.done : EXIT.notAsAsked;
  },
};

function formatOf({ format = "text", json }) {
  if (!FORMATS.includes(format)) {
    throw new UsageError(`--format ${JSON.stringify(format)} is none that there is.`, `Write ${FORMATS.join(", ")}.`);
  }
  return json && format === "text" ? "json" : format;
}

/** What is wrong, under the resource that it is about. */
function view(findings, name, colour) {
  const byPath = new Map();
  for (const finding of findings) {
    const { path = name } = finding;
    if (!byPath.has(path)) byPath.set(path, []);
    byPath.get(path).push(finding);
  }
  const sections = [...byPath].map(([path, own]) => {
    const rows = own.map((finding) => [
      (finding.severity === "warning" ? colour.yellow : colour.red)(finding.severity),
      ruleOf(finding).id,
      printable(sentences(finding.message, finding.fix)),
    ]);
    return `${colour.bold(printable(path))}\n${columns(rows, { indent: "  ", width: colour.width })}`;
  });
  const count = (severity) => findings.filter((finding) => finding.severity === severity).length;
  const told = ["error", "warning"].map((severity) => [count(severity), severity]).filter(([n]) => n > 0);
  const summary = told.map(([n, severity]) => `${n} ${severity}${n > 1 ? "s" : ""}`).join(", ") || "nothing wrong";
  return [...sections, `${printable(name)}: ${summary}\n`].join("\n");
}
