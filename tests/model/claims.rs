//! The claim of each code of `left_behind`, and its verification.

use std::time::Duration;

use consul_peering::consul::peering::{Peering, Role, State};
use consul_peering::decide::leftover::LeftoverCode;

use crate::history::Op;
use crate::log::{Ended, Kind, Write, describe};
use crate::perform::Running;

#[derive(Clone, Debug)]
pub struct Claim {
    pub cluster: String,
    pub name: String,
    pub code: LeftoverCode,
    pub state: Option<String>,
}

/// The data to verify a claim with.
struct Situation<'a> {
    running: &'a Running,
    call: usize,
    claim: &'a Claim,
    now: Option<Peering>,
    /// Whether another call has written since this call's last request.
    is_touched: bool,
    /// Whether another call has written since this call started.
    was_touched: bool,
}

/// Why a claim is false, or None if it is true.
pub fn false_claim(running: &Running, call: usize, claim: &Claim) -> Option<String> {
    let Claim { cluster, name, .. } = claim;
    let log = &running.log;
    let writes = log.writes.borrow();
    let own = writes.iter().filter(|write| write.call == call && write.cluster == *cluster && write.name == *name);
    // A failed pair of a mesh reports its last data; later reads of the list belong to other pairs.
    let is_of_mesh = log.made.borrow()[call].op == Op::Mesh && claim.code.is_resolved_when_missing();
    let observed = log.last_read(call, cluster, name).map(|read| read.sent).filter(|_| !is_of_mesh);
    let acted = own.map(|write| write.sent).chain(observed).max().unwrap_or(Duration::ZERO);
    drop(writes);
    Situation {
        running,
        call,
        claim,
        now: running.find(cluster, name),
        is_touched: log.is_touched(call, cluster, name, acted),
        was_touched: log.is_touched(call, cluster, name, running.started(call)),
    }
    .wrong()
}

