//! Consul's refusals: what each text means, whether the caller may retry, and what to do. The package's own retries are in
//! `decide/retry.rs`.
//!
//! The table is complete for the requests of `request.rs`. A test compares it with `tests/recordings/source.json`,
//! which lists the texts in Consul's source.

use super::code::Code;
use crate::rules::text::cut;

/// One of Consul's texts.
pub struct KnownRefusal {
    /// The part without names and addresses; `*` matches any text between two parts.
    pub text: &'static str,
    /// The first version of Consul with this text.
    pub since: &'static str,
    pub code: Code,
    /// Reported to the caller: whether the same call can succeed later without a change.
    pub retryable: bool,
    /// What to do, if the code's own hint is too general.
    pub hint: Option<&'static str>,
    /// Whether Consul may have applied the write all the same.
    pub may_be_applied: bool,
}

impl KnownRefusal {
    /// Whether it matches a text.
    pub fn fits(&self, mut text: &str) -> bool {
        self.text.split('*').all(|part| match cut(text, part) {
            Some((_, rest)) => {
                text = rest;
                true
            }
            None => part.is_empty(),
        })
    }

    const fn new(text: &'static str, since: &'static str, code: Code) -> Self {
        Self { text, since, code, retryable: code.retryable(), hint: None, may_be_applied: false }
    }

    const fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    const fn retryable(self, retryable: bool) -> Self {
        Self { retryable, ..self }
    }

    const fn may_be_applied(self) -> Self {
        Self { may_be_applied: true, ..self }
    }
}

const HINT_BOOTSTRAP: &str = "ACLs are enabled and not set up yet: run consul acl bootstrap on this cluster first.";
const HINT_GRPC_PORT: &str =
    "Set ports { grpc_tls = 8503 } on every server of this cluster and restart them, then generate the token again.";
const HINT_GRPC_TLS: &str = "Set ports { grpc_tls = 8503 } on every server of this cluster, or enable TLS for its gRPC port (tls { grpc }), then generate the token again.";
pub const HINT_REGISTER_GATEWAY: &str = "Register a mesh gateway in this cluster, or set Peering { PeerThroughMeshGateways = false } in its mesh configuration entry, then generate the token again.";
const HINT_LEADER: &str = "This agent does not know its leader as a server: send the request to the leader itself or to another server. Compare consul members with consul operator raft list-peers on this agent: gossip must reach the leader (serf_lan port, encrypt key) under the address that raft uses (advertise_addr).";
const HINT_AGENT_TLS: &str = "This agent and its servers do not accept each other's certificates: check tls { internal_rpc } (ca_file, cert_file, key_file) on both, or send the request to a server.";
const HINT_LEADER_CHANGED: &str =
    "The leader changed during the write, which may have been applied: read the peering, then call again.";
const HINT_SERVER_LOST: &str = "The server that handled the request stopped before it responded, and may have applied it: read the peering, then call again.";
const HINT_TOO_LARGE: &str =
    "The response is larger than Consul's agents pass on (8 MB): send the request to a server.";
const HINT_UNDIALABLE: &str =
    "The address in the token cannot be dialed: generate the token with correct server_external_addresses.";
const HINT_DELETED: &str = "Another call is deleting the peering: wait until it is gone, then call again.";

