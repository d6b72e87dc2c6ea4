//! Verifies the end of a call against the peerings that exist at that moment.

use std::collections::BTreeMap;
use std::time::Duration;

use consul_peering::consul::peering::{Peering, State};
use consul_peering::operations::error::Error;
use consul_peering::simulator::host::Data;

use crate::caller::cluster_of;
use crate::claims::{Claim, false_claim};
use crate::evidence::verify_error;
use crate::flaws;
use crate::history::{Op, Planned};
use crate::log::{Kind, Rule, describe};
use crate::perform::{Finished, Running};
use crate::result::verify_result;

/// The host rounds durations.
const ROUNDING: Duration = Duration::from_millis(1);

pub fn verify(running: &Running, call: usize, planned: &Planned, finished: &Finished, reported_claims: &[Claim]) {
    let log = &running.log;
    let took = running.host.now() - running.started(call);
    let limit = planned.abort_after.map_or(planned.timeout, |ms| ms.min(planned.timeout));
    if took > Duration::from_millis(limit) + ROUNDING {
        log.violate(Rule::InTime, format!("call {call}, {:?}, took {took:?} of {limit} ms", planned.op));
    }
    if log.made.borrow()[call].open > 0 {
        log.violate(Rule::EndsOnce, format!("call {call}, {:?}, has ended, and a request has not", planned.op));
    }
    for error in &finished.errors {
        verify_error(running, call, planned, error);
        for text in texts(error) {
            log.check_text(call, &text);
        }
        log.show(|| format!("{:?} call {call} fails: {}", running.host.now(), error.message("it")));
    }
    let claims = claims_of(running, finished, reported_claims);
    for claim in &claims {
        log.show(|| format!("  call {call} claims {claim:?}"));
        if let Some(why) = false_claim(running, call, claim) {
            let text = format!("call {call}, {:?}, claims {claim:?}: {why}", planned.op);
            log.violate(Rule::ClaimsAreTrue, text);
        }
    }
    let has_succeeded = finished.errors.is_empty();
    {
        let mut made = log.made.borrow_mut();
        made[call].has_succeeded = has_succeeded;
        let mut reported: Vec<_> = claims.iter().map(|claim| (claim.cluster.clone(), claim.name.clone())).collect();
        reported.extend(finished.linked.iter().cloned());
        // An aborted mesh reports its linked pairs only by the progress that both sides are ACTIVE.
        if planned.op == Op::Mesh && finished.was_aborted {
            let shown = made[call].shown.iter().filter(|(_, state)| *state == "ACTIVE");
            reported.extend(shown.map(|(place, _)| place.clone()));
        }
        made[call].reported = reported;
    }
    if has_succeeded {
        verify_result(running, call, planned, finished);
    } else {
        verify_reported(running, call, planned);
    }
}

fn texts(error: &Error<Data>) -> Vec<String> {
    let mut texts = vec![error.message("call"), error.hint().to_owned(), error.reason.clone()];
    texts.extend(error.findings.iter().flat_map(|finding| [finding.message.clone(), finding.fix.clone()]));
    texts.extend(error.left_behind.iter().flat_map(|left| [left.what.clone(), left.fix.to_string()]));
    texts.extend(error.cause.iter().map(|cause| &cause.value).chain(&error.peering).map(|value| format!("{value:?}")));
    texts
}

/// The leftovers that a call reports: in its error, or in its progress if it was aborted.
fn claims_of(running: &Running, finished: &Finished, reported_claims: &[Claim]) -> Vec<Claim> {
    let listed = finished.errors.iter().flat_map(|error| &error.left_behind).map(|left| Claim {
        cluster: cluster_of(&left.cluster).into(),
        name: left.peer_name.clone(),
        code: left.code,
        state: left.state.as_ref().map(ToString::to_string),
    });
    flaws::alter_claims(running.flaw, if finished.was_aborted { reported_claims.to_vec() } else { listed.collect() })
}

/// A failed call has to report what it has created or deleted, unless another call wrote meanwhile.
fn verify_reported(running: &Running, call: usize, planned: &Planned) {
    let reported = running.log.made.borrow()[call].reported.clone();
    let mut firsts: BTreeMap<(String, String), (Option<Peering>, bool, bool)> = BTreeMap::new();
    for write in running.log.writes.borrow().iter().filter(|write| write.call == call) {
        let place = (write.cluster.clone(), write.name.clone());
        let first = firsts.entry(place).or_insert_with(|| (write.before.clone(), false, false));
        if write.is_harmless() {
            continue;
        }
        if write.kind == Kind::Delete { first.2 = true } else { first.1 = true }
    }
    for ((cluster, name), (before, has_created, has_deleted)) in firsts {
        let is_reported = reported.iter().any(|place| place.0 == cluster && place.1 == name);
        if is_reported || running.log.is_touched(call, &cluster, &name, running.started(call)) {
            continue;
        }
        let now = running.find(&cluster, &name);
        let is_same = matches!((&before, &now), (Some(before), Some(now)) if before.is_record(now));
        let is_new = has_created && now.is_some() && !is_same;
        let was_live = before.as_ref().is_some_and(|before| before.state != State::Deleting);
        if is_new || (has_deleted && was_live && !is_same) {
            let (before, now) = (describe(before.as_ref()), describe(now.as_ref()));
            let text =
                format!("call {call}, {:?}, does not report {cluster}/{name}: {before} became {now}", planned.op);
            running.log.violate(Rule::AllIsReported, text);
        }
    }
}
