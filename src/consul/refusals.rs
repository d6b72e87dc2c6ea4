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
        Self { text, since, code, retryable: code.retryable(), hint: None }
    }

    const fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    const fn retryable(self, retryable: bool) -> Self {
        Self { retryable, ..self }
    }
}

const BOOTSTRAP: &str = "ACLs are enabled and not set up yet: run consul acl bootstrap on this cluster first.";
const GRPC_PORT: &str =
    "Set ports { grpc_tls = 8503 } on every server of this cluster and restart them, then generate the token again.";
const GRPC_TLS: &str = "Set ports { grpc_tls = 8503 } on every server of this cluster, or enable TLS for its gRPC port (tls { grpc }), then generate the token again.";
pub const REGISTER_GATEWAY: &str = "Register a mesh gateway in this cluster, or set Peering { PeerThroughMeshGateways = false } in its mesh configuration entry, then generate the token again.";
const LEADER: &str = "This agent does not know its leader as a server: send the request to the leader itself or to another server. Compare consul members with consul operator raft list-peers on this agent: gossip must reach the leader (serf_lan port, encrypt key) under the address that raft uses (advertise_addr).";
const AGENT_TLS: &str = "This agent and its servers do not accept each other's certificates: check tls { internal_rpc } (ca_file, cert_file, key_file) on both, or send the request to a server.";
const LEADER_CHANGED: &str =
    "The leader changed during the write, which may have been applied: read the peering, then call again.";
const SERVER_LOST: &str = "The server that handled the request stopped before it answered, and may have acted: read the peering, then call again.";
const TOO_LARGE: &str = "The answer is larger than Consul's agents pass on (8 MB): send the request to a server.";
const UNDIALABLE: &str =
    "The address in the token cannot be dialed: generate the token with correct server_external_addresses.";
const RACE: &str = "Another call deleted the peering meanwhile: wait until it is gone, then call again.";

