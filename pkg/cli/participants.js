// The clusters that take part in a command, as they were named. The library names a cluster by its address, which
// several aliases may have, each with its own ACL token.

import { quoted } from "../command.js";
import { optionsOf } from "./arguments.js";
import { addressOf, clusterOptions } from "./clusters.js";
import { readClusters } from "./clusters-file.js";
import { environmentAddress, isEnvironments, readAddress, readEnvironment } from "./environment.js";
import { UsageError } from "./usage-error.js";

/**
 * @import { Entry } from "./clusters-file.js"
 * @import { Command } from "./commands/index.js"
 * @import { Values } from "./options.js"
 *
 * @typedef {object} Participant
 * @property {string} [cluster]    an alias or a URL; undefined: the default cluster
 * @property {string} [peer_name]  the name of its peering, in a command on a pair
 *
 * @typedef {{ participants?: Participant[], clusters?: string }} Participation  without `participants`: every alias
 * @typedef {{ cluster?: string, peer_name?: string }} Place  where an error or an event occurred, by its address
 * @typedef {{ cluster?: string, entry?: Entry }} Named  `entry`: of an alias
 */

/**
 * @param {Command} command
 * @param {string[]} operands
 * @param {Values} values
 * @returns {Participant[] | undefined}
 */
export function participantsOf(command, operands, values) {
  const options = optionsOf(command);
  if ("a-name" in options) {
    const [a, b] = operands;
    return pairOf(a, b, { a: values["a-name"], b: values["b-name"] }).slice(0, operands.length);
  }
  if (!("cluster" in options)) return operands.length ? operands.map((cluster) => ({ cluster })) : undefined;
  const { cluster, other } = values;
  return [{ cluster }, ...(other === undefined ? [] : [{ cluster: other }])];
}

/**
 * Each side is named after the other, unless another name is given.
 * @param {string} a
 * @param {string} b
 * @param {{ a?: string, b?: string }} [names]
 * @returns {Participant[]}
 */
export const pairOf = (a, b, names = {}) => [
  { cluster: a, peer_name: names.a ?? b },
  { cluster: b, peer_name: names.b ?? a },
];

/**
 * The participants that an error or an event may be about: several if they have the same address, and its peering does
 * not tell them apart.
 * @param {Place} place
 * @param {Participation} of
 * @param {NodeJS.ProcessEnv} env
 * @returns {Named[]}
 */
export function participantsAt({ cluster: address, peer_name }, { participants, clusters: file }, env) {
  try {
    const aliases = readClusters(file)?.aliases ?? {};
    /** @type {Participant[]} */
    const all = participants ?? Object.keys(aliases).map((cluster) => ({ cluster }));
    const named = all.map((participant) => ({ ...participant, entry: entryOf(participant, aliases) }));
    const there = named.length > 1 ? named.filter((each) => addressIn(each, env) === address) : named;
    const exact = there.filter((each) => peer_name !== undefined && each.peer_name === peer_name);
    return exact.length === 1 ? exact : there;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return []; // an invalid clusters.json is reported elsewhere
  }
}

/**
 * @param {Participant} participant
 * @param {Record<string, Entry>} aliases
 */
const entryOf = ({ cluster = "" }, aliases) => (Object.hasOwn(aliases, cluster) ? aliases[cluster] : undefined);

/**
 * @param {Named} named
 * @param {NodeJS.ProcessEnv} env
 */
function addressIn({ cluster, entry }, env) {
  if (cluster === undefined) return addressOf({ address: environmentAddress(readEnvironment(env)) });
  return addressOf({ address: readAddress(cluster, entry?.address ?? cluster, env) });
}

/**
 * A cluster that the library names by its address, by its alias if it has one in this command.
 * @param {Place & { cluster: string }} place
 * @param {Participation} of
 * @param {NodeJS.ProcessEnv} env
 */
export function labelOf(place, of, env) {
  const found = participantsAt(place, of, env);
  const areAliases = found.length > 0 && found.every(({ entry }) => entry);
  return areAliases ? `${found.map(({ cluster }) => cluster).join(" or ")} (${place.cluster})` : place.cluster;
}

/**
 * What to do about a denied request: how to set an ACL token if none was sent.
 * @param {string} address  as the library reports it
 * @param {Named[]} found  the participants at this address
 * @param {Participation} of
 * @param {NodeJS.ProcessEnv} env
 */
export function tokenAdvice(address, found, { clusters }, env) {
  if (found.length > 1) {
    const names = found.map(({ cluster }) => (cluster === undefined ? address : quoted(cluster))).join(" ");
    return `\`consul-peering permissions ${names}${clusterOptions({ clusters })}\` shows the permissions of each one.`;
  }
  const { cluster: name, entry } = found[0] ?? {};
  const environment = readEnvironment(env);
  const own = isEnvironments(environment, address);
  const isSet = Boolean(environment.token || environment.token_file);
  if (entry?.token_env || entry?.token_file || (own && isSet)) {
    const choice = { cluster: name ?? (own ? undefined : address), clusters };
    return `\`consul-peering permissions${clusterOptions(choice)}\` shows the permissions of the current one.`;
  }
  const ofAlias = `set token_env or token_file of ${entry ? `the alias ${name}` : "an alias"} in clusters.json`;
  if (own) return `No ACL token was sent: set CONSUL_HTTP_TOKEN, or ${ofAlias}.`;
  const why = isSet
    ? "CONSUL_HTTP_TOKEN applies only to the cluster at CONSUL_HTTP_ADDR"
    : "none is set for this cluster";
  return `No ACL token was sent, because ${why}: set CONSUL_HTTP_ADDR=${address}${isSet ? "" : " and CONSUL_HTTP_TOKEN"}, or ${ofAlias}.`;
}
