//! Whether two sides may be deleted as a pair.

use super::{Conflict, conflict};
use crate::consul::code::Code;
use crate::consul::peering::{Role, State};
use crate::decide::side::{Proof, Side, links, used_by};

/// Whether both sides may be deleted as this pair: what stands is proven to be of it, or was never linked. Two sides of
/// which one is gone already are finished.
pub fn disconnect(a: &Side, b: &Side) -> Result<(), Conflict> {
    for (on, side, other) in [(Role::Acceptor, a, b), (Role::Dialer, b, a)] {
        let Some(standing) = &side.standing else { continue };
        let of_this_pair = match standing.role {
            _ if standing.state == State::Deleting || links(a, b) || links(b, a) => true,
            Role::Dialer => {
                let theirs = other.identity.server_name();
                let of_that_cluster = theirs.is_some() && standing.server_name == theirs;
                standing.state == State::Pending || (of_that_cluster && other.rival.is_none())
            }
            Role::Acceptor => {
                let unused = side.dialled_by.is_empty();
                other.rival.is_none() && (unused || used_by(side, &other.identity) == Proof::This)
            }
        };
        if !of_this_pair {
            let why = format!(
                "\"{}\", {}, is not proven to be linked with this pair's other side",
                side.name,
                standing.role.with_article()
            );
            return Err(conflict(on, Code::PeerMismatch, why).or_rebuilt(standing, side, &other.identity));
        }
    }
    Ok(())
}
