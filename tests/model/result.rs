//! Compares the result of a call with the peerings that exist.

use consul_peering::consul::peering::Peering;

use crate::history::{Access, Op, Planned};
use crate::log::{Rule, describe};
use crate::operation::has_meta;
use crate::perform::{Finished, Running};

/// The result of a call is true unless another call wrote meanwhile.
pub fn verify_result(running: &Running, call: usize, planned: &Planned, finished: &Finished) {
    let violate =
        |text: String| running.log.violate(Rule::DoneIsDone, format!("call {call}, {:?}: {text}", planned.op));
    let waits = matches!(planned.op, Op::Establish { wait: true, .. } | Op::Connect | Op::Rotate);
    if let Some(permissions) = finished.permissions {
        let has_acl = running.host.cluster(planned.at).options.token.is_some();
        let expected = match planned.access {
            Access::Read if has_acl => (true, false),
            Access::Anonymous | Access::Unknown if has_acl => (false, false),
            _ => (true, true),
        };
        if permissions != expected {
            violate(format!("permissions are {permissions:?}, expected {expected:?}"));
        }
    }
    for (cluster, object) in &finished.given {
        if planned.op == Op::Read {
            let observed = running.log.last_read(call, cluster, planned.other).and_then(|read| read.peering);
            let digest = |peering: Peering| (peering.id, peering.state, peering.modify_index);
            if observed.map(digest) != Peering::from_package(object).map(digest) {
                violate(format!("returned {object:?}, which it has not read"));
            }
        }
        let other = if *cluster == planned.at { planned.other } else { planned.at };
        let is_meta_requested = match planned.op {
            Op::Connect | Op::Rotate => planned.meta.is_some() && object.get("role").is_text("dialer"),
            Op::Establish { .. } => true,
            _ => false,
        };
        let is_touched = || running.log.is_touched(call, cluster, other, running.started(call));
        if is_meta_requested && !has_meta(object, planned) && !is_touched() {
            violate(format!("the meta of the peering at {cluster} is not as requested: {object:?}"));
        }
        if waits && !object.get("state").is_text("ACTIVE") {
            violate(format!("returned a peering at {cluster} that is {:?}", object.get("state").text()));
        }
    }
    if planned.op == Op::Rotate {
        let before = running.log.made.borrow()[call].secrets.clone();
        let now = running.stream_secrets(planned);
        let is_touched =
            |(cluster, name): (&str, &str)| running.log.is_touched(call, cluster, name, running.started(call));
        let by_others = [(planned.at, planned.other), (planned.other, planned.at)].into_iter().any(is_touched);
        for (place, (cluster, object)) in finished.given.iter().enumerate() {
            if object.get("role").is_text("dialer") && now[place].is_some() && now[place] == before[place] && !by_others
            {
                violate(format!("{cluster} has the secret that it had before"));
            }
        }
    }
    let gone: &[_] = match planned.op {
        Op::Delete { wait: true } => &[(planned.at, planned.other)],
        Op::Disconnect { .. } => &[(planned.at, planned.other), (planned.other, planned.at)],
        _ => &[],
    };
    for (cluster, name) in gone {
        let now = running.find(cluster, name);
        if now.is_some() && !running.log.is_touched(call, cluster, name, running.started(call)) {
            violate(format!("{cluster}/{name} is {}", describe(now.as_ref())));
        }
    }
    if let [(at, acceptor), (other, dialer)] = &*finished.given {
        let read = |object| Peering::from_package(object).expect("it is a peering");
        let (a, b) = (read(acceptor), read(dialer));
        if a.peer_id.as_ref() != Some(&b.id) && b.peer_id.as_ref() != Some(&a.id) {
            violate(format!("{at} and {other} are not linked: {}, {}", describe(Some(&a)), describe(Some(&b))));
        }
    }
}
