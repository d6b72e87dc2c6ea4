//! The findings that read the same wherever they are made.

use crate::rules::finding::Finding;

/// Its field, its rule, what is wrong and what to do.
pub type Text = [&'static str; 4];

pub const NO_DOCUMENT: Text = [
    "document",
    "document",
    "this is not what `terraform show -json` prints of a plan or a state",
    "Give what `terraform show -json PLANFILE` prints.",
];
pub const FORMAT_VERSION: Text = [
    "format_version",
    "format_version",
    "the document's format is neither version 0 nor 1, and not known here",
    "Update consul-peering.",
];
pub const ERRORED: Text = [
    "errored",
    "errored",
    "the plan ended in an error, so what it holds is not what would be done",
    "Plan again, until it succeeds.",
];
pub const INCOMPLETE: Text = [
    "complete",
    "incomplete",
    "the plan leaves something out (-target, or a deferred change), which was not checked",
    "Plan again when it is applied.",
];
pub const PEERING_REPLACED: Text = [
    "actions",
    "replaced",
    "replacing deletes the live peering and cannot make it anew: its token is spent (403), and with a new one the old \
     connection's goodbye ends the new connection; both sides stay broken",
    REPLACED_FIX,
];
pub const TOKEN_REPLACED: Text = [
    "actions",
    "replaced",
    "replacing deletes the accepting side: the peering ends, its dialer turns TERMINATED, and a token made while Consul \
     still deletes is dead",
    REPLACED_FIX,
];
const REPLACED_FIX: &str = "Do not apply. Keep what stands by ignore_changes, or `terraform state rm` both sides and \
     use `consul-peering rotate`, see docs/recipes.md. For another name, destroy both sides first.";
pub const IMPORT_REPLACES: &str = "Take the import block out: Terraform cannot take over a peering that stands. Read it \
     by the data source consul_peering.";
pub const DESTROYED: Text = [
    "actions",
    "destroyed",
    "this side is to be destroyed: the peering ends, and the other side turns TERMINATED",
    "To keep it in Consul, `terraform state rm` it.",
];
pub const SAME_NAME: Text = [
    "peer_name",
    "same_name",
    "peer_name is another resource's on the same cluster: ",
    "Give each its own name, or the provider of its cluster.",
];
pub const SAME_CLUSTER: Text = [
    "peering_token",
    "same_cluster",
    "Consul refuses to peer a cluster with itself, and peering_token is of the cluster that is to use it: ",
    "Give consul_peering and consul_peering_token the providers of two clusters.",
];
pub const TOKEN_REUSED: Text = [
    "peering_token",
    "token_reused",
    "a token works once, and peering_token is another peering's too: ",
    "Give each consul_peering its own consul_peering_token.",
];

pub fn error([field, rule, message, fix]: &Text) -> Finding {
    Finding::error(field, rule, message, fix)
}

pub fn warning([field, rule, message, fix]: &Text) -> Finding {
    Finding::warning(field, rule, message, fix)
}
