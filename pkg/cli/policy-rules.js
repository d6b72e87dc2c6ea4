// The rules of `check`, by the names that SARIF gives them; docs/policy.md lists the same.

const ERROR = "error";
const WARNING = "warning";

/** Name, level, and what breaks it. Names with a dot are about the values of one attribute. */
export const POLICY_RULES = [
  ["document", ERROR, "Not what `terraform show -json` prints of a plan or a state."],
  ["format_version", ERROR, "The format of the document is not known here."],
  ["errored", ERROR, "The plan ended in an error."],
  ["incomplete", WARNING, "The plan leaves something out, which was not checked."],
  ["replaced", ERROR, "A live peering is to be deleted and made anew, which fails."],
  ["destroyed", WARNING, "One side of a peering is to be destroyed, which ends it."],
  ["same_name", ERROR, "Two resources have one name in one cluster and partition."],
  ["same_cluster", ERROR, "A peering's token is of the cluster that is to use it."],
  ["token_reused", ERROR, "Two peerings have one token, which works once."],
  ["peer_name.required", ERROR, "The name is empty."],
  ["peer_name.length", ERROR, "The name has more than 63 characters."],
  ["peer_name.lower_case", ERROR, "The name has upper-case letters."],
  ["peer_name.characters", ERROR, "The name has other characters than a to z, 0 to 9 and -."],
  ["peer_name.ends", ERROR, "The name begins or ends with a hyphen."],
  ["peer_name.reserved", ERROR, "The name is one of Consul's own calls: made, but never read back."],
  ["meta.pairs", ERROR, "There are more than 64 pairs."],
  ["meta.key_empty", ERROR, "A key is empty."],
  ["meta.key_length", ERROR, "A key has more than 128 bytes."],
  ["meta.key_characters", ERROR, "A key has other characters than letters, digits, - and _."],
  ["meta.key_reserved", ERROR, "A key begins with `consul-`."],
  ["meta.value_length", ERROR, "A value has more than 512 bytes."],
  ["server_external_addresses.address", ERROR, "An address is not host:port."],
  ["server_external_addresses.local_address", WARNING, "An address means the machine that dials it."],
  ["peering_token.required", ERROR, "The token is empty."],
  ["peering_token.trimmed", ERROR, "The token has spaces around it, which nobody trims."],
  ["peering_token.base64", ERROR, "The token is not base64."],
  ["peering_token.json", ERROR, "The token is cut off, or none."],
  ["peering_token.type", ERROR, "A member of the token has another type than Consul's, or stands there twice."],
  ["peering_token.server_addresses", ERROR, "The token names no server."],
  ["peering_token.server_address", ERROR, "An address in the token is not host:port."],
  ["peering_token.local_address", WARNING, "An address in the token means the machine that dials it."],
  ["peering_token.server_name", ERROR, "The token has a CA and no server name."],
  ["peering_token.peer_id", ERROR, "The token does not say which peering it is for."],
  ["peering_token.secret", ERROR, "The token has no establishment secret."],
  ["peering_token.ca", ERROR, "A CA in the token cannot be read."],
  ["peering_token.ca_expired", WARNING, "A CA in the token has ended."],
  ["peering_token.ca_not_yet", WARNING, "A CA in the token is not valid yet."],
].map(([id, level, text]) => ({ id, level, text }));

/** The rule that a finding broke. */
export function ruleOf({ field, rule }) {
  const ofValue = `${field.split(/[.[]/, 1)[0]}.${rule}`;
  return POLICY_RULES.find(({ id }) => id === ofValue) ?? POLICY_RULES.find(({ id }) => id === rule);
}
