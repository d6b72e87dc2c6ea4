//! `plan`, `connect`, `rotate` and `disconnect`: the operations on a pair. [`Pair::complete`] adds the pair's leftovers
//! to an error.

use std::rc::Rc;

use futures_util::future::join;

use super::delete_side::delete_side;
use super::export_hint::fetch_export_hint;
use super::link::{Linked, link};
use super::new_token::exchange_new_token;
use super::{Member, Pair};
use crate::consul::peering::Role;
use crate::decide::leftover::Leftover;
use crate::decide::plan::{self, Plan};
use crate::decide::side::are_linked;
use crate::host::Host;
use crate::operations::call::{Call, Outcome};
use crate::operations::gateway_mode::note_gateway;
use crate::operations::remove::{Deletable, Removed};
use crate::rules::duration::Duration;

/// The delay before both sides are read again, after another call has changed one.
const CHANGED_READ: Duration = Duration::ms(250.0);

/// `plan`: what connect would do, or a rotation. Changes nothing.
pub async fn plan<H: Host>(call: &Rc<Call<H>>, pair: &mut Pair<H>, rotation: bool) -> Outcome<H, Plan> {
    pair.fetch(call, None).await?;
    let mut plan = planned(pair, rotation)?;
    note_gateway(call, pair, &mut plan).await;
    Ok(plan)
}

fn planned<H: Host>(pair: &Pair<H>, rotation: bool) -> Outcome<H, Plan> {
    let [acceptor, dialer] = pair.sides();
    let decide = if rotation { plan::rotate } else { plan::plan };
    decide(&acceptor, &dialer).map_err(|conflict| pair.conflict(conflict))
}

/// `connect`: both peerings, ACTIVE and linked with each other.
pub async fn connect<H: Host>(call: &Rc<Call<H>>, pair: &mut Pair<H>) -> Outcome<H, Linked<H::Value>> {
    let linked = link(call, pair, None).await?;
    Ok(Linked { next: fetch_export_hint(call, pair).await, ..linked })
}

/// `rotate`: as connect, with a new token for a pair that is linked.
pub async fn rotate<H: Host>(call: &Rc<Call<H>>, pair: &mut Pair<H>) -> Outcome<H, Linked<H::Value>> {
    pair.fetch(call, None).await?;
    let plan = planned(pair, true)?;
    let accepting = if plan.reversed { Role::Dialer } else { Role::Acceptor };
    exchange_new_token(call, pair, accepting, None).await?;
    // The dialer has the requested meta now.
    pair.members[if plan.reversed { 0 } else { 1 }].meta = None;
    Ok(Linked { changed: true, ..connect(call, pair).await? })
}

/// What a disconnect has deleted on each side; None if it did not exist.
pub struct Disconnected<V> {
    pub a: Option<V>,
    pub b: Option<V>,
}

/// How to disconnect.
#[derive(Clone, Copy)]
pub struct DisconnectOptions {
    /// Also delete what is not proven to belong to this pair.
    pub force: bool,
    /// Return what would be deleted, and delete nothing.
    pub dry_run: bool,
}

/// `disconnect`: deletes both sides. If another call writes in between, both are read and checked again.
pub async fn disconnect<H: Host>(
    call: &Rc<Call<H>>,
    pair: &mut Pair<H>,
    DisconnectOptions { force, dry_run }: DisconnectOptions,
) -> Outcome<H, Disconnected<H::Value>> {
    let mut deleted = Disconnected { a: None, b: None };
    loop {
        pair.fetch(call, None).await?;
        let sides = pair.sides();
        if !force {
            plan::disconnect(&sides[0], &sides[1]).map_err(|conflict| pair.conflict(conflict))?;
        }
        let [a, b] = &pair.members;
        if dry_run {
            return Ok(Disconnected { a: a.object(), b: b.object() });
        }
        let is_linked = are_linked(&sides[0], &sides[1]) || are_linked(&sides[1], &sides[0]);
        let deletable = |member| deletable(member, force, is_linked);
        // Each waits until its own side is gone; the failure of one does not stop the other.
        let results =
            join(delete_member(call, pair, a, b, deletable(a)), delete_member(call, pair, b, a, deletable(b))).await;
        let is_kept = matches!(results, (Ok(Removed::Kept), Ok(_)) | (Ok(_), Ok(Removed::Kept)));
        match results {
            (Ok(gone_a), Ok(gone_b)) => {
                deleted = Disconnected { a: gone_a.deleted_or(deleted.a), b: gone_b.deleted_or(deleted.b) };
            }
            (Err(mut error), _) | (_, Err(mut error)) => {
                error.left_behind.clear(); // the pair has it already
                return Err(error);
            }
        }
        if !is_kept {
            pair.leftovers.clear();
            return Ok(deleted);
        }
        call.pause(CHANGED_READ).await?;
    }
}

/// What may be deleted of one side: a link that was read is proven, whatever is written to it later.
fn deletable<H: Host>(member: &Member<H>, force: bool, is_linked: bool) -> Deletable<'_> {
    match &member.existing {
        _ if force => Deletable::Any,
        None => Deletable::Nothing,
        Some(existing) if is_linked => Deletable::Record(&existing.peering),
        Some(existing) => Deletable::Unchanged(&existing.peering),
    }
}

/// Deletes one side, which is a leftover until the other is deleted too.
async fn delete_member<H: Host>(
    call: &Rc<Call<H>>,
    pair: &Pair<H>,
    member: &Member<H>,
    other: &Member<H>,
    deletable: Deletable<'_>,
) -> Outcome<H, Removed<H::Value>> {
    let removed = delete_side(call, member, deletable, None).await;
    // The other side may take longer, and the call may be aborted before it ends.
    if let Err(error) = &removed {
        error.left_behind.iter().for_each(|left| pair.leftovers.keep(left.clone()));
    }
    let removed = removed?;
    if let Removed::Gone(Some(_)) = removed {
        pair.leftovers.keep(member.left_behind(Leftover::one_sided(&other.peer_name)));
    }
    Ok(removed)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::consul::peering::State;
    use crate::operations::fixtures::{call, host, pair, peering};

    #[test]
    fn what_of_a_side_disconnect_may_delete() {
        let host = host();
        let pair = pair(&call(&host), &host, [Some(State::Active), None]);
        let [existing, missing] = &pair.members;
        let read = peering("eu", Role::Acceptor, State::Active);
        for (is_linked, force) in [(false, false), (true, false), (false, true), (true, true)] {
            let of = |member| deletable(member, force, is_linked);
            match (force, is_linked) {
                (true, _) => assert!(matches!((of(existing), of(missing)), (Deletable::Any, Deletable::Any))),
                (false, true) => assert!(matches!(of(existing), Deletable::Record(peering) if *peering == read)),
                (false, false) => assert!(matches!(of(existing), Deletable::Unchanged(peering) if *peering == read)),
            }
            assert!(force || matches!(of(missing), Deletable::Nothing));
        }
    }
}
