// Commands on several clusters: which ones, each call, and the failures.

import { addressOf, chooseCluster, clusterOptions } from "./clusters.js";
import { readClusters } from "./clusters-file.js";
import { describe, errorText, EXIT } from "./failure.js";
import { UsageError } from "./usage-error.js";

/**
 * @import { Cluster } from "../index.js"
 * @import { Command } from "./commands/index.js"
 * @import { Values } from "./options.js"
 * @import { Output } from "./output.js"
 *
 * @typedef {object} Member
 * @property {string} name    its alias, or its address
 * @property {string} label   the alias with its address
 * @property {string} address
 * @property {Cluster} [cluster] as the module takes it
 * @property {unknown} [error]  why it cannot be used: a token that is not set, a file that cannot be read
 */

/**
 * @template T
 * @typedef {Member & { value?: T }} Result  of a call on a cluster; without a value, it has failed
 */

/**
 * @param {Command} command
 * @param {{ operands: string[], values: Values, env: NodeJS.ProcessEnv }} context
 * @returns {Member[] | undefined} undefined: the command works on one cluster
 */
export function chooseOverview(command, { operands, values, env }) {
  if (!command.overview) return undefined;
  if (values.all) return chooseAll(command, operands, values, env);
  if (!operands.length) return undefined;
  if (command.takesName && operands.length === 1) {
    const isName = command.ofOnePeering?.some((option) => values[option] !== undefined);
    if (isName || !isCluster(operands[0], values, env)) return undefined;
  }
  if (values.cluster !== undefined) {
    throw new UsageError(
      `\`${command.name}\` takes either --cluster or clusters as arguments.`,
      `Use \`consul-peering ${command.name} ${operands.join(" ")}\` without --cluster.`,
    );
  }
  return [...new Set(operands)].map((cluster) => memberOf({ ...values, cluster }, env, "The cluster"));
}

/**
 * @param {Command} command
 * @param {string[]} operands
 * @param {Values} values
 * @param {NodeJS.ProcessEnv} env
 * @returns {Member[]}
 */
function chooseAll(command, operands, values, env) {
  if (operands.length || values.cluster !== undefined) {
    throw new UsageError(
      `--all selects every cluster of clusters.json and cannot be combined with ${operands.length ? "arguments" : "--cluster"}.`,
      `Use \`consul-peering ${command.name} --all\` alone.`,
    );
  }
  const file = readClusters(values.clusters);
  const aliases = Object.entries(file?.aliases ?? {});
  if (!aliases.length) {
    throw new UsageError(
      file ? `${file.file} has no clusters.` : "--all needs a clusters.json, which is missing in this directory.",
      "Pass the file with --clusters; `consul-peering --help` shows its format.",
    );
  }
  return aliases.map(([alias, { address }]) => {
    try {
      return memberOf({ ...values, cluster: alias }, env);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return { name: alias, label: alias, address, error };
    }
  });
}

/**
 * @param {Values} values
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [setting]
 * @returns {Member}
 */
function memberOf(values, env, setting) {
  const { alias, label, cluster } = chooseCluster(values, env, setting);
  const address = addressOf(cluster);
  return { name: alias ?? address, label, address, cluster };
}

/**
 * Whether a single operand, which may also be the name of a peering, is a cluster.
 * @param {string} operand
 * @param {Values} values
 * @param {NodeJS.ProcessEnv} env
 */
function isCluster(operand, values, env) {
  if (values.cluster !== undefined) return false;
  if (operand.includes("://")) return true;
  // If the environment names a cluster, a name is a peering on it.
  return !env.CONSUL_HTTP_ADDR && isAlias(operand, values);
}

/**
 * @param {string} word
 * @param {Values} values
 */
function isAlias(word, { clusters }) {
  try {
    return Object.hasOwn(readClusters(clusters)?.aliases ?? {}, word);
  } catch (error) {
    if (clusters === undefined) return false; // a clusters.json that was not requested
    throw error;
  }
}

/**
 * The text if a peering of this name does not exist, and the name is an alias.
 * @param {string} command
 * @param {string} name
 * @param {Values} values
 */
export function aliasHint(command, name, values) {
  return isAlias(name, values)
    ? ` "${name}" is an alias of clusters.json: use \`consul-peering ${command} ${clusterOptions({ cluster: name, clusters: values.clusters }).trim()}\` for that cluster.`
    : "";
}

/**
 * Runs a call on each cluster, concurrently. A failing cluster does not stop the others.
 * @template T
 * @param {Member[]} members
 * @param {AbortSignal} signal
 * @param {(cluster: Cluster) => Promise<T>} run
 * @returns {Promise<Result<T>[]>}
 */
export async function onEachCluster(members, signal, run) {
  /** @param {Member} member */
  const runOne = async (member) => {
    const { cluster } = member;
    if (cluster === undefined) return member;
    try {
      return { ...member, value: await run(cluster) };
    } catch (error) {
      signal.throwIfAborted();
      return { ...member, error };
    }
  };
  return Promise.all(members.map(runOne));
}

/**
 * The clusters for --json: with `ok`, or with the error.
 * @template T
 * @param {Result<T>[]} results
 * @param {{ command: Command, values: Values, env: NodeJS.ProcessEnv }} context
 * @param {(value: T) => object} [more] what else to say of one that responded
 */
export function clustersDocument(results, { command, values, env }, more = () => ({})) {
  return results.map(({ name: cluster, address, value, error }) => ({
    ...{ cluster, address, ok: !error },
    ...(error
      ? { error: describe(error, [], { command, participants: [{ cluster }], clusters: values.clusters, env }) }
      : value && more(value)),
  }));
}

/**
 * Reports each failed cluster, with its reason. The exit code is that of a command on the failed cluster alone: 2 if the
 * settings of an alias are invalid, otherwise 1.
 * @param {Result<unknown>[]} results
 * @param {{ command: Command, output: Output, values: Values, env: NodeJS.ProcessEnv }} context
 * @param {number} [otherwise]
 */
export function reportFailedClusters(results, { command, output, values, env }, otherwise = EXIT.done) {
  const failed = results.filter(({ error }) => error);
  if (!output.json) {
    for (const { name: cluster, label, error } of failed) {
      const of = { command, participants: [{ cluster }], clusters: values.clusters, env };
      const described = describe(error, [], of);
      // An error in the settings of an alias names it.
      const message = error instanceof UsageError ? described.message : `${label}: ${described.message}`;
      output.error(errorText({ ...described, message }, output.stderrColours));
    }
  }
  if (failed.some(({ error }) => error instanceof UsageError)) return EXIT.usage;
  return failed.length ? EXIT.failed : otherwise;
}
