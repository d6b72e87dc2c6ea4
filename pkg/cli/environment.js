// The environment's cluster. The module reads the variables, by the same rules as for the library; main.js has loaded it.

import rules from "../consul_peering.js";
import { readSecretFile } from "./secrets.js";
import { UsageError } from "./usage-error.js";

/**
 * Settings that would be dangerous or impossible to honour are refused, not ignored.
 * @returns {{ token_file?: string, authorization?: string, partition?: string, ca_file?: string, cert_file?: string,
 *   key_file?: string, tls_server_name?: string }} and `address` and `token`, for the functions below
 */
export function readEnvironment(env) {
  const { findings, ...environment } = rules.environment(env);
  findings.forEach(refuse);
  return environment;
}

/** The URL of the environment's cluster. */
export const environmentAddress = ({ address }) => valueOr(address, refuse);

/** The ACL token of the environment's cluster, the file first, as Consul does. */
export const environmentToken = ({ token, token_file }) =>
  token_file ? readSecretFile(token_file, "CONSUL_HTTP_TOKEN_FILE") : (valueOr(token, refuse) ?? undefined);

/** Whether an address is the environment's cluster: then its token, partition and credentials are meant for it. */
export const isEnvironments = ({ address }, other) =>
  valueOr(address, () => undefined) !== undefined && new URL(address).origin === new URL(other).origin;

/** The URL for an address that was given elsewhere; `host:port` gets a scheme. `field` names it in an error. */
export const readAddress = (field, text, env) => valueOr(rules.address(field, text, env), refuse);

const valueOr = (value, otherwise) => (typeof value === "object" && value !== null ? otherwise(value) : value);

function refuse({ message, fix }) {
  throw new UsageError(`${message[0].toUpperCase()}${message.slice(1)}`, fix);
}
