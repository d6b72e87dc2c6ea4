// The clusters of the page: what the server knows of them, and the part that the browser receives.

import { chooseCluster } from "../cli/clusters.js";
import { readClusters } from "../cli/clusters-file.js";
import { UsageError } from "../cli/usage-error.js";

const ALONE = "consul"; // the alias of the environment's cluster, which has none
/** An alias is used in addresses unescaped: it has one spelling. */
const ALIAS = /^[A-Za-z0-9][\w.-]*$/;

/**
 * @import { ChosenCluster, Target } from "../cli/clusters.js"
 *
 * @typedef {object} Served
 * @property {string} address  without a slash at its end
 * @property {string} [token]  the ACL token that the server adds
 * @property {Record<string, string>} [headers]  for a proxy before it
 * @property {ChosenCluster["fetch"]} [fetch]
 * @property {object} shown    what clusters.json says about it
 */

/**
 * Those of the clusters file, or else the environment's.
 * @param {{ clusters?: string }} options
 * @param {NodeJS.ProcessEnv} env
 * @returns {Map<string, Served>} by alias
 */
export function chooseServed({ clusters: file }, env) {
  const found = readClusters(file);
  if (!found) return serve({ [ALONE]: chooseCluster({}, env) });
  const aliases = Object.keys(found.aliases);
  if (aliases.length === 0) throw new UsageError(`${found.file} has no clusters in it.`, "Add one to it.");
  const targets = aliases.map((cluster) => [cluster, chooseCluster({ cluster, clusters: found.file }, env, "alias")]);
  return serve(Object.fromEntries(targets));
}

/**
 * @param {Record<string, Omit<Target, "label">>} targets by alias
 * @returns {Map<string, Served>}
 */
export function serve(targets) {
  return new Map(Object.entries(targets).map(([alias, target]) => [alias, served(alias, target)]));
}

/**
 * The page's clusters.json: the path of each through this server, not its address.
 * @param {Map<string, Served>} clusters
 */
export function shownClusters(clusters) {
  return JSON.stringify(Object.fromEntries([...clusters].map(([alias, { shown }]) => [alias, shown])));
}

/**
 * @param {string} alias
 * @param {Omit<Target, "label">} target
 * @returns {Served}
 */
function served(alias, { cluster, meta, server_external_addresses }) {
  if (!ALIAS.test(alias)) {
    throw new UsageError(
      `The alias ${JSON.stringify(alias)} is not valid in an address of the page.`,
      "Use letters, digits, hyphens, underscores and dots.",
    );
  }
  const { token, datacenter, partition, headers, fetch } = cluster;
  const { origin, pathname, search, hash } = new URL(cluster.address);
  if (search || hash) throw new UsageError(`The address of ${alias} has a query or a fragment.`, "Leave it out.");
  const own = origin + pathname.replace(/\/+$/, "");
  const shown = {
    address: `clusters/${alias}`,
    consul_address: own,
    datacenter,
    partition,
    meta,
    server_external_addresses,
  };
  return {
    address: own,
    token,
    headers,
    fetch,
    shown: { ...shown, token: token === undefined ? "typed" : "added" },
  };
}
