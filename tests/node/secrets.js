// Secrets that tests handle, handed in so that their runner can search all output for them.
import { appendFileSync, readFileSync } from "node:fs";

const file = process.env.TEST_SECRETS_FILE;

/** Hands in an ACL token. */
export function aclToken(token) {
  if (file) appendFileSync(file, `${token}\n`);
  return token;
}

/** Hands in a peering token, and the secret in it. */
export function peeringToken(token) {
  const { EstablishmentSecret } = JSON.parse(Buffer.from(token, "base64").toString());
  // Its beginning is enough to tell it, and no line of a report cuts it off.
  if (file) appendFileSync(file, `${token.slice(-80)}\n${EstablishmentSecret}\n`);
  return token;
}

/**
 * Searches the `output` of a run for what its tests have handed in. Whether there was something, unless a run has none
 * (`mustHave: false`), and none of it shown.
 */
export function staySecret(output, handedIn, { mustHave = true } = {}) {
  const secrets = [...new Set(readFileSync(handedIn, "utf8").split("\n").filter(Boolean))];
  const shown = secrets.filter((secret) => output.includes(secret)).length;
  console.log(`searched ${output.length} characters of output for ${secrets.length} secrets: ${shown} found`);
  if (mustHave && secrets.length === 0) console.log("no test has handed in a secret: the search has proven nothing");
  return (secrets.length > 0 || !mustHave) && shown === 0;
}
