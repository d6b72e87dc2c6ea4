//! From an ACTIVE peering to a working call: what two clusters say, judged check by check.
//!
//! A check that could not read what it needs is skipped and names the ACL rule; it never passes.

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
pub use services::{Instances, ServiceAcross};
pub use snapshot::{Found, Pair, Snapshot, Told, Unread};

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
