//! One check and its result.

use std::ops::Deref;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::codes::codes;

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
        ExportsSidecar = "exports.sidecar",
        ExportsArrived = "exports.arrived",
        ImportsInstances = "imports.instances",
        ImportsLocalName = "imports.local_name",
        IntentionsAllowed = "intentions.allowed",
        IntentionsPeers = "intentions.peers",
        RoutingPeers = "routing.peers",
        RoutingProtocol = "routing.protocol",
        DatacentersPrimary = "datacenters.primary",
    }
}

/// What a check has found, by kind. The kinds are constants of this crate, so no key is `__proto__`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Evidence(Vec<(&'static str, Vec<String>)>);

impl Evidence {
    pub fn get(&self, kind: &str) -> &[String] {
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

/// Boxed: every check returns one, and moving the whole struct would be most of its code in the module.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Check(Box<CheckDetails>);

impl Deref for Check {
    type Target = CheckDetails;
    fn deref(&self) -> &CheckDetails {
        &self.0
    }
}

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct CheckDetails {
    pub id: CheckId,
    pub status: Status,
    /// The address of the checked cluster.
    pub cluster: String,
    /// That cluster's name for the other one.
    pub peer_name: String,
    pub message: String,
    /// To be pasted: a config entry, a command, a setting. Checks that one config entry fixes have the same one.
    pub fix: Option<String>,
    /// What the commands of `fix` do, if it is commands: hosts may name clusters by other words than their addresses.
    pub repair: Option<Repair>,
    pub evidence: Evidence,
    /// The ACL rule that is missing.
    pub needs: Option<String>,
}

/// A call of `connect` or `rotate`.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Repair {
    pub command: &'static str,
    pub acceptor: NamedPeering,
    pub dialer: NamedPeering,
    /// Whether the peering of the check is deleted before.
    pub delete_first: bool,
}

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct NamedPeering {
    pub cluster: String,
    pub peer_name: String,
}

impl Check {
    pub fn new(details: CheckDetails) -> Self {
        Self(Box::new(details))
    }

    pub fn fix(mut self, fix: String) -> Self {
        self.0.fix = Some(fix);
        self
    }

    pub fn repair(mut self, (fix, repair): (String, Repair)) -> Self {
        self.0.fix = Some(fix);
        self.0.repair = Some(repair);
        self
    }

    /// Names the check with the fix instead of an own one.
    pub fn consequence_of(&mut self, cause: &str) {
        self.0.fix = None;
        self.0.repair = None;
        self.0.message.push_str(&format!("; a consequence of {cause}, which has the fix"));
    }

    pub fn needs(mut self, rule: &str) -> Self {
        self.0.needs = Some(rule.to_owned());
        self
    }

    #[inline(never)]
    pub fn evidence(mut self, kind: &'static str, found: Vec<String>) -> Self {
        self.0.evidence.0.push((kind, found));
        self
    }
}
