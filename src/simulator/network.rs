//! The network between the servers of the clusters.

use super::World;
use super::cluster::Outage;
use super::go::split_host_port;
use super::peering_token::port_number;

impl World {
    /// Connects to an address with a TLS server name. Returns the cluster, or gRPC's error.
    pub(super) fn reach(&self, address: &str, server_name: &str, authorities: &[String]) -> Result<usize, String> {
        let unavailable =
            |why: String| Err(format!("rpc error: code = Unavailable desc = connection error: desc = \"{why}\""));
        let found = self.reachable.get(address).copied();
        let Some(cluster_index) =
            found.filter(|cluster_index| self.clusters[*cluster_index].outage != Some(Outage::Down))
        else {
            return unavailable(format!("transport: Error while dialing: {}", no_connection(address)));
        };
        let cluster = &self.clusters[cluster_index];
        let failed = |why: &str| unavailable(format!("transport: authentication handshake failed: {why}"));
        let unverified = |why: String| failed(&format!("tls: failed to verify certificate: x509: {why}"));
        if authorities.is_empty() {
            return unavailable("error reading server preface: EOF".into()); // the server requires TLS
        }
        if !cluster.given.peering {
            return failed("remote error: tls: unrecognized name"); // no certificate for peering
        }
        if server_name != cluster.server_name {
            return unverified(format!("certificate is valid for {}, not {server_name}", cluster.server_name));
        }
        let is_signer = |known: &String| *known == cluster.authority.pem || cluster.former_authorities.contains(known);
        if !authorities.iter().any(is_signer) {
            return unverified("certificate signed by unknown authority".into());
        }
        Ok(cluster_index)
    }
}

/// Go's error for an address without a server.
fn no_connection(address: &str) -> String {
    let (host, port) = split_host_port(address).unwrap_or((address, ""));
    let is_ip = host.contains(':') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !is_ip {
        return format!("dial tcp: lookup {host}: no such host");
    }
    let shown = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    format!("dial tcp {shown}:{}: connect: connection refused", port_number(port).unwrap_or_default())
}
