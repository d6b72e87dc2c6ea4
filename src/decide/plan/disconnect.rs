//! Whether two sides may be deleted as a pair.

use super::{Conflict, conflict};
use crate::consul::code::Code;
use crate::consul::peering::{Peering, Role, State};
use crate::decide::side::{Side, Usage, are_linked, usage_by};

/// Whether both sides may be deleted as this pair: each existing peering is proven to belong to it, or was never
/// linked. A pair of which one side is gone is complete.
pub fn disconnect(a: &Side, b: &Side) -> Result<(), Conflict> {
    for (on, side, other) in [(Role::Acceptor, a, b), (Role::Dialer, b, a)] {
        let Some(existing) = &side.existing else { continue };
        let of_this_pair = match existing.role {
            _ if existing.state == State::Deleting || are_linked(a, b) || are_linked(b, a) => true,
            Role::Dialer => {
                let expected = other.identity.server_name();
                let of_that_cluster = expected.is_some() && existing.server_name == expected;
                existing.state == State::Pending || (of_that_cluster && other.conflicting.is_none())
            }
            Role::Acceptor => {
                // The CA of a dialer arrives a moment after its stream is open.
                let unused = side.dialed_by.is_empty() && existing.state != State::Active;
                other.conflicting.is_none() && (unused || usage_by(side, &other.identity) == Usage::This)
            }
        };
        if !of_this_pair {
            let why = not_of_pair(side, other);
            return Err(conflict(on, Code::PeerMismatch, why).or_rebuilt(existing, side, &other.identity));
        }
    }
    Ok(())
}

/// What the peering of `side` is linked with in place of the other side's, as far as it is known.
fn not_of_pair(side: &Side, other: &Side) -> String {
    let (name, wanted) = (&side.name, &other.name);
    if let Some(linked_with) = &other.conflicting {
        return format!("\"{name}\" is linked with \"{linked_with}\" on the other cluster, not with \"{wanted}\"");
    }
    let linked_with = match (&side.existing, usage_by(side, &other.identity)) {
        (Some(Peering { server_name: Some(server_name), .. }), _) => Some(server_name.clone()),
        (_, Usage::Other(who)) => Some(who),
        _ => None,
    };
    let is_other = |linked_with: &String| other.identity.server_name().as_ref() != Some(linked_with);
    match linked_with.filter(is_other) {
        Some(linked_with) => format!("\"{name}\" is linked with another cluster ({linked_with})"),
        None => format!("the remote cluster of \"{name}\" cannot be determined"),
    }
}
