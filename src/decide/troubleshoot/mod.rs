//! From an ACTIVE peering to a working call: what two clusters say, judged check by check.
//!
//! A check that could not read what it needs is skipped and names the ACL rule; it never passes.

use std::ops::Deref;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::codes::codes;
use crate::consul::answer::peers_through_gateways;
use crate::rules::identity::Identity;
use crate::rules::value::Value;

mod datacenters;
mod exports;
mod fix;
mod gateways;
mod imports;
mod intentions;
mod mode;
mod peering;
pub mod rights;
mod routing;
mod services;
#[cfg(test)]
mod tests;

pub use exports::exports_to;
pub use gateways::is_passing;
pub use services::{Instances, ServiceAcross};

codes! {
    Status {
        Pass = "pass",
        /// May be intended, or concerns other peerings.
        Warning = "warning",
        Fail = "fail",
        /// Could not be checked.
        Skipped = "skipped",
    }
}

codes! {
    CheckId {
        PeeringState = "peering.state",
        PeeringHeartbeat = "peering.heartbeat",
        PeeringOtherSide = "peering.other_side",
        PeeringRebuilt = "peering.rebuilt",
        PeeringCertificates = "peering.certificates",
        PeeringAddresses = "peering.addresses",
        PeeringAddressDrift = "peering.address_drift",
        ModeGateway = "mode.gateway",
        ModeAddresses = "mode.addresses",
        GatewaysRegistered = "gateways.registered",
        GatewaysPassing = "gateways.passing",
        GatewaysAddress = "gateways.address",
        GatewaysProxyMode = "gateways.proxy_mode",
        ExportsAny = "exports.any",
        ExportsConsumers = "exports.consumers",
        ExportsReserved = "exports.reserved",
        ExportsInstances = "exports.instances",
        ExportsArrived = "exports.arrived",
        ImportsInstances = "imports.instances",
        ImportsLocalName = "imports.local_name",
        IntentionsAllowed = "intentions.allowed",
        IntentionsPeers = "intentions.peers",
        IntentionsProtocol = "intentions.protocol",
        RoutingPeers = "routing.peers",
        RoutingProtocol = "routing.protocol",
        DatacentersPrimary = "datacenters.primary",
    }
}

/// What a check found, by kind. The kinds are this crate's own words, so that none is `__proto__`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Evidence(Vec<(&'static str, Vec<String>)>);

impl Evidence {
    fn get(&self, kind: &str) -> &[String] {
        self.0.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, found)| found)
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (kind, found) in &self.0 {
            map.serialize_entry(kind, found)?;
        }
        map.end()
    }
}

/// Behind a pointer: it is passed on by each check, and moving it is much of what a check would be in the module.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Check(Box<Judgement>);

impl Deref for Check {
    type Target = Judgement;
    fn deref(&self) -> &Judgement {
        &self.0
    }
}

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Judgement {
    pub id: CheckId,
    pub status: Status,
    /// The address of the cluster that it is about.
    pub cluster: String,
    /// What that cluster calls the other.
    pub peer_name: String,
    pub message: String,
    /// To be pasted: a config entry, a command, a setting.
    pub fix: Option<String>,
    pub evidence: Evidence,
    /// The ACL rule that is missing.
    pub needs: Option<String>,
}

impl Check {
    fn fix(mut self, fix: String) -> Self {
        self.0.fix = Some(fix);
        self
    }

    #[inline(never)]
    fn evidence(mut self, kind: &'static str, found: Vec<String>) -> Self {
        self.0.evidence.0.push((kind, found));
        self
    }
}

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Troubleshooting {
    /// No check fails.
    pub ok: bool,
    pub checks: Vec<Check>,
    pub services: Vec<ServiceAcross>,
}

impl Troubleshooting {
    /// Whether something was exported or withdrawn that may be on its way.
    pub fn may_still_arrive(&self) -> bool {
        self.checks.iter().any(|check| check.id == CheckId::ExportsArrived && check.status == Status::Fail)
    }
}

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
    pub imported: Told<Found>,
}