impl Situation<'_> {
    fn wrong(&self) -> Option<String> {
        match self.claim.code {
            LeftoverCode::EstablishUnanswered => self.unanswered_establish(),
            LeftoverCode::TokenUnanswered => self.unanswered(Kind::Token),
            LeftoverCode::DeletionUnanswered => self.unanswered(Kind::Delete),
            LeftoverCode::DialerNotActive => self.exists(Some(Role::Dialer)),
            LeftoverCode::TokenLost | LeftoverCode::TokenUnused => self.exists(Some(Role::Acceptor)),
            LeftoverCode::Exists | LeftoverCode::NotActive => self.exists(None),
            LeftoverCode::EstablishUnread => self.refused(Kind::Establish),
            LeftoverCode::TokenUnread | LeftoverCode::SecretReplaced => self.refused(Kind::Token),
            LeftoverCode::Overwritten => self.existed_before(Kind::Establish),
            LeftoverCode::AcceptorWithoutDialer => {
                (!self.was_touched).then(|| "no other call has written to this name".to_owned())
            }
            LeftoverCode::NotDeleted => {
                let exists = self.now.as_ref().is_some_and(|now| now.state != State::Deleting);
                self.unless(exists)
            }
            LeftoverCode::Deleting => self.gone(),
            LeftoverCode::Replaced | LeftoverCode::AcceptorDeleted => {
                let replaced = self.read_in_state(self.claim.state.as_deref().unwrap_or_default());
                if replaced.is_empty() {
                    return Some("its state was different".into());
                }
                self.unless(replaced.iter().any(|replaced| self.is_gone(replaced)))
            }
            LeftoverCode::OneSided => self.gone(),
        }
    }

    fn unless(&self, is_true: bool) -> Option<String> {
        (!is_true && !self.is_touched).then(|| format!("there is {}", describe(self.now.as_ref())))
    }

    fn last(&self, kind: Kind) -> Option<(bool, Ended, Option<Peering>)> {
        self.nth_last(kind, 0)
    }

    /// 0: the last write of that kind.
    fn nth_last(&self, kind: Kind, n: usize) -> Option<(bool, Ended, Option<Peering>)> {
        let Claim { cluster, name, .. } = self.claim;
        let writes = self.running.log.writes.borrow();
        let own = writes.iter().rev().filter(|write| write.call == self.call && write.kind == kind);
        let write = own.filter(|write| write.cluster == *cluster && write.name == *name).nth(n)?;
        Some((write.is_answered(), write.ended.clone(), write.before.clone()))
    }

    fn unanswered(&self, kind: Kind) -> Option<String> {
        match self.last(kind) {
            None => Some("nothing of that kind was sent".into()),
            Some((true, ended, _)) => Some(format!("the response was {ended:?}")),
            Some(_) => None,
        }
    }

    /// A token may have been sent again, since the first response was lost.
    fn unanswered_establish(&self) -> Option<String> {
        let is_sent_again = self.nth_last(Kind::Establish, 1).is_some_and(|(is_answered, ..)| !is_answered);
        self.unanswered(Kind::Establish).filter(|_| !is_sent_again)
    }

    fn refused(&self, kind: Kind) -> Option<String> {
        match self.last(kind) {
            Some((_, Ended::Answered(300.., _), _)) => None,
            last => Some(format!("the response was {:?}", last.map(|(_, ended, _)| ended))),
        }
    }

    fn existed_before(&self, kind: Kind) -> Option<String> {
        let existed = self.last(kind).is_some_and(|(.., before)| before.is_some());
        (!existed && !self.was_touched).then(|| "nothing existed before".to_owned())
    }

    fn exists(&self, role: Option<Role>) -> Option<String> {
        let is_role = |now: &Peering| role.is_none_or(|role| role == now.role) || now.state == State::Deleting;
        // A peering that was DELETING in the last read may be gone by now.
        let Claim { cluster, name, .. } = self.claim;
        let observed = self.running.log.last_read(self.call, cluster, name).and_then(|read| read.peering);
        let may_be_gone = observed.is_some_and(|observed| observed.state == State::Deleting);
        if let Some(why) = self.unless(self.now.as_ref().map_or(may_be_gone, is_role)) {
            return Some(why);
        }
        let state = self.claim.state.as_deref()?;
        let is_known = !self.read_in_state(state).is_empty()
            || self.now.as_ref().is_some_and(|now| now.state.to_string() == state);
        (!is_known).then(|| format!("{state} was never read; there is {}", describe(self.now.as_ref())))
    }

    /// The records that the call has read in this state.
    fn read_in_state(&self, state: &str) -> Vec<Peering> {
        let Claim { cluster, name, .. } = self.claim;
        let reads = self.running.log.peering_reads.borrow();
        let own = reads.iter().filter(|read| read.call == self.call && read.cluster == *cluster && read.name == *name);
        own.filter_map(|read| read.peering.clone()).filter(|peering| peering.state.to_string() == state).collect()
    }

    /// Whether this record no longer exists, or is DELETING.
    fn is_gone(&self, record: &Peering) -> bool {
        self.now.as_ref().is_none_or(|now| now.state == State::Deleting || !record.is_record(now))
    }

    /// Whether a peering that the call has deleted is gone or DELETING; of several records, one of them.
    fn gone(&self) -> Option<String> {
        let Claim { cluster, name, .. } = self.claim;
        let writes = self.running.log.writes.borrow();
        let is_own = |write: &&Write| write.call == self.call && write.kind == Kind::Delete;
        let own = writes.iter().filter(is_own).filter(|write| write.cluster == *cluster && write.name == *name);
        let deleted: Vec<_> = own.map(|write| write.before.clone()).collect();
        drop(writes);
        // Without a deletion by this call, it was already DELETING.
        let exists = self.now.as_ref().is_some_and(|now| now.state != State::Deleting);
        // If nothing existed, another call had already deleted it.
        let is_gone = |deleted: &Option<Peering>| deleted.as_ref().is_none_or(|deleted| self.is_gone(deleted));
        self.unless(if deleted.is_empty() { !exists } else { deleted.iter().any(is_gone) })
    }
}
