// Secrets that tests handle, handed in so that `run.js` can search all output for them.
import { appendFileSync } from "node:fs";

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