impl Snapshot {
    #[inline(never)]
    fn check(&self, id: CheckId, status: Status, message: &str) -> Check {
        Check(Box::new(Judgement {
            id,
            status,
            cluster: self.cluster.clone(),
            peer_name: self.peer_name.clone(),
            message: message.to_owned(),
            fix: None,
            evidence: Evidence::default(),
            needs: None,
        }))
    }

    fn pass(&self, id: CheckId, message: &str) -> Check {
        self.check(id, Status::Pass, message)
    }

    fn fail(&self, id: CheckId, message: &str) -> Check {
        self.check(id, Status::Fail, message)
    }

    #[inline(never)]
    fn skip(&self, id: CheckId, unread: &Unread) -> Check {
        match unread {
            Unread::Denied(rule) => {
                let mut check = self.check(id, Status::Skipped, "the ACL token does not give the right to read this");
                check.0.needs = Some(rule.clone());
                check
            }
            Unread::Failed(why) => self.check(id, Status::Skipped, &format!("could not be read: {why}")),
        }
    }

    /// The check, or that it is skipped.
    #[inline(never)]
    fn judge(&self, id: CheckId, judged: Result<Check, &Unread>) -> Check {
        judged.unwrap_or_else(|unread| self.skip(id, unread))
    }

    /// The services of one of the stream's lists.
    #[inline(never)]
    fn streamed(&self, key: &str) -> Result<Vec<String>, &Unread> {
        Ok(self.peering.as_ref()?.get("stream").get(key).texts())
    }

    /// What Consul offers to this peer, wildcards resolved.
    fn exported(&self) -> Result<Vec<String>, &Unread> {
        self.streamed("exported_services")
    }

    fn imports(&self) -> Result<Vec<String>, &Unread> {
        self.streamed("imported_services")
    }

    /// The services that are to be looked up: those of its own that are exported, or have the name of an imported one;
    /// and those that are imported.
    pub fn crossing(&self) -> (Vec<String>, Vec<String>) {
        let imported = self.imports().unwrap_or_default();
        let mut own = self.exported().unwrap_or_default();
        let configured = exports::configured(self).map(|(names, _)| names).unwrap_or_default();
        for name in configured.iter().chain(&imported) {
            if !own.contains(name) {
                own.push(name.clone());
            }
        }
        (own, imported)
    }

    /// Whether it peers through mesh gateways.
    fn peers_through_gateways(&self) -> Result<bool, &Unread> {
        Ok(peers_through_gateways(self.mesh.as_ref()?))
    }

    /// The protocol of a service of its own, and whether it is set for that service.
    fn protocol(&self, service: &str) -> Result<(String, bool), &Unread> {
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
    fn sides(&self) -> impl Iterator<Item = (&'a Snapshot, Option<&'a Snapshot>)> {
        [Some((self.side, self.other)), self.other.map(|other| (other, Some(self.side)))].into_iter().flatten()
    }

    /// Those of the names that are followed.
    #[inline(never)]
    fn followed(&self, mut names: Vec<String>) -> Vec<String> {
        if let Some(service) = self.service {
            names.retain(|name| name == service);
        }
        names
    }
}

pub fn troubleshoot(pair: &Pair<'_>) -> Troubleshooting {
    let mut checks = Vec::new();
    for group in [
        peering::check,
        mode::check,
        gateways::check,
        exports::check,
        imports::check,
        intentions::check,
        routing::check,
        datacenters::check,
    ] {
        group(pair, &mut checks);
    }
    let services = services::across(pair, &checks);
    Troubleshooting { ok: checks.iter().all(|check| check.status != Status::Fail), checks, services }
}

/// Whether a name is this one in another letter case, which is another name to Consul.
fn is_other_case(name: &str, of: &str) -> bool {
    name.eq_ignore_ascii_case(of) && name != of
}

/// The name among `known` that differs in letter case only.
fn in_other_case<'a>(known: &'a [String], name: &str) -> Option<&'a String> {
    known.iter().find(|known| is_other_case(known, name))
}
