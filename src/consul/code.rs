//! Why a call failed: one code, one meaning.

/// The codes of `PeeringError`, in the order of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Invalid,
    PermissionDenied,
    AclTokenUnknown,
    TokenSpent,
    SameCluster,
    PeerMismatch,
    RoleConflict,
    Deleting,
    Terminated,
    NotActive,
    Unreachable,
    TlsFailed,
    MetaFixed,
    ExternalAddressesUnknown,
    PeeringDisabled,
    ConnectDisabled,
    ServerMisconfigured,
    NotReady,
    LeaderUnreachable,
    PartitionUnsupported,
    WrongDatacenter,
    EndpointBlocked,
    WritesRestricted,
    RateLimited,
    Unsupported,
    Network,
    Timeout,
    UnexpectedAnswer,
    ServerError,
}

impl Code {
    /// As JavaScript sees it, and what to do next where nothing more exact is known.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Code::Invalid => ("invalid", "Correct what the findings name; nothing was changed."),
            Code::PermissionDenied => (
                "permission_denied",
                "Use an ACL token with peering = \"read\" to read and peering = \"write\" to change.",
            ),
            Code::AclTokenUnknown => (
                "acl_token_unknown",
                "Consul does not know this ACL token: check which cluster it belongs to and whether it was deleted.",
            ),
            Code::TokenSpent => (
                "token_spent",
                "A peering token works once, and a newer one replaces it: generate a new one on the accepting cluster and establish again.",
            ),
            Code::SameCluster => (
                "same_cluster",
                "The token comes from this very cluster: use it on the other one. Export between partitions without peering: see exported-services.",
            ),
            Code::PeerMismatch => (
                "peer_mismatch",
                "Choose another name, or delete the existing peering first (the replace option does both).",
            ),
            Code::RoleConflict => (
                "role_conflict",
                "Choose another name, or delete the existing peering first (the replace option does both).",
            ),
            Code::Deleting => ("deleting", "Wait until it is gone, then call again; deleting takes a second at most."),
            Code::Terminated => (
                "terminated",
                "The other side has deleted its peering: delete this one too and recreate it (the replace option does both).",
            ),
            Code::NotActive => (
                "not_active",
                "Where the other cluster's servers are down, it mends by itself once they are back; otherwise delete the peering on both sides, generate a new token and establish again.",
            ),
            Code::Unreachable => (
                "unreachable",
                "Let the dialing servers connect to the token's addresses (firewall, routing), or generate the token with server_external_addresses that they can reach.",
            ),
            Code::TlsFailed => (
                "tls_failed",
                "Pass TCP through to the accepting servers' gRPC TLS port (8503 by default): no proxy in between may terminate TLS.",
            ),
            Code::MetaFixed => (
                "meta_fixed",
                "Consul cannot change an acceptor's meta: leave meta out, or delete the peering and make it anew.",
            ),
            Code::ExternalAddressesUnknown => (
                "external_addresses_unknown",
                "Name server_external_addresses again, or [] where the cluster is reached without: a new token forgets them, and the peering would break at its next reconnect.",
            ),
            Code::PeeringDisabled => {
                ("peering_disabled", "Set peering { enabled = true } on every agent of this cluster.")
            }
            Code::ConnectDisabled => ("connect_disabled", "Set connect { enabled = true } on this cluster's servers."),
            Code::ServerMisconfigured => (
                "server_misconfigured",
                "Correct the setting that Consul names on this cluster's servers, then call again.",
            ),
            Code::NotReady => ("not_ready", "The servers have no leader or no CA yet: try again in a moment."),
            Code::LeaderUnreachable => (
                "leader_unreachable",
                "This agent cannot reach its cluster's leader: send the request to the leader itself or to another server.",
            ),
            Code::PartitionUnsupported => (
                "partition_unsupported",
                "This Consul is the community edition, which has no partitions: leave partition out.",
            ),
            Code::WrongDatacenter => (
                "wrong_datacenter",
                "Give the address of an agent in the datacenter you name, or leave datacenter out.",
            ),
            Code::EndpointBlocked => {
                ("endpoint_blocked", "This agent blocks the path (http_config.block_endpoints): use another agent.")
            }
            Code::WritesRestricted => (
                "writes_restricted",
                "This agent takes writes from certain networks only (http_config.allow_write_http_from): use another agent.",
            ),
            Code::RateLimited => ("rate_limited", "Consul asks for fewer requests: try again later."),
            Code::Unsupported => (
                "unsupported",
                "Peering needs Consul 1.13 or later at this address: check the address, its path and the version.",
            ),
            Code::Network => ("network", "Check the address, and that the agent runs and can be reached from here."),
            Code::Timeout => ("timeout", "Give more time with timeout (ms), or look into why this takes so long."),
            Code::UnexpectedAnswer => (
                "unexpected_answer",
                "Check that the address is Consul's HTTP API and that no proxy in between answers for it.",
            ),
            Code::ServerError => ("server_error", "See the servers' logs for the cause."),
        }
    }

    pub const fn name(self) -> &'static str {
        self.texts().0
    }

    pub const fn hint(self) -> &'static str {
        self.texts().1
    }

    /// Whether the same call may succeed a little later with nothing changed, where no refusal is more exact.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Code::Deleting
                | Code::Unreachable
                | Code::NotReady
                | Code::RateLimited
                | Code::Network
                | Code::Timeout
                | Code::ServerError
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case_and_hints_are_sentences() {
        for code in [Code::Invalid, Code::PermissionDenied, Code::TokenSpent, Code::ServerError, Code::Network] {
            assert!(code.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!(code.hint().ends_with(['.', ')']), "{}", code.hint());
        }
        assert_eq!(Code::AclTokenUnknown.name(), "acl_token_unknown");
    }

    #[test]
    fn retrying_helps_only_where_time_does() {
        assert!(Code::NotReady.retryable() && Code::Network.retryable() && Code::Timeout.retryable());
        assert!(!Code::TokenSpent.retryable() && !Code::Invalid.retryable() && !Code::PermissionDenied.retryable());
    }
}
