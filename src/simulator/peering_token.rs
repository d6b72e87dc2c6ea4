//! Encodes and decodes peering tokens, with Consul's validation.

use serde::Serialize;

use super::certificate::check_certificate;
use super::cluster::Cluster;
use super::go::{decode_base64, encode_base64, split_host_port};
use super::json::read_whole;
use super::response::{Refusal, compact, refuse};
use super::unmarshal::{Field, Unmarshal, unmarshal};

/// The cluster that generated the token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Remote {
    pub partition: String,
    pub datacenter: String,
}

/// A decoded token.
#[derive(Clone, Debug, Default)]
pub struct PeeringToken {
    pub authorities: Option<Vec<String>>,
    pub manual: Option<Vec<String>>,
    pub automatic: Option<Vec<String>>,
    pub server_name: String,
    pub peer_id: String,
    pub secret: String,
    pub remote: Remote,
}

impl Unmarshal for PeeringToken {
    fn field(&mut self, name: &str) -> Option<(&'static str, Field<'_>)> {
        Some(match name {
            "ca" => ("CA", Field::Texts(&mut self.authorities)),
            "manualserveraddresses" => ("ManualServerAddresses", Field::Texts(&mut self.manual)),
            "serveraddresses" => ("ServerAddresses", Field::Texts(&mut self.automatic)),
            "servername" => ("ServerName", Field::Text(&mut self.server_name)),
            "peerid" => ("PeerID", Field::Text(&mut self.peer_id)),
            "establishmentsecret" => ("EstablishmentSecret", Field::Text(&mut self.secret)),
            "remote" => ("Remote", Field::Struct("structs.PeeringTokenRemote", &mut self.remote)),
            _ => return None,
        })
    }
}

impl Unmarshal for Remote {
    fn field(&mut self, name: &str) -> Option<(&'static str, Field<'_>)> {
        match name {
            "partition" => Some(("Partition", Field::Text(&mut self.partition))),
            "datacenter" => Some(("Datacenter", Field::Text(&mut self.datacenter))),
            _ => None,
        }
    }
}

impl PeeringToken {
    /// Decodes and validates a token.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let bytes = decode_base64(text).map_err(|error| refuse(500, format!("failed to decode token: {error}")))?;
        let mut token = Self::default();
        read_whole(&bytes)
            .and_then(|value| unmarshal(value, "structs.PeeringToken", false, &mut token))
            .map_err(|error| refuse(500, error))?;
        token.check()?;
        Ok(token)
    }

    fn check(&self) -> Result<(), Refusal> {
        let authorities = self.authorities.as_deref().unwrap_or_default();
        for pem in authorities {
            check_certificate(pem)?;
        }
        let addresses = || self.manual.iter().chain(&self.automatic).flatten();
        if addresses().next().is_none() {
            return Err(refuse(500, "peering token server addresses value is empty"));
        }
        if let Some(address) = addresses().find(|address| !is_server_address(address)) {
            return Err(refuse(500, format!("{address} is not a valid peering server address")));
        }
        if !authorities.is_empty() && self.server_name.is_empty() {
            return Err(refuse(500, "peering token server name value is empty"));
        }
        if self.peer_id.is_empty() {
            return Err(refuse(500, "peering token peer ID value is empty"));
        }
        Ok(())
    }
}

fn is_server_address(address: &str) -> bool {
    let port = split_host_port(address).map_or("", |(_, port)| port);
    port_number(port).is_some_and(|number| (1..=65_535).contains(&number))
}

/// Parses a port like Go: a sign and leading zeros are allowed.
pub fn port_number(port: &str) -> Option<i128> {
    port.parse().ok()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written<'a> {
    #[serde(rename = "CA")]
    authorities: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    manual_server_addresses: Option<Option<&'a [String]>>,
    server_addresses: &'a [String],
    server_name: &'a str,
    #[serde(rename = "PeerID")]
    peer_id: &'a str,
    establishment_secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<WrittenRemote<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenRemote<'a> {
    partition: &'a str,
    datacenter: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    locality: Option<()>,
}

/// Encodes the token of an acceptor. `external`: the external addresses of the request.
pub fn write(cluster: &Cluster, peer_id: &str, secret: &str, external: &[String]) -> String {
    let version = &cluster.version;
    let automatic = cluster.peer_addresses();
    let external = (!external.is_empty()).then_some(external);
    let added = version.has_manual_addresses();
    let token = Written {
        authorities: [&cluster.authority.pem],
        manual_server_addresses: added.then_some(external),
        server_addresses: external.filter(|_| !added).unwrap_or(&automatic),
        server_name: &cluster.server_name,
        peer_id,
        establishment_secret: secret,
        remote: version.has_remote().then_some(WrittenRemote {
            partition: "",
            datacenter: &cluster.datacenter,
            locality: version.has_locality().then_some(()),
        }),
    };
    encode_base64(compact(&token).as_bytes())
}