/// Most specific first. A text without a match is classified by its status.
pub const REFUSALS: &[KnownRefusal] = &[
    KnownRefusal::new("ACL system must be bootstrapped", "1.13", Code::AclTokenUnknown).hint(HINT_BOOTSTRAP),
    KnownRefusal::new("ACL not found", "1.13", Code::AclTokenUnknown),
    KnownRefusal::new("Cannot resolve root ACL", "1.13", Code::AclTokenUnknown),
    KnownRefusal::new("Permission denied", "1.13", Code::PermissionDenied),
    KnownRefusal::new("Access is restricted", "1.13", Code::WritesRestricted),
    KnownRefusal::new("Endpoint is blocked by agent configuration", "1.13", Code::EndpointBlocked),
    KnownRefusal::new("a new peering token must be generated", "1.14", Code::TokenSpent),
    KnownRefusal::new("failed to dial peer", "1.14", Code::Unreachable).hint(HINT_UNDIALABLE).retryable(false),
    KnownRefusal::new("cannot create a peering within the same", "1.13", Code::SameCluster),
    KnownRefusal::new("conflict - peering token's server name matches", "1.13", Code::SameCluster),
    KnownRefusal::new("existing peering expecting to be dialed", "1.13", Code::RoleConflict),
    KnownRefusal::new("already an established peering", "1.13", Code::RoleConflict),
    KnownRefusal::new("Cannot switch peering dialing mode", "1.13.2", Code::RoleConflict),
    KnownRefusal::new("A peering already exists with the name", "1.14", Code::PeerMismatch),
    KnownRefusal::new("marked for deletion", "1.13", Code::Deleting),
    KnownRefusal::new("initial addresses: peering", "1.16", Code::Deleting).hint(HINT_DELETED),
    KnownRefusal::new("initial addresses: unknown peering", "1.14", Code::Deleting).hint(HINT_DELETED),
    KnownRefusal::new("there is no active peering for", "1.13", Code::Terminated),
    KnownRefusal::new("peering must be enabled", "1.13", Code::PeeringDisabled),
    KnownRefusal::new("peering is disabled", "proposed", Code::PeeringDisabled),
    KnownRefusal::new("connect.enabled must be set to true", "1.13", Code::ConnectDisabled),
    KnownRefusal::new("Connect must be enabled", "1.13", Code::ConnectDisabled),
    KnownRefusal::new("a grpc bind port must be specified", "1.13", Code::ServerMisconfigured).hint(HINT_GRPC_PORT),
    KnownRefusal::new("TLS for gRPC must be enabled", "1.14", Code::ServerMisconfigured).hint(HINT_GRPC_TLS),
    KnownRefusal::new("no mesh gateway instances are registered", "1.14", Code::ServerMisconfigured)
        .hint(HINT_REGISTER_GATEWAY),
    KnownRefusal::new("failed to find Consul server for global address", "1.13", Code::LeaderUnreachable)
        .hint(HINT_LEADER),
    KnownRefusal::new("Raft leader not found in server lookup mapping", "1.13", Code::LeaderUnreachable)
        .hint(HINT_LEADER),
    KnownRefusal::new("Error while dialing: x509:", "1.13", Code::LeaderUnreachable).hint(HINT_AGENT_TLS),
    KnownRefusal::new("Error while dialing: tls:", "1.13", Code::LeaderUnreachable).hint(HINT_AGENT_TLS),
    KnownRefusal::new("Error while dialing: remote error: tls:", "1.13", Code::LeaderUnreachable).hint(HINT_AGENT_TLS),
    KnownRefusal::new("CA has not finished initializing", "1.13", Code::NotReady),
    KnownRefusal::new("No cluster leader", "1.13", Code::NotReady),
    // A client agent without a server: the request reached none.
    KnownRefusal::new("No known Consul servers", "1.13", Code::NotReady),
    KnownRefusal::new("resolver produced no addresses", "1.13", Code::NotReady),
    KnownRefusal::new("transport: Error while dialing", "1.13", Code::NotReady),
    KnownRefusal::new("leadership lost while committing log", "1.13", Code::ServerError)
        .hint(HINT_LEADER_CHANGED)
        .may_be_applied(),
    KnownRefusal::new("node is not the leader", "1.13", Code::ServerError).hint(HINT_LEADER_CHANGED),
    KnownRefusal::new("leadership transfer in progress", "1.13", Code::ServerError).hint(HINT_LEADER_CHANGED),
    KnownRefusal::new("error reading from server", "1.13", Code::ServerError).hint(HINT_SERVER_LOST).may_be_applied(),
    KnownRefusal::new("transport is closing", "1.13", Code::ServerError).hint(HINT_SERVER_LOST).may_be_applied(),
    KnownRefusal::new("received message larger than max", "1.13", Code::ServerError)
        .hint(HINT_TOO_LARGE)
        .retryable(false),
    KnownRefusal::new("No path to datacenter", "1.13", Code::WrongDatacenter),
    KnownRefusal::new("Remote DC has no server currently reachable", "1.13", Code::NotReady),
    KnownRefusal::new("Partitions are a Consul Enterprise feature", "1.13", Code::PartitionUnsupported),
    KnownRefusal::new("rate limit", "1.13", Code::RateLimited),
    KnownRefusal::new("is not a valid peer name", "1.14", Code::Invalid),
    KnownRefusal::new("meta tags failed validation", "1.13", Code::Invalid),
    KnownRefusal::new("is not a valid peering server address", "1.13", Code::Invalid),
    KnownRefusal::new("failed to decode token", "1.13", Code::Invalid),
    KnownRefusal::new("peering token ", "1.13", Code::Invalid),
    KnownRefusal::new("structs.PeeringToken", "1.13", Code::Invalid),
    KnownRefusal::new("looking for beginning of value", "1.13", Code::Invalid),
    KnownRefusal::new("unexpected end of JSON input", "1.13", Code::Invalid),
];

