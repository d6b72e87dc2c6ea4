// Flags of Consul's own command line, and their equivalents. Messages contain only the flag, never its value.

import { UsageError } from "./usage-error.js";

/** @import { Options } from "./options.js" */

const ALIAS = "of the alias in clusters.json";
/** @type {Record<string, string>} */
const EQUIVALENTS = {
  token: `CONSUL_HTTP_TOKEN, or token_env ${ALIAS}; secrets are not accepted as arguments`,
  "token-file": `CONSUL_HTTP_TOKEN_FILE, or token_file ${ALIAS}`,
  format: "--json",
  "peering-token": "stdin, or a file with the token; secrets are not accepted as arguments",
  namespace: "nothing: peerings have no namespace",
  stale: "nothing: peerings are read from the leader",
  "ca-file": `CONSUL_CACERT, or ca_file ${ALIAS}`,
  "ca-path": `CONSUL_CACERT, or ca_file ${ALIAS}: one file may hold several certificates`,
  "client-cert": `CONSUL_CLIENT_CERT, or cert_file ${ALIAS}`,
  "client-key": `CONSUL_CLIENT_KEY, or key_file ${ALIAS}`,
  "tls-server-name": `CONSUL_TLS_SERVER_NAME, or tls_server_name ${ALIAS}`,
};

/**
 * Equivalents by the option that a command needs for them; the first that it has applies. Every command has `json`, only
 * `mesh` has `concurrency`.
 * @type {Record<string, [option: string, hint: string][]>}
 */
const BY_OPTION = {
  "http-addr": [
    ["cluster", "Use --cluster ALIAS|URL, or CONSUL_HTTP_ADDR."],
    ["clusters", `Set address ${ALIAS}.`],
  ],
  name: [
    ["a-name", "Use --a-name NAME or --b-name NAME."],
    ["json", "Use the argument NAME, without a flag."],
  ],
  meta: [
    ["meta", "Use --meta KEY=VALUE."],
    ["a-meta", "Use --a-meta KEY=VALUE or --b-meta KEY=VALUE."],
    ["concurrency", `Set meta ${ALIAS}.`],
  ],
  "server-external-addresses": [
    ["external-address", "Use --external-address HOST:PORT, once for each address."],
    ["concurrency", `Set server_external_addresses ${ALIAS}.`],
  ],
  datacenter: [
    ["datacenter", `Use --datacenter NAME, or datacenter ${ALIAS}.`],
    ["clusters", `Set datacenter ${ALIAS}.`],
  ],
  partition: [
    ["partition", `Use --partition NAME, or partition ${ALIAS}.`],
    ["clusters", `Set partition ${ALIAS}.`],
  ],
};

/**
 * What to use in place of a flag of Consul, in a command with these options: empty if there is nothing, undefined for
 * other flags.
 * @param {string} name  without dashes
 * @param {Options} options
 */
export function equivalentOf(name, options) {
  if (Object.hasOwn(EQUIVALENTS, name)) return `Use ${EQUIVALENTS[name]}.`;
  if (!Object.hasOwn(BY_OPTION, name)) return undefined;
  const [, hint] = BY_OPTION[name].find(([option]) => Object.hasOwn(options, option)) ?? [];
  return hint ?? "";
}

/**
 * Rejects flags in Consul's form: with one dash, or with two if no command has such an option.
 * @param {string[]} words
 * @param {Options} every  the options of all commands
 * @param {Options} own    those of the command that is named
 */
export function refuseConsulFlags(words, every, own) {
  const end = words.indexOf("--");
  for (const word of end < 0 ? words : words.slice(0, end)) {
    const [, dashes, name] = /^(--?)([a-z][a-z-]+)(?:=|$)/.exec(word) ?? [];
    if (name === undefined || (dashes === "--" && Object.hasOwn(every, name))) continue;
    const equivalent = equivalentOf(name, own);
    if (equivalent !== undefined) {
      throw new UsageError(
        `${dashes}${name} is a flag of the consul command, not of consul-peering.`,
        equivalent || "See `consul-peering --help`.",
      );
    }
    if (dashes === "-" && Object.hasOwn(every, name)) {
      throw new UsageError(`-${name} has one dash.`, `Use two dashes: --${name}.`);
    }
  }
}
