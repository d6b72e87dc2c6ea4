// Flags of Consul's own command line, and their equivalents. Messages contain only the flag, never its value.

import { UsageError } from "./usage-error.js";

const ALIAS = "of the alias in clusters.json";
/** @type {Record<string, string>} */
const EQUIVALENTS = {
  "http-addr": "--cluster ALIAS|URL, or CONSUL_HTTP_ADDR",
  token: `CONSUL_HTTP_TOKEN, or token_env ${ALIAS}; secrets are not accepted as arguments`,
  "token-file": `CONSUL_HTTP_TOKEN_FILE, or token_file ${ALIAS}`,
  format: "--json",
  name: "the argument NAME, without a flag",
  meta: "--meta KEY=VALUE",
  "server-external-addresses": "--external-address HOST:PORT, once for each address",
  "peering-token": "stdin, or a file with the token; secrets are not accepted as arguments",
  datacenter: `--datacenter NAME, or datacenter ${ALIAS}`,
  partition: `--partition NAME, or partition ${ALIAS}`,
  namespace: "nothing: peerings have no namespace",
  stale: "nothing: peerings are read from the leader",
  "ca-file": `CONSUL_CACERT, or ca_file ${ALIAS}`,
  "ca-path": `CONSUL_CACERT, or ca_file ${ALIAS}: one file may hold several certificates`,
  "client-cert": `CONSUL_CLIENT_CERT, or cert_file ${ALIAS}`,
  "client-key": `CONSUL_CLIENT_KEY, or key_file ${ALIAS}`,
  "tls-server-name": `CONSUL_TLS_SERVER_NAME, or tls_server_name ${ALIAS}`,
};

/**
 * Rejects flags in Consul's form: with one dash, or with two if the command has no such option.
 * @param {string[]} words
 * @param {object} options those that the command takes
 */
export function refuseConsulFlags(words, options) {
  const end = words.indexOf("--");
  for (const word of end < 0 ? words : words.slice(0, end)) {
    const [, dashes, name] = /^(--?)([a-z][a-z-]+)(?:=|$)/.exec(word) ?? [];
    if (name === undefined || (dashes === "--" && Object.hasOwn(options, name))) continue;
    if (Object.hasOwn(EQUIVALENTS, name)) {
      throw new UsageError(
        `${dashes}${name} is a flag of the consul command, not of consul-peering.`,
        `Use ${EQUIVALENTS[name]}.`,
      );
    }
    if (dashes === "-" && Object.hasOwn(options, name)) {
      throw new UsageError(`-${name} has one dash.`, `Use two dashes: --${name}.`);
    }
  }
}
