// The environment's cluster. The module reads the variables, by the same rules as the library; main.js has loaded it.

import rules from "../consul_peering.js";
import { readSecretFile } from "./secrets.js";
import { UsageError } from "./usage-error.js";

/**
 * @import { Environment } from "../consul_peering.js"
 * @import { Finding } from "../index.js"
 */

/**
 * Dangerous and unsupported settings are errors, not ignored.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Environment}
 */
export function readEnvironment(env) {
  const { findings, ...environment } = rules.environment(env);
  findings.forEach(refuse);
  return environment;
}

/**
 * The URL of the environment's cluster.
 * @param {Environment} environment
 */
export const environmentAddress = ({ address }) => valueOr(address, refuse);

/**
 * The ACL token of the environment's cluster, the file first, as in Consul.
 * @param {Environment} environment
 */
export const environmentToken = ({ token, token_file }) =>
  token_file ? readSecretFile(token_file, "CONSUL_HTTP_TOKEN_FILE") : (valueOr(token, refuse) ?? undefined);

/**
 * Whether an address is the environment's cluster, for which its token, partition and credentials are.
 * @param {Environment} environment
 * @param {string} other
 */
export const isEnvironments = ({ address }, other) =>
  valueOr(address, () => undefined) !== undefined && new URL(address).origin === new URL(other).origin;

/**
 * The URL for an address from elsewhere; `host:port` gets a scheme. `field` names it in an error.
 * @param {string} field
 * @param {string} text
 * @param {NodeJS.ProcessEnv} env
 */
export const readAddress = (field, text, env) => valueOr(rules.address(field, text, env), refuse);

/**
 * @template {string | null} V
 * @template O
 * @param {V | Finding} value
 * @param {(finding: Finding) => O} otherwise
 */
const valueOr = (value, otherwise) => (typeof value === "object" && value !== null ? otherwise(value) : value);

/**
 * In place of fixes that name the library's options, by rule.
 * @type {Record<string, string | undefined>}
 */
const FIXES = {
  credentials:
    "Remove them. Use CONSUL_HTTP_TOKEN for an ACL token, and CONSUL_HTTP_AUTH for a proxy's user name and password.",
};

/**
 * @param {Finding} finding
 * @returns {never}
 */
function refuse({ rule, message, fix: own }) {
  const fix = FIXES[rule] ?? own;
  throw new UsageError(`${message[0].toUpperCase()}${message.slice(1)}`, fix);
}
