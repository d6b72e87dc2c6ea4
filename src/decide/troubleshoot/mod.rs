//! Why a service cannot be called through an ACTIVE peering: checks of the snapshots of one or both clusters.
//!
//! A check whose data could not be read is skipped and names the missing ACL rule; it never passes.

mod cause;
mod check;
mod datacenters;
mod exports;
mod fix;
mod gateways;
mod imports;
mod intentions;
mod mode;
mod peering;
mod peers;
pub mod rights;
mod routing;
mod services;
mod snapshot;
#[cfg(test)]
mod tests;

pub use check::{Check, CheckId, Status};
pub use gateways::is_passing;
pub use services::{Instances, ServiceAcross, may_still_arrive};
pub use snapshot::{ClustersToCheck, Found, Reading, Snapshot, Unread};

#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Troubleshooting {
    /// No check fails.
    pub ok: bool,
    pub checks: Vec<Check>,
    pub services: Vec<ServiceAcross>,
}

pub fn troubleshoot(pair: &ClustersToCheck<'_>) -> Troubleshooting {
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
    cause::keep_one_fix(pair, &mut checks);
    let services = services::across(pair, &checks);
    Troubleshooting { ok: checks.iter().all(|check| check.status != Status::Fail), checks, services }
}
