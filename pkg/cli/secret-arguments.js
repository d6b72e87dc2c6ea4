// A secret is never an argument: other users of the machine can read it. One that is passed all the same is found
// before anything is printed, because messages contain arguments.

import { holdsUuid, looksSecret } from "./secrets.js";
import { UsageError } from "./usage-error.js";

const HINT =
  "Pass an ACL token in CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE, or token_env or token_file in clusters.json; pass a " +
  "peering token on stdin or with --peering-token-file.";

/** @param {string[]} words all that was typed @throws {UsageError} which contains nothing of it but the name of an option */
export function refuseSecretArguments(words) {
  for (const [i, word] of words.entries()) {
    const [name, value] = word.startsWith("-") ? splitAt(word, "=") : [undefined, word];
    if (name !== undefined && (looksSecret(name) || looksSecret(name.replace(/^-+/, "")) || holdsUuid(name))) refuse();
    if (value !== undefined && looksSecret(value)) refuse(name ?? words[i - 1]);
  }
}

/**
 * @param {string} word
 * @param {string} separator
 */
function splitAt(word, separator) {
  const at = word.indexOf(separator);
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

/**
 * @param {string} [option]
 * @returns {never}
 */
function refuse(option = "") {
  const where = /^--[a-z-]+$/.test(option) ? `The value of ${option}` : "An argument";
  throw new UsageError(
    `${where} looks like a token or a key. Secrets are not accepted as arguments, because other users of the machine can read them.`,
    HINT,
  );
}
