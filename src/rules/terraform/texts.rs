//! The texts of findings that several files use.

use crate::rules::finding::Finding;

/// Its field, rule, message and fix.
pub type Text = [&'static str; 4];

pub const NO_DOCUMENT: Text = [
    "document",
    "document",
    "The document is not what `terraform show -json` prints for a plan or a state.",
    "Pass the output of `terraform show -json PLANFILE`.",
];
pub const RAW_STATE: Text = [
    "document",
    "document",
    "The document is a state file as Terraform stores it, which has another format.",
    "Run `terraform show -json` in its directory, or `terraform show -json STATEFILE`, and pass the output.",
];
pub const LOG: Text = [
    "document",
    "document",
    "The document is a log line of `terraform plan -json`, which does not hold the plan.",
    "Run `terraform plan -out=tfplan`, then `terraform show -json tfplan`, and pass the output.",
];
pub const FORMAT_VERSION: Text = [
    "format_version",
    "format_version",
    "The document has an unknown format version: neither 0 nor 1.",
    "Update consul-peering.",
];
pub const ERRORED: Text = [
    "errored",
    "errored",
    "The plan ended in an error and is incomplete.",
    "Correct the error and run `terraform plan` again.",
];
pub const INCOMPLETE: Text = [
    "complete",
    "incomplete",
    "The plan leaves out resources (-target, or a deferred change), which were not checked.",
    "Check the next plan as well, after this one is applied.",
];
pub const PEERING_REPLACED: Text = [
    "actions",
    "replaced",
    "Replacing deletes the live peering and cannot recreate it: its token is spent (403), and with a new token the end \
     of the old connection terminates the new one. Both sides stay broken.",
    REPLACED_FIX,
];
pub const TOKEN_REPLACED: Text = [
    "actions",
    "replaced",
    "Replacing deletes the accepting side: the peering ends, its dialer becomes TERMINATED, and a token generated while \
     Consul still deletes does not work.",
    REPLACED_FIX,
];
const REPLACED_FIX: &str = "Do not apply this plan. Keep the current values with ignore_changes, or take both sides out \
     of the state with `terraform state rm` and run `consul-peering rotate`. To rename, destroy both sides first.";
pub const IMPORT_REPLACES: &str = "Remove the import block: Terraform cannot take over an existing peering. Read it with \
     the data source consul_peering.";
pub const TOKEN_SPENT: Text = [
    "peering_token",
    "token_spent",
    "Nothing is deleted (forget), and creating the peering again sends its token, which is spent: Consul refuses it (403) \
     and overwrites the meta of the live peering.",
    "Do not apply this plan. Keep the current values with ignore_changes, or use a new token for the peering.",
];
pub const TOKEN_SPENT_BY_LOST: Text = [
    "peering_token",
    "token_spent",
    "The peering was deleted outside Terraform, and creating it again sends its token, which is spent: Consul refuses it \
     (403).",
    "Do not apply this plan. Destroy its consul_peering_token in one apply, and create both in the next.",
];
pub const TERMINATED: Text = [
    "state",
    "terminated",
    "The peering is TERMINATED: its other side was deleted, and applying this plan does not restore it.",
    "Run `consul-peering connect`, or destroy both sides in one apply and create them in the next.",
];
pub const DESTROYED: Text = [
    "actions",
    "destroyed",
    "This side is destroyed: the peering ends, and the other side becomes TERMINATED.",
    "To keep it in Consul, take it out of the state with `terraform state rm`.",
];
pub const SAME_NAME: Text = [
    "peer_name",
    "same_name",
    "The peer name is used on the same cluster by ",
    "Use another name for each resource, or the provider of its own cluster.",
];
pub const RECREATED: Text = [
    "actions",
    "replaced",
    "Terraform deletes the live peering of this name and creates it again, in no fixed order, so both sides may stay \
     broken. It is deleted as ",
    RECREATED_FIX,
];
/// If the cluster of the deleted one is unknown.
pub const MAY_BE_RECREATED: Text = [
    "actions",
    "replaced",
    "If both are on one cluster, Terraform deletes the live peering of this name and creates it again, in no fixed order, \
     and both sides may stay broken. It is deleted as ",
    RECREATED_FIX,
];
const RECREATED_FIX: &str = "To rename a resource, add a `moved` block. To recreate the peering, destroy both sides in one \
     apply and create them in the next.";
pub const SAME_CLUSTER: Text = [
    "peering_token",
    "same_cluster",
    "Consul does not peer a cluster with itself, and the token is generated on this cluster by ",
    "Use the providers of two clusters for consul_peering and consul_peering_token.",
];
/// Added if it is uncertain whether both are on one cluster.
pub const LIKELY: &str = ", whose provider has the same expressions and may lead to the same cluster";
pub const TOKEN_REUSED: Text = [
    "peering_token",
    "token_reused",
    "A token works once, and this one is also used by ",
    "Use another consul_peering_token for each consul_peering.",
];

pub fn error([field, rule, message, fix]: &Text) -> Finding {
    Finding::error(field, rule, message, fix)
}

pub fn warning([field, rule, message, fix]: &Text) -> Finding {
    Finding::warning(field, rule, message, fix)
}
