// The cluster of a command: `--cluster` (an alias or a URL), otherwise the environment's; with its ACL token and its
// TLS settings, as the module's functions take it.

import { quoted } from "../command.js";
import { DEFAULT_FILE, readClusters } from "./clusters-file.js";
import { environmentAddress, environmentToken, isEnvironments, readAddress, readEnvironment } from "./environment.js";
import { readSecretFile } from "./secrets.js";
import { tlsFetch } from "./transport.js";
import { nearest, UsageError } from "./usage-error.js";

/**
 * @import { ClusterConfig } from "../index.js"
 * @import { Entry } from "./clusters-file.js"
 * @import { Fetch, Settings as TlsSettings } from "./transport.js"
 *
 * @typedef {Omit<ClusterConfig, "address" | "fetch"> & { address: string, fetch?: Fetch }} ChosenCluster
 *
 * @typedef {object} Target
 * @property {string} [alias]
 * @property {string} [file]  that defines the alias
 * @property {string} label  names the cluster to people
 * @property {ChosenCluster} cluster
 * @property {Record<string, string>} [meta]  the alias' own, as the addresses are
 * @property {string[]} [server_external_addresses]
 *
 * @typedef {{ cluster?: string, clusters?: string, datacenter?: string, partition?: string }} Choice  the options
 */

/**
 * @param {Choice} options
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [setting] the option that named the cluster, for the error if it does not exist
 * @returns {Target}
 */
export function chooseCluster(options, env, setting = "--cluster") {
  const environment = readEnvironment(env);
  const { alias, file, entry } = findEntry(options, setting);
  const field = alias ? `the address of ${alias}` : setting;
  const address = entry ? readAddress(field, entry.address, env) : environmentAddress(environment);
  // The environment's settings are sent to no other origin.
  const own = isEnvironments(environment, address) ? environment : undefined;
  /** @type {ChosenCluster} */
  const cluster = { address };
  const token = tokenOf(alias, entry, env) ?? (own && environmentToken(own));
  const datacenter = options.datacenter ?? entry?.datacenter;
  const partition = options.partition ?? entry?.partition ?? own?.partition;
  const fetch = fetchFor(alias, entry, address, environment);
  if (token) cluster.token = token;
  if (datacenter) cluster.datacenter = datacenter;
  if (partition) cluster.partition = partition;
  if (own?.authorization) cluster.headers = { Authorization: own.authorization };
  if (fetch) cluster.fetch = fetch;
  const { meta, server_external_addresses } = entry ?? {};
  return { alias, file, label: alias ? `${alias} (${address})` : address, cluster, meta, server_external_addresses };
}

/**
 * The options by which another command uses the same cluster.
 * @param {Choice} options
 */
export const clusterOptions = ({ cluster, clusters }) =>
  [
    cluster !== undefined && ` --cluster ${quoted(cluster)}`,
    clusters !== undefined && ` --clusters ${quoted(clusters)}`,
  ]
    .filter(Boolean)
    .join("");

/**
 * A cluster's address as the module reports it.
 * @param {{ address: string }} cluster
 */
export function addressOf({ address }) {
  const { origin, pathname } = new URL(address);
  return origin + pathname.replace(/\/+$/, "");
}

/**
 * The cluster of this name; undefined without a name.
 * @param {Choice} options
 * @param {string} setting
 * @returns {{ alias?: string, file?: string, entry?: Entry }}
 */
function findEntry({ cluster: name, clusters: file }, setting) {
  const isAddress = name !== undefined && (name.includes("://") || name.startsWith("unix:"));
  // A file that was named is validated, even if nothing of it is needed.
  const clusters = file !== undefined || (name !== undefined && !isAddress) ? readClusters(file) : undefined;
  if (name === undefined) return {};
  if (isAddress) return { entry: { address: name } };
  if (clusters && Object.hasOwn(clusters.aliases, name)) {
    return { alias: name, file: clusters.file, entry: clusters.aliases[name] };
  }
  if (/^[^/@]+:\d+$/.test(name)) return { entry: { address: name } };
  if (!clusters) {
    throw new UsageError(
      `${setting} ${JSON.stringify(name)} is not a URL, and there is no ${DEFAULT_FILE} that defines it.`,
      "Use a URL such as http://127.0.0.1:8500, or pass the file with --clusters.",
    );
  }
  const known = Object.keys(clusters.aliases);
  const near = nearest(name, known);
  throw new UsageError(
    `${setting} ${JSON.stringify(name)} is neither a URL nor an alias in ${clusters.file}.`,
    (near ? `Did you mean ${near}? ` : "") + `Aliases: ${known.join(", ") || "none"}.`,
  );
}

/**
 * The ACL token of an alias.
 * @param {string | undefined} alias
 * @param {Entry | undefined} entry
 * @param {NodeJS.ProcessEnv} env
 */
function tokenOf(alias, entry, env) {
  if (entry?.token_file) return readSecretFile(entry.token_file, `token_file of ${alias}`);
  if (entry?.token_env) {
    const token = env[entry.token_env]?.trim();
    if (token) return token;
    throw new UsageError(
      `The variable ${entry.token_env}, which token_env of ${alias} names, is not set.`,
      `Set ${entry.token_env} to the ACL token, or use token_file.`,
    );
  }
  return undefined;
}

const TLS_KEYS = /** @type {const} */ (["ca_file", "cert_file", "key_file", "tls_server_name"]);

/**
 * The package's own transport if TLS settings require it. An alias with its own settings takes none from the
 * environment.
 * @param {string | undefined} alias
 * @param {Entry | undefined} entry
 * @param {string} address
 * @param {TlsSettings} environment
 */
function fetchFor(alias, entry, address, environment) {
  const https = new URL(address).protocol === "https:";
  const own = pickTls(entry ?? {});
  if (own && !https) {
    const [key] = TLS_KEYS.filter((key) => own[key]);
    throw new UsageError(
      `${key} of ${alias} needs https, but the address of ${alias} begins with http://.`,
      `Use https:// in the address, or remove ${key}.`,
    );
  }
  const settings = own ?? pickTls(environment);
  return settings && https ? tlsFetch(settings) : undefined;
}

/**
 * @param {TlsSettings} settings
 * @returns {TlsSettings | undefined}
 */
function pickTls({ ca_file, cert_file, key_file, tls_server_name }) {
  if (!ca_file && !cert_file && !key_file && !tls_server_name) return undefined;
  return { ca_file, cert_file, key_file, tls_server_name };
}
