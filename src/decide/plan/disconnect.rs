//! Whether two sides may be deleted as a pair.

use super::{Conflict, conflict};
use crate::consul::code::Code;
use crate::consul::peering::{Role, State};
use crate::decide::side::{Side, Usage, links, used_by};

/// Whether both sides may be deleted as this pair: each existing peering is proven to belong to it, or was never
/// linked. A pair of which one side is gone is complete.
pub fn disconnect(a: &Side, b: &Side) -> Result<(), Conflict> {
    for (on, side, other) in [(Role::Acceptor, a, b), (Role::Dialer, b, a)] {
        let Some(existing) = &side.existing else { continue };
        let of_this_pair = match existing.role {
            _ if existing.state == State::Deleting || links(a, b) || links(b, a) => true,
            Role::Dialer => {
                let expected = other.identity.server_name();
                let of_that_cluster = expected.is_some() && existing.server_name == expected;
                existing.state == State::Pending || (of_that_cluster && other.conflicting.is_none())
            }
            Role::Acceptor => {
                // The CA of a dialer arrives a moment after its stream is open.
                let unused = side.dialed_by.is_empty() && existing.state != State::Active;
                other.conflicting.is_none() && (unused || used_by(side, &other.identity) == Usage::This)
            }
        };
        if !of_this_pair {
            let why = format!(
                "\"{}\", {}, is not proven to be linked with this pair's other side",
                side.name,
                existing.role.with_article()
            );
            return Err(conflict(on, Code::PeerMismatch, why).or_rebuilt(existing, side, &other.identity));
        }
    }
    Ok(())
}