const HINT_TLS_TERMINATED: &str = "What responds there has a certificate of its own: a load balancer or proxy that terminates TLS, or another server. Pass TCP through to the accepting servers' gRPC TLS port.";
const HINT_OTHER_CLUSTER: &str = "Another Consul cluster responds there: correct the address (server_external_addresses, load balancer). If the accepting cluster was rebuilt, generate a new token on it.";
const HINT_UNKNOWN_AUTHORITY: &str = "The certificate is not of the authority in the token: the accepting cluster was rebuilt or its CA changed (generate a new token), or a proxy there terminates TLS (pass TCP through).";
const HINT_EXPIRED: &str = "Check the clocks of the servers on both sides. If they are right, the accepting servers have not renewed their certificate: see their logs.";
const HINT_PLAINTEXT: &str = "The port there does not speak TLS: use the accepting servers' gRPC TLS port (ports { grpc_tls }, 8503 by default), not the plaintext gRPC port 8502 or the HTTP port 8500.";
const HINT_NO_H2: &str =
    "A proxy there terminates TLS without HTTP/2: pass TCP through, or let the proxy offer h2 in ALPN.";
const HINT_NO_CERTIFICATE: &str = "The accepting servers have no certificate for peers: they get one seconds after they start, but not while peering or Connect is disabled there. Or a proxy there routes by TLS server name and does not know this one.";
const HINT_CONNECTION_CLOSED: &str = "The connection opens and is closed before TLS begins: a mesh gateway or proxy without a route to the accepting servers, or a port that is not gRPC TLS (8503 by default).";
const HINT_CONNECTION_RESET: &str = "The connection opens and is reset before TLS begins: a port that is not gRPC TLS (8300 is the servers' own RPC, 8503 the default for gRPC TLS), or a firewall or proxy that closes it.";
const HINT_NO_RESPONSE: &str = "The connection opens and nothing responds: the accepting server hangs, or a firewall or proxy holds the connection.";
const HINT_TLS_FAILED: &str = "Something responds there, and TLS with it fails: pass TCP through to the accepting servers' gRPC TLS port (8503 by default).";
const HINT_NO_GRPC: &str = "What responds there does not speak gRPC: pass TCP through to the accepting servers' gRPC TLS port. A token without a CA (Consul 1.13) is dialed without TLS: generate a new one.";
const HINT_DNS: &str = "The dialing cluster's servers cannot resolve the host name: correct their DNS, or generate the token with server_external_addresses that they can resolve.";
const HINT_CONNECTION_REFUSED: &str = "Nothing at this address accepts connections from the dialing servers: check the address and the port, and that the accepting servers run. Their gRPC TLS port listens on client_addr, by default 127.0.0.1: set addresses { grpc_tls = \"0.0.0.0\" } to open it to others.";
const HINT_NO_LEADER_THERE: &str = "The accepting cluster has no leader: retry when it has one.";
const HINT_LIMITED_THERE: &str =
    "The accepting cluster limits requests: retry later, or raise limits { request_limits } there.";
