//! `troubleshoot`: finds out why services cannot be called through a peering. Reads only.

use std::rc::Rc;

use futures_util::future::try_join;

use super::call::{Call, Outcome};
use super::pair::Member;
use crate::decide::troubleshoot::{ClustersToCheck, Troubleshooting, may_still_arrive, troubleshoot as check_all};
use crate::host::Host;
use crate::rules::duration::Duration;

mod instances;
mod read;
mod responses;

use read::read;

/// A change reaches the other side within a second. One that is missing after this never arrives.
const ARRIVES_WITHIN: Duration = Duration::ms(5_000.0);
const REREAD_EVERY: Duration = Duration::ms(500.0);

/// `troubleshoot`: reads both clusters concurrently, or the given one, and checks them. Repeats that while an export may
/// still arrive, so that all checks are of one moment.
pub async fn troubleshoot<H: Host>(
    call: &Rc<Call<H>>,
    side: &Member<H>,
    other: Option<&Member<H>>,
    service: Option<&str>,
) -> Outcome<H, Troubleshooting> {
    let began = call.now();
    loop {
        let started = call.now();
        let (here, there) = match other {
            Some(other) => {
                let (here, there) = try_join(read(call, side, service), read(call, other, service)).await?;
                (here, Some(there))
            }
            None => (read(call, side, service).await?, None),
        };
        let pair = ClustersToCheck { side: &here, other: there.as_ref(), service, now: call.wall_clock() };
        let found = check_all(&pair);
        let is_over =
            started - began >= ARRIVES_WITHIN || call.remaining() <= REREAD_EVERY + (call.now() - started) * 2.0;
        if is_over || !may_still_arrive(&pair, &found.checks) {
            return Ok(found);
        }
        call.sleep(REREAD_EVERY).await;
    }
}
