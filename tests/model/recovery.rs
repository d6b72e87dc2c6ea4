//! After all failures have ended: each peering was reported, and repeating the calls succeeds.

use consul_peering::consul::code::Code;
use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::host::Host;
use consul_peering::rules::duration::Duration;

use crate::history::{Item, Op, Planned};
use crate::log::{Kind, Rule, describe};
use crate::perform::{Finished, Running};

/// Both sides have to be ACTIVE after this time as well.
const STABLE_FOR: Duration = Duration::ms(16_000.0);
const ATTEMPTS: usize = 5;

/// Each peering that exists was reported by a call, as its result or as a leftover, or was written by a call that crashed.
pub fn everything_is_reported(running: &Running) {
    let (writes, made) = (running.log.writes.borrow(), running.log.made.borrow());
    for cluster in &running.names {
        for peering in running.host.peerings(cluster) {
            let place = ((*cluster).to_owned(), peering.name.clone());
            let is_reported = writes.iter().any(|write| {
                let made = &made[write.call];
                let is_here = write.cluster == *cluster && write.name == peering.name;
                let is_known = made.has_crashed || made.has_succeeded || made.reported.contains(&place);
                is_here && write.kind != Kind::Delete && is_known
            });
            if !is_reported {
                let text = format!("no call has reported {cluster}/{}: {}", place.1, describe(Some(&peering)));
                running.log.violate(Rule::AllIsReported, text);
            }
        }
    }
}

/// The pairs of all calls.
pub fn pairs_of(items: &[Item]) -> Vec<[&'static str; 2]> {
    let mut pairs = Vec::new();
    for item in items {
        for Planned { at, other, .. } in item.what.calls() {
            if !pairs.contains(&[*at, *other]) && !pairs.contains(&[*other, *at]) {
                pairs.push([*at, *other]);
            }
        }
    }
    pairs
}

/// Connects a pair without failures, following the documentation of the error codes. This has to succeed.
pub async fn reach(running: &Running, [at, other]: [&'static str; 2]) {
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        let Some(Finished { errors, .. }) = running.make(&Planned::new(at, other, Op::Connect)).await else { return };
        match errors.first() {
            None => {
                running.host.sleep(STABLE_FOR).await;
                let [a, b] = [running.find(at, other), running.find(other, at)];
                if let (Some(a), Some(b)) = (&a, &b)
                    && a.state == State::Active
                    && b.state == State::Active
                    && (a.peer_id.as_ref() == Some(&b.id) || b.peer_id.as_ref() == Some(&a.id))
                {
                    return;
                }
                last = format!("later there is {}, and {}", describe(a.as_ref()), describe(b.as_ref()));
                break;
            }
            Some(error) => {
                last = error.message("connect");
                let is_final = !matches!(
                    error.code,
                    Code::PeerMismatch | Code::RoleConflict | Code::NotActive | Code::Terminated | Code::Deleting
                );
                if is_final {
                    break;
                }
            }
        }
        let disconnect = |force| Planned::new(at, other, Op::Disconnect { force });
        let Some(disconnected) = running.make(&disconnect(false)).await else { return };
        match disconnected.errors.first() {
            Some(error) if error.code == Code::PeerMismatch => drop(running.make(&disconnect(true)).await),
            Some(error) => {
                last = error.message("disconnect");
                break;
            }
            None => {}
        }
        running.host.sleep(STABLE_FOR).await;
    }
    running.log.violate(Rule::IntentIsReached, format!("connect {at} and {other}: {last}"));
}

/// The dialer of each ACTIVE acceptor exists.
pub fn acceptors_have_dialers(running: &Running) {
    let all: Vec<_> = running.host.world(|world| world.names().map(Into::into).collect::<Vec<String>>());
    let all: Vec<_> = all.iter().flat_map(|name| running.host.peerings(name)).collect();
    let has_dialer = |acceptor: &Peering| all.iter().any(|dialer| dialer.peer_id.as_ref() == Some(&acceptor.id));
    let is_active = |peering: &&Peering| peering.role == Role::Acceptor && peering.state == State::Active;
    for acceptor in all.iter().filter(is_active).filter(|acceptor| !has_dialer(acceptor)) {
        let text = format!("in the end {} has no dialer: {}", acceptor.name, describe(Some(acceptor)));
        running.log.violate(Rule::DoneIsDone, text);
    }
}
