// Two clusters as the operands and options of a command name them, and their sides for the module's functions.

import { pairs } from "./arguments.js";
import { addressOf, chooseCluster, clusterOptions } from "./clusters.js";
import { sentences } from "./terminal.js";
import { UsageError } from "./usage-error.js";

/**
 * @import { Side } from "../index.js"
 * @import { ChosenCluster, Target } from "./clusters.js"
 * @import { Library } from "./commands/index.js"
 * @import { Failure } from "./failure.js"
 * @import { Values } from "./options.js"
 *
 * @typedef {object} PairSide
 * @property {string} name    how people call it: its alias, or its address
 * @property {string} options that lead a command to it
 * @property {string} label   the alias with its address
 * @property {string} [file]  that defines the alias
 * @property {string} address as the module tells it
 * @property {Omit<Side, "cluster"> & { cluster: ChosenCluster }} side  what the module takes
 *
 * @typedef {[PairSide, PairSide]} Pair  A and B
 */

/**
 * @param {{ operands: string[], values: Values, env: NodeJS.ProcessEnv, peering: Library }} context
 * @returns {Pair}
 */
export function choosePair({ operands, values, env, peering }) {
  if (operands[0] === operands[1]) {
    throw new UsageError("A and B are the same cluster.", "Pass two clusters.", "same_cluster");
  }
  const [a, b] = operands.map((cluster, i) => chooseCluster({ cluster, clusters: values.clusters }, env, "AB"[i]));
  const options = operands.map((cluster) => clusterOptions({ cluster, clusters: values.clusters }));
  const addresses = externalAddresses(values) ?? a.server_external_addresses;
  return [
    sideOf(a, peerName("a", values, b, peering), pairs(values["a-meta"], "--a-meta"), addresses, options[0]),
    sideOf(
      b,
      peerName("b", values, a, peering),
      pairs(values["b-meta"], "--b-meta"),
      b.server_external_addresses,
      options[1],
    ),
  ];
}

/**
 * @param {Target} target
 * @param {string} peer_name
 * @param {Record<string, string>} [given]  meta
 * @param {string[]} [server_external_addresses]
 * @param {string} [options]
 * @returns {PairSide}
 */
export function sideOf(
  { alias, file, label, cluster, meta: own },
  peer_name,
  given,
  server_external_addresses,
  options = "",
) {
  const meta = given ?? own;
  const side = {
    cluster,
    peer_name,
    ...(meta && { meta }),
    ...(server_external_addresses && { server_external_addresses }),
  };
  return { name: alias ?? cluster.address, file, options, label, address: addressOf(cluster), side };
}

/**
 * A side's name for the other: as it was passed, or the other's alias.
 * @param {"a" | "b"} letter
 * @param {Values} values
 * @param {Target} other
 * @param {Library} peering
 */
function peerName(letter, values, other, peering) {
  const option = /** @type {const} */ (`${letter}-name`);
  const given = values[option];
  if (given !== undefined) return given;
  const [one, two] = letter === "a" ? ["A", "B"] : ["B", "A"];
  if (other.alias === undefined) {
    throw new UsageError(
      `The name of ${two} on ${one} is missing, and ${two} has no alias.`,
      `Add --${option} NAME, or give ${two} an alias in clusters.json.`,
    );
  }
  const [wrong] = peering.validatePeerName(other.alias);
  if (!wrong) return other.alias;
  throw new UsageError(
    `The alias ${JSON.stringify(other.alias)} is not a valid peer name of ${two} on ${one}: ${sentences(wrong.message)}`,
    `Add --${option} NAME, or rename the alias.`,
  );
}

/** @param {Values} values */
function externalAddresses({ "external-address": given, "no-external-addresses": none }) {
  if (given && none) {
    throw new UsageError(
      "--external-address and --no-external-addresses contradict each other.",
      "Remove one of them.",
    );
  }
  return none ? [] : given;
}

/**
 * Runs a call on a pair; the hint of its error names options of the command line.
 * @template T
 * @param {string} command
 * @param {Pair} pair
 * @param {() => T | Promise<T>} run
 */
export async function onPair(command, [a, b], run) {
  try {
    return await run();
  } catch (error) {
    const hint = hintFor(command, a, b, error ?? {});
    throw hint ? Object.assign(/** @type {Error} */ (error), { hint }) : error;
  }
}

/**
 * @param {string} command
 * @param {PairSide} a
 * @param {PairSide} b
 * @param {Failure} error
 */
function hintFor(command, a, b, { code, cluster, peer_name, retryable, findings = [] }) {
  const onB = peer_name === b.side.peer_name && cluster === b.address;
  const where = onB ? b : a;
  if (code === "external_addresses_unknown") {
    // The options are A's.
    const swap = onB ? `${b.name} is the acceptor: use \`${command} ${b.name} ${a.name}\`, and pass` : "Pass";
    const always = where.file
      ? `, or set server_external_addresses for ${where.name} in ${where.file} ([] for none), which holds for every run`
      : "";
    return `${swap} them with --external-address HOST:PORT, or --no-external-addresses for none${always}. Consul drops them when it generates a token.`;
  }
  const seeList = `See \`consul-peering list${where.options}\`.`;
  if (findings.some(({ rule }) => rule === "rebuilt")) {
    const again = `\`consul-peering delete ${peer_name}${where.options}\`, then \`consul-peering connect ${a.name} ${b.name}\``;
    return `If it was rebuilt: ${again}. If it is another cluster, choose another name with --${onB ? "b" : "a"}-name.`;
  }
  if (code === "role_conflict" && retryable) {
    return `Another connect may be running in the other direction: retry in a minute. Otherwise \`consul-peering delete ${peer_name}${where.options}\`, or choose another name with --${onB ? "b" : "a"}-name.`;
  }
  if (code === "peer_mismatch" && command === "disconnect") {
    return `Pass the name of the linked peering with --${onB ? "a" : "b"}-name, or --force to delete the peerings of both names, whatever they are linked with.`;
  }
  if (code === "peer_mismatch" || code === "role_conflict") {
    return `${seeList} Choose another name with --${onB ? "b" : "a"}-name, or \`delete\` the existing peering first.`;
  }
  if (code === "same_cluster") {
    return "Pass two clusters: A and B are the same one. Partitions of one cluster export services without peering: see exported-services.";
  }
  return undefined;
}
