// Secrets in tests, registered so that their runner can search all output for them.
import { appendFileSync, readFileSync } from "node:fs";

const file = process.env.TEST_SECRETS_FILE;

/** Registers an ACL token. */
export function aclToken(token) {
  if (file) appendFileSync(file, `${token}\n`);
  return token;
}

/** Registers a peering token, and the secret in it. */
export function peeringToken(token) {
  const { EstablishmentSecret } = JSON.parse(Buffer.from(token, "base64").toString());
  // Its beginning identifies it, and is never cut off by the end of a line.
  if (file) appendFileSync(file, `${token.slice(-80)}\n${EstablishmentSecret}\n`);
  return token;
}

/**
 * Searches the `output` of a run for the registered secrets. Fails if there are none, unless a run has none (`mustHave:
 * false`), or if one is found.
 */
export function staySecret(output, handedIn, { mustHave = true } = {}) {
  const secrets = [...new Set(readFileSync(handedIn, "utf8").split("\n").filter(Boolean))];
  const shown = secrets.filter((secret) => output.includes(secret)).length;
  console.log(`searched ${output.length} characters of output for ${secrets.length} secrets: ${shown} found`);
  if (mustHave && secrets.length === 0) console.log("no test has handed in a secret: the search has proven nothing");
  return (secrets.length > 0 || !mustHave) && shown === 0;
}
