//! Verifies a write when it is sent, against the peering that exists then.

use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::simulator::host::SimulatedHost;

use crate::history::Op;
use crate::log::{Kind, Log, Made, Rule, Token, Write, describe};

/// A call must not change a live peering unless it was requested to.
pub fn verify_write(log: &Log, host: &SimulatedHost, write: &Write, token: Option<&Token>) {
    verify_order(log, write);
    let made = log.made.borrow();
    let made = &made[write.call];
    // A call cannot notice changes between its last read and its write, so a recent read counts as well.
    let observed = log.last_read(write.call, &write.cluster, &write.name);
    let fresh = observed.filter(|read| read.answered + log.delay.get() * 4 + RESPONSE >= write.sent);
    let views = [write.before.clone()].into_iter().chain(fresh.map(|read| read.peering));
    let why: Vec<_> = views.map(|view| wrong(log, host, made, write, view.as_ref(), token)).collect();
    if why.iter().all(Option::is_some) {
        let why = why.into_iter().flatten().next().unwrap_or_default();
        let (kind, before) = (write.kind, describe(write.before.as_ref()));
        let text = format!("{:?} sent {kind:?} {why}: {}/{} is {before}", made.op, write.cluster, write.name);
        log.violate(Rule::NeverDestroyed, text);
    }
}

/// A write whose response was lost may take effect, so the call has to read before the next write.
fn verify_order(log: &Log, write: &Write) {
    let writes = log.writes.borrow();
    let is_same = |each: &&Write| each.call == write.call && each.cluster == write.cluster && each.name == write.name;
    let Some(last) = writes.iter().rev().find(is_same).filter(|last| !last.is_answered()) else { return };
    let read = log.reads.borrow().get(&(write.call, write.cluster.clone())).copied();
    if read.is_none_or(|read| read < last.sent) {
        let text = format!("{:?} {}/{} was lost, and {:?} follows", last.kind, last.cluster, last.name, write.kind);
        log.violate(Rule::SentOnce, text);
    }
}

/// The time that a simulated agent takes for a read.
const RESPONSE: std::time::Duration = std::time::Duration::from_millis(10);

/// Why a write over this record is wrong.
fn wrong(
    log: &Log,
    host: &SimulatedHost,
    made: &Made,
    write: &Write,
    record: Option<&Peering>,
    token: Option<&Token>,
) -> Option<&'static str> {
    if only_reads(made.op) {
        return Some("though it only reads");
    }
    let record = record.filter(|record| record.state != State::Deleting || write.kind == Kind::Token)?;
    let is_of_token = token.is_some_and(|token| record.peer_id.as_ref() == Some(&token.peer_id));
    match write.kind {
        Kind::Token => matches!(record.state, State::Terminated | State::Deleting).then_some("over a dead record"),
        Kind::Establish => {
            let token = token?;
            if record.role == Role::Acceptor {
                None // refused by Consul without effect
            } else if record.server_name.as_ref() != Some(&token.server_name) {
                Some("over a peering with another cluster")
            } else {
                (record.state == State::Active && !is_of_token).then_some("over a live peering with another record")
            }
        }
        Kind::Delete => wrong_deletion(log, host, made, write, record),
    }
}

fn wrong_deletion(
    log: &Log,
    host: &SimulatedHost,
    made: &Made,
    write: &Write,
    record: &Peering,
) -> Option<&'static str> {
    let is_new = record.create_index == record.modify_index && record.state == State::Pending;
    match made.op {
        Op::Delete { .. } | Op::Disconnect { force: true } => None,
        Op::Disconnect { force: false } => {
            let is_foreign =
                record.state == State::Active && is_linked(host, record, |name| ![made.at, made.other].contains(&name));
            // A third cluster may have dialed the acceptor as well; Consul accepts only one of the two. The call may
            // have deleted the other side already.
            let other = if write.cluster == made.at { made.other } else { made.at };
            let other_side = log.last_found(write.call, other, &write.cluster);
            let is_of_pair = other_side.is_some_and(|other_side| are_linked(record, &other_side));
            (is_foreign && !is_of_pair).then_some("though it is linked with another cluster")
        }
        Op::Generate { replace } => {
            let is_unfit = record.role == Role::Dialer || record.state == State::Terminated;
            (!(replace && is_unfit)).then_some("though it generates good tokens, or nothing allows to replace it")
        }
        Op::Establish { replace, .. } => {
            let token = made.token.as_ref()?;
            let is_of_token = record.peer_id.as_ref() == Some(&token.peer_id);
            let is_unfit = record.role == Role::Acceptor
                || record.server_name.as_ref() != Some(&token.server_name)
                || (record.state != State::Active && !is_of_token);
            let is_own = is_of_token && is_new;
            (!(is_own || (replace && is_unfit))).then_some("though nothing allows to replace it")
        }
        Op::Connect | Op::Rotate | Op::Mesh => {
            if record.state != State::Active {
                return None;
            }
            // Consul may not have noticed yet that the other side is gone, so the call has to have read the other side.
            let observed = log.last_read(write.call, &write.name, &write.cluster);
            let was_read_unlinked =
                observed.is_some_and(|read| read.peering.is_none_or(|other_side| !are_linked(record, &other_side)));
            if is_linked(host, record, |_| true) {
                Some("over a live peering")
            } else {
                (!was_read_unlinked).then_some("without a read of its other side")
            }
        }
        _ => Some("though it only reads"),
    }
}

/// Whether a peering is linked with one on a cluster for which `is_among` returns true. An acceptor shows only the cluster
/// whose stream is open, not others that have used one of its tokens.
fn is_linked(host: &SimulatedHost, record: &Peering, is_among: impl Fn(&str) -> bool) -> bool {
    let names: Vec<String> = host.world(|world| world.names().map(Into::into).collect());
    names
        .iter()
        .filter(|name| is_among(name))
        .flat_map(|name| host.peerings(name))
        .filter(|there| record.role == Role::Dialer || there.state == State::Active)
        .any(|there| are_linked(record, &there))
}

fn only_reads(op: Op) -> bool {
    !matches!(
        op,
        Op::Establish { .. }
            | Op::Generate { .. }
            | Op::Delete { .. }
            | Op::Connect
            | Op::Rotate
            | Op::Disconnect { .. }
            | Op::Mesh
    )
}

/// A PENDING dialer has never been connected.
pub fn are_linked(here: &Peering, there: &Peering) -> bool {
    let dials = |dialer: &Peering, acceptor: &Peering| {
        dialer.state != State::Pending && dialer.peer_id.as_ref() == Some(&acceptor.id)
    };
    dials(there, here) || dials(here, there)
}