const HINT_OTHER_SERVICE: &str =
    "Another gRPC service responds there: correct the address (server_external_addresses, load balancer, proxy).";

/// Why an exchange of the token's secret with the accepting cluster failed, for one address. Most specific first; the
/// last two match every failed handshake and everything else.
pub const EXCHANGE_FAILURES: &[KnownRefusal] = &[
    KnownRefusal::new("certificate is valid for *.peering.*, not ", "1.14", Code::TlsFailed).hint(HINT_OTHER_CLUSTER),
    KnownRefusal::new("certificate is valid for", "1.14", Code::TlsFailed).hint(HINT_TLS_TERMINATED),
    KnownRefusal::new("certificate is not valid for any names", "1.14", Code::TlsFailed).hint(HINT_TLS_TERMINATED),
    KnownRefusal::new("certificate relies on legacy Common Name", "1.14", Code::TlsFailed).hint(HINT_TLS_TERMINATED),
    KnownRefusal::new("certificate signed by unknown authority", "1.14", Code::TlsFailed).hint(HINT_UNKNOWN_AUTHORITY),
    KnownRefusal::new("certificate has expired or is not yet valid", "1.14", Code::TlsFailed).hint(HINT_EXPIRED),
    KnownRefusal::new("first record does not look like a TLS handshake", "1.14", Code::TlsFailed).hint(HINT_PLAINTEXT),
    KnownRefusal::new("missing selected ALPN property", "1.20", Code::TlsFailed).hint(HINT_NO_H2),
    KnownRefusal::new("no application protocol", "1.14", Code::TlsFailed).hint(HINT_NO_H2),
    KnownRefusal::new("tls: unrecognized name", "1.14", Code::TlsFailed).hint(HINT_NO_CERTIFICATE).retryable(true),
    KnownRefusal::new("handshake failed: EOF", "1.14", Code::TlsFailed).hint(HINT_CONNECTION_CLOSED),
    KnownRefusal::new("connection reset by peer", "1.14", Code::TlsFailed).hint(HINT_CONNECTION_RESET),
    KnownRefusal::new("handshake failed: context deadline exceeded", "1.14", Code::Unreachable).hint(HINT_NO_RESPONSE),
    KnownRefusal::new("authentication handshake failed", "1.14", Code::TlsFailed).hint(HINT_TLS_FAILED),
    KnownRefusal::new("error reading server preface", "1.13", Code::TlsFailed).hint(HINT_NO_GRPC),
    KnownRefusal::new("no such host", "1.14", Code::Unreachable).hint(HINT_DNS).retryable(false),
    KnownRefusal::new("server misbehaving", "1.14", Code::Unreachable).hint(HINT_DNS),
    KnownRefusal::new("connection refused", "1.14", Code::Unreachable).hint(HINT_CONNECTION_REFUSED),
    KnownRefusal::new("No cluster leader", "1.14", Code::Unreachable).hint(HINT_NO_LEADER_THERE),
    KnownRefusal::new("rate limit exceeded", "1.14", Code::Unreachable).hint(HINT_LIMITED_THERE),
    KnownRefusal::new("unknown service", "1.14", Code::Unreachable).hint(HINT_OTHER_SERVICE).retryable(false),
    KnownRefusal::new("", "1.13", Code::Unreachable),
];
