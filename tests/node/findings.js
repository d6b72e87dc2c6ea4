// The findings of the offline functions, and specs with the peering token of a real Consul to call them with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { inspectToken, isPeeringError, validatePeering } from "../../pkg/node.js";
import { aclToken, peeringToken } from "./secrets.js";

/** A token that a real Consul generated, and its content. */
const { exchanges } = JSON.parse(readFileSync(new URL("../recordings/1.22.3/tokens.json", import.meta.url), "utf8"));
export const RECORDED = peeringToken(JSON.parse(exchanges[0].response.body).PeeringToken);
export const CONTENT = JSON.parse(Buffer.from(RECORDED, "base64"));
export const SECRET = CONTENT.EstablishmentSecret;
export const ACL_TOKEN = aclToken("5d6c7b8a-0000-4000-8000-0000000000a1");

/** The time it was generated: no certificate in it has expired yet. */
export const NOW = new Date("2026-11-25T00:00:00Z");

const encode = (content) => Buffer.from(JSON.stringify(content)).toString("base64");
export const tokenWith = (changes) => encode({ ...CONTENT, ServerAddresses: ["1.2.3.4:8503"], ...changes });
/** A token without errors, with servers elsewhere. */
export const GOOD = tokenWith({});

export const spec = (more) => ({ peer_name: "eu", peering_token: GOOD, ...more });
export const check = (value) => validatePeering(value, { now: NOW });

/** Findings are plain data with five texts each, none of which contains a secret. The field is empty if a key is. */
export function wellFormed(findings) {
  assert.ok(Array.isArray(findings));
  for (const finding of findings) {
    assert.deepEqual(Object.keys(finding), ["field", "rule", "message", "fix", "severity"]);
    assert.equal(typeof finding.field, "string");
    for (const key of ["rule", "message", "fix"]) assert.match(finding[key], /\S/, inspect(finding));
    for (const key of ["message", "fix"]) assert.match(finding[key], /[^.]\.$/, inspect(finding));
    assert.ok(["error", "warning"].includes(finding.severity), inspect(finding));
  }
  const shown = JSON.stringify(findings);
  for (const secret of [SECRET, GOOD, RECORDED, ACL_TOKEN]) assert.ok(!shown.includes(secret), shown);
  return findings;
}

export const brief = (findings) =>
  wellFormed(findings).map(({ field, rule, severity }) => `${severity} ${field} ${rule}`);

/** The error that `inspectToken` throws, which must be one of the package's. */
export function refused(token) {
  let error;
  assert.throws(
    () => inspectToken(token),
    (thrown) => {
      error = thrown;
      return isPeeringError(thrown) && thrown.code === "invalid";
    },
  );
  wellFormed(error.findings);
  return error;
}
