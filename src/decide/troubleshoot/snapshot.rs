//! What the clusters say.

use super::check::{Check, CheckId, Evidence, Judgement, Status};
use super::{exports, services::Instances};
use crate::consul::answer::peers_through_gateways;
use crate::rules::identity::Identity;
use crate::rules::value::Value;

/// Why something of a cluster is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// This ACL rule is missing.
    Denied(String),
    Failed(String),
}

pub type Told<T> = Result<T, Unread>;

/// Services by name, as the health endpoint lists them.
pub type Found = Vec<(String, Instances)>;

/// What one cluster says. Lists of config entries and intentions are Consul's own objects.
pub struct Snapshot {
    /// Its address.
    pub cluster: String,
    /// What it calls the other.
    pub peer_name: String,
    pub identity: Identity,
    /// The names of all its peerings.
    pub peers: Told<Vec<String>>,
    /// In the package's form; null where it does not exist.
    pub peering: Told<Value>,
    pub datacenters: Told<Vec<String>>,
    /// Config entries; null where one is not set.
    pub mesh: Told<Value>,
    pub proxy_defaults: Told<Value>,
    pub exports: Told<Value>,
    pub resolvers: Told<Vec<Value>>,
    pub defaults: Told<Vec<Value>>,
    pub intentions: Told<Vec<Value>>,
    /// Whether a call is allowed that no intention is about.
    pub default_allow: Told<bool>,
    /// Instances of mesh gateways, as the health endpoint lists them.
    pub gateways: Told<Vec<Value>>,
    /// Where its servers accept peers, `host:port`.
    pub servers: Told<Vec<String>>,
    /// Services of its own, and imported ones, as far as they were asked about.
    pub local: Told<Found>,
    /// Of the exported ones, those with a sidecar proxy, and Connect-native ones.
    pub meshed: Told<Vec<String>>,
    pub imported: Told<Found>,
}

impl Snapshot {
    #[inline(never)]
    pub fn check(&self, id: CheckId, status: Status, message: &str) -> Check {
        Check::new(Judgement {
            id,
            status,
            cluster: self.cluster.clone(),
            peer_name: self.peer_name.clone(),
            message: message.to_owned(),
            fix: None,
            evidence: Evidence::default(),
            needs: None,
        })
    }

    pub fn pass(&self, id: CheckId, message: &str) -> Check {
        self.check(id, Status::Pass, message)
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
            Unread::Failed(why) => self.check(id, Status::Skipped, &format!("could not be read: {why}")),
        }
    }

    /// The check, or that it is skipped.
    #[inline(never)]
    pub fn judge(&self, id: CheckId, judged: Result<Check, &Unread>) -> Check {
        judged.unwrap_or_else(|unread| self.skip(id, unread))
    }

    /// The services of one of the stream's lists.
    #[inline(never)]
    fn streamed(&self, key: &str) -> Result<Vec<String>, &Unread> {
        Ok(self.peering.as_ref()?.get("stream").get(key).texts())
    }

    /// What Consul offers to this peer, wildcards resolved.
    pub fn exported(&self) -> Result<Vec<String>, &Unread> {
        self.streamed("exported_services")
    }

    pub fn imports(&self) -> Result<Vec<String>, &Unread> {
        self.streamed("imported_services")
    }

    /// The services that are to be looked up: those that are exported or are to be; those of its own that are, or have the
    /// name of an imported one; and those that are imported.
    pub fn crossing(&self) -> [Vec<String>; 3] {
        let imported = self.imports().unwrap_or_default();
        let exported = exports::named(self);
        let mut own = exported.clone();
        own.extend(imported.iter().filter(|name| !exported.contains(name)).cloned());
        [exported, own, imported]
    }

    /// Whether it peers through mesh gateways.
    pub fn peers_through_gateways(&self) -> Result<bool, &Unread> {
        Ok(peers_through_gateways(self.mesh.as_ref()?))
    }

    /// The protocol of a service of its own, and whether it is set for that service.
    pub fn protocol(&self, service: &str) -> Result<(String, bool), &Unread> {
        let defaults = self.defaults.as_ref()?.iter().find(|entry| entry.get("Name").is(service));
        if let Some(protocol) = defaults.and_then(|entry| entry.get("Protocol").filled()) {
            return Ok((protocol, true));
        }
        let proxies = self.proxy_defaults.as_ref()?.get("Config").get("protocol").filled();
        Ok((proxies.unwrap_or_else(|| "tcp".into()), false))
    }
}

/// What is judged: one cluster, and the other where it was read.
pub struct Pair<'a> {
    pub side: &'a Snapshot,
    pub other: Option<&'a Snapshot>,
    /// Only this service is followed.
    pub service: Option<&'a str>,
    /// In ms since 1970.
    pub now: f64,
}

impl<'a> Pair<'a> {
    /// Each cluster, with the other one.
    pub fn sides(&self) -> impl Iterator<Item = (&'a Snapshot, Option<&'a Snapshot>)> {
        [Some((self.side, self.other)), self.other.map(|other| (other, Some(self.side)))].into_iter().flatten()
    }

    /// Those of the names that are followed.
    #[inline(never)]
    pub fn followed(&self, mut names: Vec<String>) -> Vec<String> {
        if let Some(service) = self.service {
            names.retain(|name| name == service);
        }
        names
    }
}
