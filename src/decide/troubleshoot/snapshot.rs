//! The state of the clusters, as the checks get it.

use super::check::{Check, CheckDetails, CheckId, Evidence, Status};
use super::{exports, services::Instances};
use crate::consul::response::peers_through_gateways;
use crate::rules::identity::Identity;
use crate::rules::time::Timestamp;
use crate::rules::value::Value;

/// Why a part of a snapshot is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// This ACL rule is missing.
    Denied(String),
    /// Consul left something out. This rule, without a `deny` for a part of it, shows everything.
    Filtered(String),
    Failed(String),
}

pub type Reading<T> = Result<T, Unread>;

/// Services by name, as the health endpoint lists them.
pub type Found = Vec<(String, Instances)>;

/// One cluster. Config entries and intentions are Consul's own objects.
pub struct Snapshot {
    /// Its address.
    pub cluster: String,
    /// Its name for the other cluster.
    pub peer_name: String,
    pub identity: Identity,
    /// The names of all its peerings.
    pub peers: Reading<Vec<String>>,
    /// In the package's form; null if it does not exist.
    pub peering: Reading<Value>,
    pub datacenters: Reading<Vec<String>>,
    /// Config entries; null if one is not set.
    pub mesh: Reading<Value>,
    pub proxy_defaults: Reading<Value>,
    pub exports: Reading<Value>,
    pub resolvers: Reading<Vec<Value>>,
    pub defaults: Reading<Vec<Value>>,
    pub intentions: Reading<Vec<Value>>,
    /// Whether calls without an intention are allowed.
    pub default_allow: Reading<bool>,
    /// Instances of mesh gateways, as the health endpoint lists them.
    pub gateways: Reading<Vec<Value>>,
    /// The addresses at which its servers accept peers, `host:port`.
    pub servers: Reading<Vec<String>>,
    /// Instances of local and of imported services, as far as they were read.
    pub local: Reading<Found>,
    /// Exported services with a sidecar proxy, or that are Connect-native.
    pub meshed: Reading<Vec<String>>,
    pub imported: Reading<Found>,
}

impl Snapshot {
    #[inline(never)]
    pub fn check(&self, id: CheckId, status: Status, message: &str) -> Check {
        Check::new(CheckDetails {
            id,
            status,
            cluster: self.cluster.clone(),
            peer_name: self.peer_name.clone(),
            message: message.to_owned(),
            fix: None,
            repair: None,
            evidence: Evidence::default(),
            needs: None,
        })
    }

    pub fn pass(&self, id: CheckId, message: &str) -> Check {
        self.check(id, Status::Pass, message)
    }

    /// A pass, because there is nothing to check.
    #[inline(never)]
    pub fn not_applicable(&self, id: CheckId, why: &str) -> Check {
        self.pass(id, &format!("not applicable: {why}"))
    }

    pub fn fail(&self, id: CheckId, message: &str) -> Check {
        self.check(id, Status::Fail, message)
    }

    #[inline(never)]
    pub fn skip(&self, id: CheckId, unread: &Unread) -> Check {
        match unread {
            Unread::Denied(rule) => {
                self.check(id, Status::Skipped, "the ACL token does not give the right to read this").needs(rule)
            }
            Unread::Filtered(rule) => {
                self.check(id, Status::Skipped, "a rule of the ACL token hides a part of this").needs(rule)
            }
            Unread::Failed(why) => self.check(id, Status::Skipped, &format!("could not be read: {why}")),
        }
    }

    /// The check, or a skipped one if it could not be made.
    #[inline(never)]
    pub fn check_or_skip(&self, id: CheckId, result: Result<Check, &Unread>) -> Check {
        result.unwrap_or_else(|unread| self.skip(id, unread))
    }

    /// One of the stream's lists of services.
    #[inline(never)]
    fn streamed(&self, key: &str) -> Result<Vec<String>, &Unread> {
        Ok(self.peering.as_ref()?.get("stream").get(key).texts())
    }

    /// The services that Consul exports to this peer, with wildcards resolved.
    pub fn exported(&self) -> Result<Vec<String>, &Unread> {
        self.streamed("exported_services")
    }

    pub fn imports(&self) -> Result<Vec<String>, &Unread> {
        self.streamed("imported_services")
    }

    /// The services whose instances are read: the exported ones, including those only configured; local ones, which are these
    /// and those with the name of an imported one; and the imported ones.
    pub fn crossing(&self) -> [Vec<String>; 3] {
        let imported = self.imports().unwrap_or_default();
        let exported = exports::named(self);
        let mut own = exported.clone();
        own.extend(imported.iter().filter(|name| !exported.contains(name)).cloned());
        [exported, own, imported]
    }

    /// Whether its servers peer through mesh gateways.
    pub fn peers_through_gateways(&self) -> Result<bool, &Unread> {
        Ok(peers_through_gateways(self.mesh.as_ref()?))
    }

    /// The protocol of a local service, and whether it is set for that service.
    pub fn protocol(&self, service: &str) -> Result<(String, bool), &Unread> {
        let defaults = self.defaults.as_ref()?.iter().find(|entry| entry.get("Name").is_text(service));
        if let Some(protocol) = defaults.and_then(|entry| entry.get("Protocol").non_empty_text()) {
            return Ok((protocol, true));
        }
        let proxies = self.proxy_defaults.as_ref()?.get("Config").get("protocol").non_empty_text();
        Ok((proxies.unwrap_or_else(|| "tcp".into()), false))
    }
}

/// The clusters to check: one, and the other if it was read.
pub struct ClustersToCheck<'a> {
    pub side: &'a Snapshot,
    pub other: Option<&'a Snapshot>,
    /// Check only this service.
    pub service: Option<&'a str>,
    pub now: Timestamp,
}

impl<'a> ClustersToCheck<'a> {
    /// Each cluster, with the other one.
    pub fn sides(&self) -> impl Iterator<Item = (&'a Snapshot, Option<&'a Snapshot>)> {
        [Some((self.side, self.other)), self.other.map(|other| (other, Some(self.side)))].into_iter().flatten()
    }

    /// Whether an entry with this name is for a service to check. A wildcard is for all.
    #[inline(never)]
    pub fn concerns(&self, name: &Value) -> bool {
        self.service.is_none_or(|service| name.is_text(service) || name.is_text("*"))
    }

    /// The names of the services to check.
    #[inline(never)]
    pub fn followed(&self, mut names: Vec<String>) -> Vec<String> {
        if let Some(service) = self.service {
            names.retain(|name| name == service);
        }
        names
    }
}
