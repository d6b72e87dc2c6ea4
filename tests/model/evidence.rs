//! Verifies the code of an error by the responses that the call has received.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::State;
use consul_peering::operations::error::Error;
use consul_peering::simulator::host::Data;

use crate::history::{Op, Planned};
use crate::log::{Failure, Rule};
use crate::perform::Running;
use crate::watching::FIRST_VALUE_MS;

pub fn verify_error(running: &Running, call: usize, planned: &Planned, error: &Error<Data>) {
    if error.thrown.is_some() {
        return;
    }
    let log = &running.log;
    let failures = log.failures.borrow();
    let observed = log.peering_reads.borrow();
    let answered = |is: &dyn Fn(&Failure) -> bool| failures.iter().any(|failure| failure.call == call && is(failure));
    let says = |texts: &[&str]| answered(&|failure| texts.iter().any(|text| failure.text.contains(text)));
    let has_status = |statuses: &[u16]| answered(&|failure| failure.status.is_some_and(|all| statuses.contains(&all)));
    let read = |is: &dyn Fn(&State) -> bool| {
        observed.iter().any(|observed| {
            observed.call == call && observed.peering.as_ref().is_some_and(|peering| is(&peering.state))
        })
    };
    let took = running.host.now() - running.started(call);
    let is_watch = matches!(planned.op, Op::Watch { .. });
    let timeout = u128::from(if is_watch { planned.timeout.min(FIRST_VALUE_MS) } else { planned.timeout });
    let is_true = match error.code {
        Code::Network => answered(&|failure| failure.status.is_none_or(|status| (300..400).contains(&status))),
        Code::RateLimited => has_status(&[429]),
        Code::NotReady => says(&["No cluster leader", "CA has not finished"]) || has_status(&[503]),
        Code::LeaderUnreachable | Code::ServerError => {
            answered(&|failure| failure.status.is_some_and(|all| all >= 500))
        }
        Code::TokenSpent => says(&["a new peering token must be generated"]),
        Code::Unreachable => says(&["failed to exchange peering secret", "failed to dial", "exchange"]),
        Code::TlsFailed => says(&["handshake failed", "server preface"]),
        Code::Deleting => read(&|state| *state == State::Deleting) || says(&["marked for deletion"]),
        Code::Terminated => read(&|state| *state == State::Terminated),
        Code::PermissionDenied => has_status(&[403, 401]) || says(&["\"Allow\": false"]),
        Code::AclTokenUnknown => says(&["ACL not found"]),
        Code::UnexpectedAnswer => answered(&|failure| failure.status.is_none_or(|status| status != 429)),
        Code::RoleConflict => {
            read(&|_| true) || says(&["expecting to be dialed", "already an established", "dialing mode"])
        }
        Code::PeerMismatch => read(&|_| true) || says(&["A peering already exists"]),
        Code::NotActive | Code::MetaFixed | Code::ExternalAddressesUnknown => {
            read(&|_| true) || error.code == Code::NotActive
        }
        Code::Timeout => took.as_millis() >= timeout,
        Code::Invalid => false,
        Code::Unsupported => has_status(&[404]),
        Code::SameCluster => {
            let made = log.made.borrow();
            let token = made[call].token.as_ref();
            token.is_some_and(|token| token.server_name.starts_with(&format!("server.{}.", planned.at)))
        }
        // Nothing in the model causes the other codes.
        _ => false,
    };
    if !is_true {
        let text = format!("call {call}, {:?}, fails with {} without evidence", planned.op, error.code.name());
        log.violate(Rule::ErrorsAreTrue, text);
    }
    if error.timeout.is_some() && took.as_millis() + 1 < timeout {
        log.violate(Rule::ErrorsAreTrue, format!("call {call} timed out after {took:?}: there was time left"));
    }
}
