//! `plan`, `connect`, `rotate` and `disconnect`: what the package does with a pair. What a failed one leaves behind is in the
//! pair's leftovers: [`Pair::complete`] adds it to the error.

use std::rc::Rc;

use futures_util::future::join;

use super::call::{Call, Outcome};
use super::link::{Linked, delete, link};
use super::pair::{Member, Pair};
use super::renew::renew;
use crate::consul::peering::Role;
use crate::decide::leftover::Leftover;
use crate::decide::plan::{self, Plan};
use crate::host::Host;

/// `plan`: what connect would do. Changes nothing.
pub async fn plan<H: Host>(call: &Rc<Call<H>>, pair: &mut Pair<H>) -> Outcome<H, Plan> {
    pair.survey(call, None).await?;
    pair.plan().map_err(|conflict| pair.conflict(conflict))
}

/// `connect`: both peerings, ACTIVE and linked with each other.
pub async fn connect<H: Host>(call: &Rc<Call<H>>, pair: &mut Pair<H>) -> Outcome<H, Linked<H::Value>> {
    link(call, pair, None).await
}

/// `rotate`, as a dry run: what it would do. Changes nothing.
pub async fn plan_rotation<H: Host>(call: &Rc<Call<H>>, pair: &mut Pair<H>) -> Outcome<H, Plan> {
    pair.survey(call, None).await?;
    let [acceptor, dialer] = pair.sides();
    plan::rotate(&acceptor, &dialer).map_err(|conflict| pair.conflict(conflict))
}

/// `rotate`: as connect, with a new token for a pair that is linked.
pub async fn rotate<H: Host>(call: &Rc<Call<H>>, pair: &mut Pair<H>) -> Outcome<H, Linked<H::Value>> {
    let plan = plan_rotation(call, pair).await?;
    let accepting = if plan.reversed { Role::Dialer } else { Role::Acceptor };
    renew(call, pair, accepting, None).await?;
    // The dialer has the meta now that was asked for.
    pair.members[if plan.reversed { 0 } else { 1 }].meta = None;
    let linked = link(call, pair, None).await?;
    Ok(Linked { changed: true, ..linked })
}

/// What a disconnect has deleted on each side; nothing where nothing existed.
pub struct Disconnected<V> {
    pub a: Option<V>,
    pub b: Option<V>,
}

/// How to disconnect.
#[derive(Clone, Copy)]
pub struct DisconnectOptions {
    /// Delete what is not proven to be of this pair, too.
    pub force: bool,
    /// Return what would be deleted, and delete nothing.
    pub dry_run: bool,
}

/// `disconnect`: deletes both sides.
pub async fn disconnect<H: Host>(
    call: &Rc<Call<H>>,
    pair: &mut Pair<H>,
    DisconnectOptions { force, dry_run }: DisconnectOptions,
) -> Outcome<H, Disconnected<H::Value>> {
    pair.survey(call, None).await?;
    if !force {
        let [a, b] = pair.sides();
        plan::disconnect(&a, &b).map_err(|conflict| pair.conflict(conflict))?;
    }
    let [a, b] = &pair.members;
    if dry_run {
        return Ok(Disconnected { a: a.object(), b: b.object() });
    }
    // Each waits until its own side is gone; that one fails is no reason to leave the other half done.
    match join(delete_half(call, pair, a, b), delete_half(call, pair, b, a)).await {
        (Ok(a), Ok(b)) => {
            pair.leftovers.clear();
            Ok(Disconnected { a, b })
        }
        (Err(error), other) | (other, Err(error)) => {
            if let Err(other) = other {
                other.left_behind.iter().for_each(|left| pair.leftovers.keep(left.clone()));
            }
            Err(error)
        }
    }
}

/// Deletes one side; until the other is deleted too, that is a leftover.
async fn delete_half<H: Host>(
    call: &Rc<Call<H>>,
    pair: &Pair<H>,
    member: &Member<H>,
    other: &Member<H>,
) -> Outcome<H, Option<H::Value>> {
    let deleted = delete(call, member, None).await?;
    if deleted.is_some() {
        pair.leftovers.keep(member.left_behind(Leftover::one_sided(&other.peer_name)));
    }
    Ok(deleted)
}