/// Most specific first. A text without a match is classified by its status.
pub const REFUSALS: &[KnownRefusal] = &[
    KnownRefusal::new("ACL system must be bootstrapped", "1.13", Code::AclTokenUnknown).hint(BOOTSTRAP),
    KnownRefusal::new("ACL not found", "1.13", Code::AclTokenUnknown),
    KnownRefusal::new("Cannot resolve root ACL", "1.13", Code::AclTokenUnknown),
    KnownRefusal::new("Permission denied", "1.13", Code::PermissionDenied),
    KnownRefusal::new("Access is restricted", "1.13", Code::WritesRestricted),
    KnownRefusal::new("Endpoint is blocked by agent configuration", "1.13", Code::EndpointBlocked),
    KnownRefusal::new("a new peering token must be generated", "1.14", Code::TokenSpent),
    KnownRefusal::new("failed to dial peer", "1.14", Code::Unreachable).hint(UNDIALABLE).retryable(false),
    KnownRefusal::new("cannot create a peering within the same", "1.13", Code::SameCluster),
    KnownRefusal::new("conflict - peering token's server name matches", "1.13", Code::SameCluster),
    KnownRefusal::new("existing peering expecting to be dialed", "1.13", Code::RoleConflict),
    KnownRefusal::new("already an established peering", "1.13", Code::RoleConflict),
    KnownRefusal::new("Cannot switch peering dialing mode", "1.13.2", Code::RoleConflict),
    KnownRefusal::new("A peering already exists with the name", "1.14", Code::PeerMismatch),
    KnownRefusal::new("marked for deletion", "1.13", Code::Deleting),
    KnownRefusal::new("initial addresses: peering", "1.16", Code::Deleting).hint(RACE),
    KnownRefusal::new("initial addresses: unknown peering", "1.14", Code::Deleting).hint(RACE),
    KnownRefusal::new("there is no active peering for", "1.13", Code::Terminated),
    KnownRefusal::new("peering must be enabled", "1.13", Code::PeeringDisabled),
    KnownRefusal::new("peering is disabled", "proposed", Code::PeeringDisabled),
    KnownRefusal::new("connect.enabled must be set to true", "1.13", Code::ConnectDisabled),
    KnownRefusal::new("Connect must be enabled", "1.13", Code::ConnectDisabled),
    KnownRefusal::new("a grpc bind port must be specified", "1.13", Code::ServerMisconfigured).hint(GRPC_PORT),
    KnownRefusal::new("TLS for gRPC must be enabled", "1.14", Code::ServerMisconfigured).hint(GRPC_TLS),
    KnownRefusal::new("no mesh gateway instances are registered", "1.14", Code::ServerMisconfigured)
        .hint(REGISTER_GATEWAY),
    KnownRefusal::new("failed to find Consul server for global address", "1.13", Code::LeaderUnreachable).hint(LEADER),
    KnownRefusal::new("Raft leader not found in server lookup mapping", "1.13", Code::LeaderUnreachable).hint(LEADER),
    KnownRefusal::new("Error while dialing: x509:", "1.13", Code::LeaderUnreachable).hint(AGENT_TLS),
    KnownRefusal::new("Error while dialing: tls:", "1.13", Code::LeaderUnreachable).hint(AGENT_TLS),
    KnownRefusal::new("Error while dialing: remote error: tls:", "1.13", Code::LeaderUnreachable).hint(AGENT_TLS),
    KnownRefusal::new("CA has not finished initializing", "1.13", Code::NotReady),
    KnownRefusal::new("No cluster leader", "1.13", Code::NotReady),
    // A client agent without a server: the request reached none.
    KnownRefusal::new("No known Consul servers", "1.13", Code::NotReady),
    KnownRefusal::new("resolver produced no addresses", "1.13", Code::NotReady),
    KnownRefusal::new("transport: Error while dialing", "1.13", Code::NotReady),
    KnownRefusal::new("leadership lost while committing log", "1.13", Code::ServerError).hint(LEADER_CHANGED),
    KnownRefusal::new("node is not the leader", "1.13", Code::ServerError).hint(LEADER_CHANGED),
    KnownRefusal::new("leadership transfer in progress", "1.13", Code::ServerError).hint(LEADER_CHANGED),
    KnownRefusal::new("error reading from server", "1.13", Code::ServerError).hint(SERVER_LOST),
    KnownRefusal::new("transport is closing", "1.13", Code::ServerError).hint(SERVER_LOST),
    KnownRefusal::new("received message larger than max", "1.13", Code::ServerError).hint(TOO_LARGE).retryable(false),
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

const TERMINATES: &str = "What answers there has a certificate of its own: a load balancer or proxy that terminates TLS, or another server. Pass TCP through to the accepting servers' gRPC TLS port.";
const OTHER_CLUSTER: &str = "Another Consul cluster answers there: correct the address (server_external_addresses, load balancer). If the accepting cluster was rebuilt, generate a new token on it.";
const AUTHORITY: &str = "The certificate is not of the authority in the token: the accepting cluster was rebuilt or its CA changed (generate a new token), or a proxy there terminates TLS (pass TCP through).";
const EXPIRED: &str = "Check the clocks of the servers on both sides. If they are right, the accepting servers have not exchanged their certificate: see their logs.";
const PLAINTEXT: &str = "The port there speaks no TLS: use the accepting servers' gRPC TLS port (ports { grpc_tls }, 8503 by default), not the plaintext gRPC port 8502 or the HTTP port 8500.";
const NO_H2: &str = "A proxy there terminates TLS without HTTP/2: pass TCP through, or let the proxy offer h2 in ALPN.";
const NO_NAME: &str = "The accepting servers have no certificate for peers. That passes seconds after they start; it stays while peering or Connect is disabled there, or behind a proxy that routes by TLS server name and does not know this one.";
const CLOSED: &str = "The connection opens and is closed before TLS begins: a mesh gateway or proxy without a route to the accepting servers, or a port that is not gRPC TLS (8503 by default).";
const RESET: &str = "The connection opens and is reset before TLS begins: a port that is not gRPC TLS (8300 is the servers' own RPC, 8503 the default for gRPC TLS), or a firewall or proxy that closes it.";
const HANGS: &str = "The connection opens and nothing answers: the accepting server hangs, or a firewall or proxy holds the connection.";
const TLS: &str = "Something answers there, and TLS with it fails: pass TCP through to the accepting servers' gRPC TLS port (8503 by default).";
const NO_GRPC: &str = "What answers there speaks no gRPC: pass TCP through to the accepting servers' gRPC TLS port. A token without a CA (Consul 1.13) is dialed without TLS: generate a new one.";
const DNS: &str = "The dialing cluster's servers cannot resolve the host name: correct their DNS, or generate the token with server_external_addresses that they can resolve.";
const REFUSED: &str = "Nothing at this address accepts connections from the dialing servers: check the address and the port, and that the accepting servers run. Their gRPC TLS port listens on client_addr, by default 127.0.0.1: set addresses { grpc_tls = \"0.0.0.0\" } to open it to others.";
const FAR_LEADER: &str = "The accepting cluster has no leader: retry when it has one.";
const FAR_LIMIT: &str = "The accepting cluster limits requests: retry later, or raise limits { request_limits } there.";
const OTHER_SERVICE: &str =
    "Another gRPC service answers there: correct the address (server_external_addresses, load balancer, proxy).";

/// Why an exchange of the token's secret with the accepting cluster failed, for one address. Most specific first; the
/// last two match every failed handshake and everything else.
pub const EXCHANGE_FAILURES: &[KnownRefusal] = &[
    KnownRefusal::new("certificate is valid for *.peering.*, not ", "1.14", Code::TlsFailed).hint(OTHER_CLUSTER),
    KnownRefusal::new("certificate is valid for", "1.14", Code::TlsFailed).hint(TERMINATES),
    KnownRefusal::new("certificate is not valid for any names", "1.14", Code::TlsFailed).hint(TERMINATES),
    KnownRefusal::new("certificate relies on legacy Common Name", "1.14", Code::TlsFailed).hint(TERMINATES),
    KnownRefusal::new("certificate signed by unknown authority", "1.14", Code::TlsFailed).hint(AUTHORITY),
    KnownRefusal::new("certificate has expired or is not yet valid", "1.14", Code::TlsFailed).hint(EXPIRED),
    KnownRefusal::new("first record does not look like a TLS handshake", "1.14", Code::TlsFailed).hint(PLAINTEXT),
    KnownRefusal::new("missing selected ALPN property", "1.20", Code::TlsFailed).hint(NO_H2),
    KnownRefusal::new("no application protocol", "1.14", Code::TlsFailed).hint(NO_H2),
    KnownRefusal::new("tls: unrecognized name", "1.14", Code::TlsFailed).hint(NO_NAME).retryable(true),
    KnownRefusal::new("handshake failed: EOF", "1.14", Code::TlsFailed).hint(CLOSED),
    KnownRefusal::new("connection reset by peer", "1.14", Code::TlsFailed).hint(RESET),
    KnownRefusal::new("handshake failed: context deadline exceeded", "1.14", Code::Unreachable).hint(HANGS),
    KnownRefusal::new("authentication handshake failed", "1.14", Code::TlsFailed).hint(TLS),
    KnownRefusal::new("error reading server preface", "1.13", Code::TlsFailed).hint(NO_GRPC),
    KnownRefusal::new("no such host", "1.14", Code::Unreachable).hint(DNS).retryable(false),
    KnownRefusal::new("server misbehaving", "1.14", Code::Unreachable).hint(DNS),
    KnownRefusal::new("connection refused", "1.14", Code::Unreachable).hint(REFUSED),
    KnownRefusal::new("No cluster leader", "1.14", Code::Unreachable).hint(FAR_LEADER),
    KnownRefusal::new("rate limit exceeded", "1.14", Code::Unreachable).hint(FAR_LIMIT),
    KnownRefusal::new("unknown service", "1.14", Code::Unreachable).hint(OTHER_SERVICE).retryable(false),
    KnownRefusal::new("", "1.13", Code::Unreachable),
];
