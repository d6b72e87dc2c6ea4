//! Why a call failed: one code, one meaning.

use crate::codes::codes;

codes! {
    /// The codes of `PeeringError`, in the order of the documentation.
    Code {
        Invalid = "invalid",
        PermissionDenied = "permission_denied",
        AclTokenUnknown = "acl_token_unknown",
        TokenSpent = "token_spent",
        SameCluster = "same_cluster",
        PeerMismatch = "peer_mismatch",
        RoleConflict = "role_conflict",
        Deleting = "deleting",
        Terminated = "terminated",
        NotActive = "not_active",
        Unreachable = "unreachable",
        TlsFailed = "tls_failed",
        MetaFixed = "meta_fixed",
        ExternalAddressesUnknown = "external_addresses_unknown",
        PeeringDisabled = "peering_disabled",
        ConnectDisabled = "connect_disabled",
        ServerMisconfigured = "server_misconfigured",
        NotReady = "not_ready",
        LeaderUnreachable = "leader_unreachable",
        PartitionUnsupported = "partition_unsupported",
        WrongDatacenter = "wrong_datacenter",
        EndpointBlocked = "endpoint_blocked",
        WritesRestricted = "writes_restricted",
        RateLimited = "rate_limited",
        Unsupported = "unsupported",
        Network = "network",
        Timeout = "timeout",
        UnexpectedAnswer = "unexpected_answer",
        ServerError = "server_error",
    }
}

impl Code {
    /// What to do next, unless a refusal has its own hint.
    pub const fn hint(self) -> &'static str {
        match self {
            Code::Invalid => "Correct these and repeat the call; nothing was changed.",
            Code::PermissionDenied => {
                "Use an ACL token with peering = \"read\" to read and peering = \"write\" to change."
            }
            Code::AclTokenUnknown => "Check that the ACL token belongs to this cluster and still exists.",
            Code::TokenSpent => {
                "A peering token works once, and a newer one replaces it: generate a new one on the accepting cluster and establish again."
            }
            Code::SameCluster => {
                "The two sides of a peering are different clusters: use the token on another one, or pass two clusters. Export between partitions without peering: see exported-services."
            }
            Code::PeerMismatch => {
                "Choose another name, or delete the existing peering first (the replace option does both)."
            }
            Code::RoleConflict => {
                "Choose another name, or delete the existing peering first (the replace option does both)."
            }
            Code::Deleting => "Wait until it is deleted, then retry; deleting takes a second at most.",
            Code::Terminated => {
                "The other side has deleted its peering: delete this one too and recreate it (the replace option does both)."
            }
            Code::NotActive => {
                "If the other cluster's servers are down, the peering recovers once they are back; otherwise delete the peering on both sides, generate a new token and establish again."
            }
            Code::Unreachable => {
                "Let the dialing servers connect to the token's addresses (firewall, routing), or generate the token with server_external_addresses that they can reach."
            }
            Code::TlsFailed => {
                "Pass TCP through to the accepting servers' gRPC TLS port (8503 by default): no proxy in between may terminate TLS."
            }
            Code::MetaFixed => {
                "Consul cannot change an acceptor's meta: leave meta out, or delete and recreate the peering."
            }
            Code::ExternalAddressesUnknown => {
                "Pass server_external_addresses again, or [] if there are none: a new token drops them, and the peering would break at its next reconnect."
            }
            Code::PeeringDisabled => "Set peering { enabled = true } on every agent of this cluster.",
            Code::ConnectDisabled => "Set connect { enabled = true } on this cluster's servers.",
            Code::ServerMisconfigured => {
                "Correct the setting that Consul names on this cluster's servers, then call again."
            }
            Code::NotReady => "The servers have no leader or no CA yet: retry in a moment.",
            Code::LeaderUnreachable => {
                "This agent cannot reach its cluster's leader: send the request to the leader itself or to another server."
            }
            Code::PartitionUnsupported => {
                "This Consul is the community edition, which has no partitions: leave partition out."
            }
            Code::WrongDatacenter => "Use the address of an agent in that datacenter, or leave datacenter out.",
            Code::EndpointBlocked => "This agent blocks the path (http_config.block_endpoints): use another agent.",
            Code::WritesRestricted => {
                "This agent takes writes from certain networks only (http_config.allow_write_http_from): use another agent."
            }
            Code::RateLimited => "Consul limits requests: retry later.",
            Code::Unsupported => "Check the address and its path. Peering needs Consul 1.13 or later.",
            Code::Network => "Check the address, and that the agent runs and can be reached from here.",
            Code::Timeout => "Increase timeout (ms), or find out why this takes so long.",
            Code::UnexpectedAnswer => {
                "Check that the address is Consul's HTTP API, and that no proxy in between responds in its place."
            }
            Code::ServerError => "See the servers' logs for the cause.",
        }
    }

    /// Whether the same call may succeed later without a change, unless a refusal is more specific.
    pub const fn retryable(self) -> bool {
        match self {
            Code::Deleting
            | Code::Unreachable
            | Code::NotReady
            | Code::RateLimited
            | Code::Network
            | Code::Timeout
            | Code::ServerError => true,
            Code::Invalid
            | Code::PermissionDenied
            | Code::AclTokenUnknown
            | Code::TokenSpent
            | Code::SameCluster
            | Code::PeerMismatch
            | Code::RoleConflict
            | Code::Terminated
            | Code::NotActive
            | Code::TlsFailed
            | Code::MetaFixed
            | Code::ExternalAddressesUnknown
            | Code::PeeringDisabled
            | Code::ConnectDisabled
            | Code::ServerMisconfigured
            | Code::LeaderUnreachable
            | Code::PartitionUnsupported
            | Code::WrongDatacenter
            | Code::EndpointBlocked
            | Code::WritesRestricted
            | Code::Unsupported
            | Code::UnexpectedAnswer => false,
        }
    }

    /// Whether this failure concerns the cluster, not one peering on it.
    pub const fn is_of_cluster(self) -> bool {
        match self {
            Code::Network
            | Code::Timeout
            | Code::NotReady
            | Code::RateLimited
            | Code::ServerError
            | Code::ServerMisconfigured
            | Code::UnexpectedAnswer
            | Code::PermissionDenied
            | Code::AclTokenUnknown
            | Code::PeeringDisabled
            | Code::ConnectDisabled
            | Code::WrongDatacenter
            | Code::EndpointBlocked
            | Code::WritesRestricted
            | Code::PartitionUnsupported
            | Code::Unsupported => true,
            Code::Invalid
            | Code::TokenSpent
            | Code::SameCluster
            | Code::PeerMismatch
            | Code::RoleConflict
            | Code::Deleting
            | Code::Terminated
            | Code::NotActive
            | Code::Unreachable
            | Code::TlsFailed
            | Code::MetaFixed
            | Code::ExternalAddressesUnknown
            | Code::LeaderUnreachable => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_temporary_failures_are_retryable() {
        assert!(Code::NotReady.retryable() && Code::Network.retryable() && Code::Timeout.retryable());
        assert!(!Code::TokenSpent.retryable() && !Code::Invalid.retryable() && !Code::PermissionDenied.retryable());
    }
}
