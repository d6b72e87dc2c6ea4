//! Deleting one side of a pair.

use std::rc::Rc;

use super::{Existing, Member, Pair};
use crate::consul::peering::Role;
use crate::decide::leftover::Leftover;
use crate::decide::progress::StepCode;
use crate::host::Host;
use crate::operations::call::{Call, Outcome};
use crate::operations::remove::{Deletable, Removed, remove_if};

/// Deletes an acceptor that will never be ACTIVE again, and waits until it is gone. False if another call has written
/// to it since it was read.
pub async fn delete_acceptor<H: Host>(call: &Rc<Call<H>>, pair: &Pair<H>, on: Role, reason: &str) -> Outcome<H, bool> {
    let member = pair.member(on);
    let Some(Existing { peering, .. }) = &member.existing else { return Ok(false) };
    let Removed::Gone(_) = delete_side(call, member, Deletable::Unchanged(peering), Some(reason)).await? else {
        return Ok(false);
    };
    pair.leftovers.retain(|left| !(left.code.is_existing_side() && member.is_at(left)));
    pair.leftovers.keep(member.left_behind(Leftover::acceptor_deleted(&member.peer_name, &peering.state)));
    Ok(true)
}

/// Deletes the peering of one side if it is `deletable`, and waits until it is gone.
pub async fn delete_side<H: Host>(
    call: &Rc<Call<H>>,
    member: &Member<H>,
    deletable: Deletable<'_>,
    reason: Option<&str>,
) -> Outcome<H, Removed<H::Value>> {
    let name = &member.peer_name;
    if member.existing.is_some() {
        let because = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        member.step(call, StepCode::Deleting, &format!("deleting the peering \"{name}\"{because}"));
    }
    let client = member.client(call)?;
    let removed = client.within(remove_if(&client, name, deletable)).await?;
    if let (Removed::Gone(_), Some(_)) = (&removed, &member.existing) {
        member.step(call, StepCode::Deleted, &format!("peering \"{name}\" deleted"));
    }
    Ok(removed)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::new_token::exchange_new_token;
    use super::*;
    use crate::consul::peering::State;
    use crate::decide::leftover::LeftoverCode;
    use crate::operations::fixtures::{call, host, pair};

    #[test]
    fn a_deleted_acceptor_replaces_only_the_leftovers_that_meant_its_existence() {
        let host = host();
        let call = call(&host);
        let mut pair = pair(&call, &host, [None, None]);
        host.run(exchange_new_token(&call, &pair, Role::Acceptor, None)).unwrap();
        host.run(pair.fetch(&call, None)).unwrap();
        let left = |on, leftover| pair.leftovers.keep(pair.member(on).left_behind(leftover));
        left(Role::Acceptor, Leftover::acceptor_without_dialer("eu"));
        assert!(host.run(delete_acceptor(&call, &pair, Role::Acceptor, "why")).unwrap());
        assert_eq!(host.peering("us", "eu"), None);
        let left = pair.leftovers.all();
        let [us, eu] = pair.members.each_ref().map(|member| &member.cluster.address);
        let places: Vec<_> = left.iter().map(|left| (&left.cluster, left.code)).collect();
        let expected = [
            (eu, LeftoverCode::NotActive),
            (us, LeftoverCode::AcceptorWithoutDialer),
            (us, LeftoverCode::AcceptorDeleted),
        ];
        assert_eq!(places, expected);
        assert_eq!(left[2].state, Some(State::Pending));
    }
}
