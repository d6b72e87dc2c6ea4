// Findings as SARIF 2.1.0, which CI systems show next to the code.

import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { POLICY_RULES, ruleIdOf } from "./policy-rules.js";
import { sentences } from "./terminal.js";
import { version } from "./version.js";

/** @import { Finding } from "../index.js" */

/**
 * @param {Finding[]} findings
 * @param {string} file the document that they are about
 */
export function toSarif(findings, file) {
  const rules = POLICY_RULES.map(({ id, level, text }) => ({
    id,
    shortDescription: { text },
    help: help(text),
    defaultConfiguration: { level },
  }));
  const uri = uriOf(file);
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "consul-peering", version, semanticVersion: version, rules } },
        results: findings.map((finding) => result(finding, uri)),
      },
    ],
  };
}

/**
 * The package has no public URL for a `helpUri`, so the help text is here and names what an installed package has.
 * @param {string} text
 */
const help = (text) => ({
  text: `${text} Run consul-peering check --rules for all rules; docs/policy.md in the package explains them.`,
  markdown: `${text}\n\nRun \`consul-peering check --rules\` for all rules; \`docs/policy.md\` in the package explains them.`,
});

/**
 * @param {Finding} finding
 * @param {string} uri
 */
function result(finding, uri) {
  const { path, field, severity, message, fix } = finding;
  const id = ruleIdOf(finding);
  return {
    ruleId: id,
    ruleIndex: POLICY_RULES.findIndex((rule) => rule.id === id),
    level: severity,
    message: { text: sentences(message, fix) },
    locations: [
      {
        // The document is one line; the resource distinguishes two findings.
        physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
        ...(path && { logicalLocations: [{ fullyQualifiedName: path, kind: "resource" }] }),
      },
    ],
    partialFingerprints: { "resource/v1": [id, path, field].filter(Boolean).join(" ") },
  };
}

/** @param {string} file */
function uriOf(file) {
  return isAbsolute(file) ? pathToFileURL(file).href : encodeURI(file.replaceAll("\\", "/").replace(/^\.\//, ""));
}
