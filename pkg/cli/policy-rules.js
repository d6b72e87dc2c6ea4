// The rules of `check`, by their names in SARIF; docs/policy.md lists the same.

/**
 * @import { Finding } from "../index.js"
 *
 * @typedef {[id: string, level: Finding["severity"], text: string]} Rule
 */

const ERROR = "error";
const WARNING = "warning";

/**
 * Why other clusters may not reach an address.
 * @param {string} field
 * @param {string} address
 * @returns {Rule[]}
 */
const reach = (field, address) => [
  [`${field}.local_address`, WARNING, `${address} refers to the machine that dials it.`],
  [`${field}.link_local_address`, WARNING, `${address} is link-local.`],
  [`${field}.private_address`, WARNING, `${address} is private, carrier-grade NAT or unique local IPv6.`],
  [`${field}.documentation_address`, WARNING, `${address} is in a range for documentation.`],
  [`${field}.cluster_name`, WARNING, `${address} has a name that resolves only inside its own cluster.`],
  [`${field}.unlikely_port`, WARNING, `${address} has the default port of another listener than gRPC with TLS.`],
  [`${field}.host_names`, WARNING, "There are several host names; mesh gateways resolve only one."],
];

/**
 * Names with a dot are about the values of one attribute.
 * @type {Rule[]}
 */
const RULES = [
  ["document", ERROR, "The document is not what `terraform show -json` prints for a plan or a state."],
  ["format_version", ERROR, "The format version of the document is unknown."],
  ["errored", ERROR, "The plan failed with an error."],
  ["incomplete", WARNING, "The plan omits resources, which were not checked."],
  ["replaced", ERROR, "A live peering is deleted and recreated, which fails."],
  ["destroyed", WARNING, "One side of a peering is destroyed, which terminates the peering."],
  ["token_spent", ERROR, "The plan creates a peering again with its used token: Consul refuses it (403)."],
  ["terminated", WARNING, "A peering is TERMINATED and the plan does not change it; no apply restores it."],
  ["same_name", ERROR, "Two resources have the same name in one cluster and partition."],
  ["same_cluster", ERROR, "The token of a peering is generated on the cluster that uses it."],
  ["token_reused", ERROR, "Two peerings have the same token, which works once."],
  ["peer_name.required", ERROR, "The name is empty."],
  ["peer_name.form", ERROR, "The value is not a name but a token, an address or another kind of value."],
  ["peer_name.uuid", WARNING, "The name is a UUID, like an ACL token."],
  ["peer_name.length", ERROR, "The name has more than 63 characters."],
  ["peer_name.lower_case", ERROR, "The name has upper-case letters."],
  ["peer_name.characters", ERROR, "The name has characters other than a to z, 0 to 9 and -."],
  ["peer_name.ends", ERROR, "The name begins or ends with a hyphen."],
  ["peer_name.reserved", ERROR, "The name is a path of Consul's API: the peering can be created, but not read."],
  ["meta.pairs", ERROR, "There are more than 64 pairs."],
  ["meta.key_empty", ERROR, "A key is empty."],
  ["meta.key_length", ERROR, "A key has more than 128 bytes."],
  ["meta.key_characters", ERROR, "A key has characters other than letters, digits, - and _."],
  ["meta.key_reserved", ERROR, "A key begins with `consul-`."],
  ["meta.value_length", ERROR, "A value has more than 512 bytes."],
  ["server_external_addresses.address", ERROR, "An address is not host:port."],
  ["server_external_addresses.repeated", WARNING, "An address is repeated."],
  ...reach("server_external_addresses", "An address"),
  ["peering_token.required", ERROR, "The token is empty."],
  ["peering_token.form", ERROR, "The value is not a peering token but an ACL token, a decoded token or an address."],
  ["peering_token.trimmed", ERROR, "The token has spaces around it, which Terraform does not trim."],
  ["peering_token.base64", ERROR, "The token is not base64."],
  ["peering_token.json", ERROR, "The token is truncated or does not contain JSON."],
  ["peering_token.type", ERROR, "A field of the token is repeated or does not have Consul's type."],
  ["peering_token.server_addresses", ERROR, "The token contains no server address."],
  ["peering_token.server_address", ERROR, "An address in the token is not host:port."],
  ...reach("peering_token", "An address in the token"),
  ["peering_token.server_name", ERROR, "The token has a CA but no server name."],
  ["peering_token.peer_id", ERROR, "The token has no peer id."],
  ["peering_token.secret", ERROR, "The token has no establishment secret."],
  ["peering_token.ca", ERROR, "A CA in the token cannot be read."],
  ["peering_token.ca_expired", WARNING, "A CA in the token has expired."],
  ["peering_token.ca_not_yet", WARNING, "A CA in the token is not valid yet."],
];

/** Name, level, and what breaks it. */
export const POLICY_RULES = RULES.map(([id, level, text]) => ({ id, level, text }));

/**
 * The rule of a finding.
 * @param {Pick<Finding, "field" | "rule">} finding
 */
export function ruleOf({ field, rule }) {
  const ofValue = `${field.split(/[.[]/, 1)[0]}.${rule}`;
  return POLICY_RULES.find(({ id }) => id === ofValue) ?? POLICY_RULES.find(({ id }) => id === rule);
}

/**
 * The name of the rule of a finding.
 * @param {Finding} finding
 */
export const ruleIdOf = (finding) => ruleOf(finding)?.id ?? finding.rule;
