//! The other cluster's certificate authorities.

use super::{Health, HealthCode, Timestamp, Value, Verdict};
use crate::rules::certificate;
use crate::rules::duration::Duration;

/// A CA that expires sooner needs attention.
const CA_SOON: Duration = Duration::ms(30.0 * 86_400_000.0);

/// One valid CA is enough: while a cluster rotates its CA, the former one is listed as well.
pub fn check(peering: &Value, now: Timestamp, health: &mut Health) {
    let pems = peering.get("peer_ca_pems").items();
    let read = |pem: &Value| certificate::read(pem.text()?);
    let Some(last) = pems.iter().filter_map(read).max_by(|a, b| a.not_after.at.total_cmp(&b.not_after.at)) else {
        return;
    };
    let end = &last.not_after.text;
    if last.expired(now) {
        let text = format!("the other cluster's CA expired at {end}: after a lost connection, none can be made");
        health.add(HealthCode::CaExpired, Verdict::Broken, text);
    } else if last.not_after.at - now < CA_SOON {
        let text = format!("the other cluster's CA expires at {end}, within 30 days: rotate it there");
        health.add(HealthCode::CaExpiresSoon, Verdict::Degraded, text);
    }
}
