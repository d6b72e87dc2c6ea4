// Errors in the command line's terms: its commands and flags in place of the library's functions and options. Chosen by
// the error's code, its operation and its findings' fields.

import { optionsOf } from "./arguments.js";
import { clusterOptions } from "./clusters.js";
import { labelOf, participantsAt, tokenAdvice } from "./participants.js";

/**
 * @import { Code, Finding, Progress } from "../index.js"
 * @import { Described, ErrorContext, Failure } from "./failure.js"
 *
 * @typedef {object} Given
 * @property {string} cluster  the options that select it, or an empty text
 * @property {string} alias    how a sentence names its alias
 * @property {(name: string) => boolean} takes  whether the command has an option
 *
 * @typedef {Partial<Record<Code, (given: Given) => string>>} Hints  by code
 */

/**
 * What to do next: for every command, or for some. Other hints are the library's.
 * @type {Hints}
 */
const NEXT = {
  timeout: () => "Raise the limit with --timeout, for example --timeout 2m, or find out why it takes so long.",
  meta_fixed: ({ cluster, alias, takes }) =>
    `Consul cannot change the metadata of an acceptor: leave out ${takes("a-meta") ? "--a-meta or --b-meta" : "--meta"}, ` +
    `and meta of ${alias} in clusters.json, or delete the peering first: \`consul-peering delete NAME${cluster}\`.`,
  token_spent: () =>
    "A peering token works once, and a newer one invalidates it: generate a new one on the accepting cluster with " +
    "`consul-peering token generate`, then run establish again.",
  partition_unsupported: ({ alias, takes }) =>
    "This Consul is the community edition, which has no partitions: leave out " +
    `${takes("partition") ? "--partition, " : ""}CONSUL_PARTITION, and partition of ${alias} in clusters.json.`,
  wrong_datacenter: ({ alias, takes }) =>
    "Use the address of an agent in that datacenter, or correct " +
    `${takes("datacenter") ? "--datacenter, or " : ""}datacenter of ${alias} in clusters.json.`,
  terminated: ({ cluster }) =>
    `The other cluster deleted its side: delete this side too, \`consul-peering delete NAME${cluster}\`, and generate ` +
    "the token again. Or run `consul-peering connect`, which deletes and recreates it.",
  not_active: () =>
    "If the other cluster's servers are down, the peering recovers once they are back. Otherwise recreate the link: " +
    "`consul-peering disconnect A B`, then `consul-peering connect A B`.",
};
/** @type {Record<string, Hints | undefined>} */
const OF_COMMAND = {
  establish: {
    role_conflict: () => "Choose another NAME, or add --replace: the existing peering is deleted first.",
  },
  rotate: {
    not_active: () => "`consul-peering connect A B` links the clusters; no rotation is needed afterwards.",
  },
  "token generate": {
    role_conflict: ({ cluster }) =>
      `Choose another NAME, or delete the existing peering first: \`consul-peering delete NAME${cluster}\`.`,
  },
};
/** Added to the library's hint, which has the exact reason. */
const ADDRESSES =
  "Set the addresses of a token with --external-address HOST:PORT, or server_external_addresses in clusters.json.";
/** @type {Partial<Record<Code, string>>} */
const ALSO = { unreachable: ADDRESSES, tls_failed: ADDRESSES };

/**
 * Where no cluster was named, and the default does not respond: that another one was meant.
 * @param {string | undefined} address
 * @param {NonNullable<ErrorContext["byDefault"]>} byDefault
 */
function nameCluster(address, { name, file }) {
  const why =
    name === undefined
      ? `No cluster was named, so the command used the default, ${address}.`
      : `${JSON.stringify(name)} is not an alias in ${file}, so it was read as a peering on the default cluster, ${address}.`;
  return `${why} To use another cluster, add --cluster ALIAS|URL or set CONSUL_HTTP_ADDR.`;
}

/**
 * A copy of a described error, in the terms of the command line.
 * @param {Described} described
 * @param {Failure} error
 * @param {ErrorContext} [of]
 * @returns {Described}
 */
export function inCliTerms(
  described,
  { operation, reason: given = "", cluster, peer_name },
  { command, byDefault, env, ...of } = {},
) {
  if (operation === undefined || !command) return described; // not from the library
  const { message, hint, findings } = described;
  const code = /** @type {Code} */ (described.code);
  const next = OF_COMMAND[command.name]?.[code] ?? NEXT[code];
  const place = { cluster, peer_name };
  const found = env && cluster ? participantsAt(place, of, env) : [];
  const [only] = found.length === 1 ? found : [];
  const options = optionsOf(command);
  const todo = next
    ? next({
        cluster: clusterOptions({ cluster: only?.cluster, clusters: of.clusters }),
        alias: only?.entry ? `the alias ${only.cluster}` : "the alias",
        takes: (name) => Object.hasOwn(options, name),
      })
    : hint;
  const token = code === "permission_denied" && env && cluster ? tokenAdvice(cluster, found, of, env) : "";
  const own = findings.map(findingInCliTerms);
  // The reason of rejected arguments is in the findings.
  const reason = code === "invalid" ? summaryOf(own) : given;
  const at = message.slice(operation.length, message.length - given.length);
  // Of several clusters, the library knows the addresses, and the command line the aliases.
  const context =
    command.clusterOptions && env && cluster ? at.replace(cluster, () => labelOf({ cluster, peer_name }, of, env)) : at;
  return {
    ...described,
    message: command.name + context + reason,
    reason,
    hint: [code === "network" && byDefault && nameCluster(cluster, byDefault), todo, token, ALSO[code]]
      .filter(Boolean)
      .join(" "),
    findings: own,
  };
}

/**
 * The messages of the findings, for the message of an error; empty without an error among them.
 * @param {Finding[]} findings
 */
export function summaryOf(findings) {
  const errors = findings.filter(({ severity }) => severity !== "warning");
  return errors.map(({ message }) => message).join(" ");
}

/**
 * The text of a warning about an argument.
 * @param {Progress} event
 */
export const warningText = ({ field = "", text }) => inOwnWords(field, text);

/**
 * The warning about a step that affects what another run has created; undefined for other steps.
 * @param {Progress} event
 */
export const stepWarning = ({ kind, code, peer_name }) =>
  kind === "step" && code === "invalidates_unused_token"
    ? `The older peering token of "${peer_name}", which was not used yet, becomes invalid.`
    : undefined;

/** @type {Record<string, string>} */
const SIDE = { acceptor: "A", a: "A", dialer: "B", b: "B" };

/**
 * A message begins with the name of its field, which does not name the cluster.
 * @param {Finding} finding
 * @returns {Finding}
 */
function findingInCliTerms(finding) {
  const { field, message } = finding;
  const [, side, name = ""] = /^(?:(acceptor|dialer|a|b)\.)?(.*)$/s.exec(field) ?? [];
  const text = inOwnWords(name, message);
  return { ...finding, message: side ? `${SIDE[side]}: ${text}` : text };
}

/**
 * A message that begins with the name of its field.
 * @param {string} field
 * @param {string} message
 */
function inOwnWords(field, message) {
  const own = nameOf(field);
  return own && message.startsWith(field) ? own + message.slice(field.length) : message;
}

/** @param {string} field */
function nameOf(field) {
  if (field === "peering_token") return "The peering token";
  if (field === "peer_name") return "The name";
  const [, index] = /^server_external_addresses\[(\d+)\]$/.exec(field) ?? [];
  if (index !== undefined) return `External address ${Number(index) + 1}`;
  const [, alias] = /^clusters\.(.+)$/s.exec(field) ?? [];
  return alias && `The alias ${alias}`;
}
