//! `plan`, `connect`, `rotate` and `disconnect`: what the package does with a pair.

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

/// Does the work of a call on a pair; an error comes with what the pair leaves behind.
async fn on_pair<H: Host, T>(
    call: &Rc<Call<H>>,
    [acceptor, dialer]: [Member<H>; 2],
    work: impl AsyncFnOnce(&mut Pair<H>) -> Outcome<H, T>,
) -> Outcome<H, T> {
    for member in [&acceptor, &dialer] {
        for finding in &member.warnings {
            call.warn(&member.location(), finding, member.cluster.secrets());
        }
    }
    let mut pair = Pair::new(call, acceptor, dialer);
    work(&mut pair).await.map_err(|error| pair.complete(error))
}

/// `plan`: what connect would do. Changes nothing.
pub async fn plan<H: Host>(call: &Rc<Call<H>>, members: [Member<H>; 2]) -> Outcome<H, Plan> {
    on_pair(call, members, async |pair| {
        pair.survey(call).await?;
        pair.plan_or_fail()
    })
    .await
}

/// `connect`: both peerings, ACTIVE and linked with each other.
pub async fn connect<H: Host>(call: &Rc<Call<H>>, members: [Member<H>; 2]) -> Outcome<H, Linked<H::Value>> {
    on_pair(call, members, async |pair| link(call, pair, None).await).await
}

/// `rotate`, as a dry run: what it would do. Changes nothing.
pub async fn plan_rotation<H: Host>(call: &Rc<Call<H>>, members: [Member<H>; 2]) -> Outcome<H, Plan> {
    on_pair(call, members, async |pair| {
        pair.survey(call).await?;
        pair.rotation()
    })
    .await
}

/// `rotate`: as connect, with a new token for a pair that is linked.
pub async fn rotate<H: Host>(call: &Rc<Call<H>>, members: [Member<H>; 2]) -> Outcome<H, Linked<H::Value>> {
    on_pair(call, members, async |pair| {
        pair.survey(call).await?;
        let plan = pair.rotation()?;
        let accepting = if plan.reversed { Role::Dialer } else { Role::Acceptor };
        renew(call, pair, accepting, None).await?;
        // The dialer has the meta now that was asked for.
        pair.members[if plan.reversed { 0 } else { 1 }].meta = None;
        let linked = link(call, pair, None).await?;
        Ok(Linked { changed: true, ..linked })
    })
    .await
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
    members: [Member<H>; 2],
    DisconnectOptions { force, dry_run }: DisconnectOptions,
) -> Outcome<H, Disconnected<H::Value>> {
    on_pair(call, members, async |pair| {
        pair.survey(call).await?;
        if !force {
            let [a, b] = pair.sides();
            plan::disconnect(&a, &b).map_err(|conflict| pair.conflict(conflict))?;
        }
        if dry_run {
            let [a, b] = pair.members.each_ref().map(Member::object);
            return Ok(Disconnected { a, b });
        }
        // Each waits until its own side is gone; that one fails is no reason to leave the other half done.
        let [a, b] = &pair.members;
        let outcome = match join(delete_half(call, pair, a, b), delete_half(call, pair, b, a)).await {
            (Ok(a), Ok(b)) => Ok(Disconnected { a, b }),
            (Err(failed), other) | (other, Err(failed)) => {
                if let Err(error) = other {
                    error.left_behind.iter().for_each(|left| pair.leftovers.keep(left.clone()));
                }
                Err(failed)
            }
        };
        if outcome.is_ok() {
            pair.leftovers.clear();
        }
        outcome
    })
    .await
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
