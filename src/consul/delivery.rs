//! Whether a failed request had an effect.

use super::code::Code;
use super::response::is_lost;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It cannot have reached Consul.
    NotSent,
    /// Consul has refused it.
    Refused,
    /// Consul may have acted: its response was lost, or is invalid.
    Unknown,
}

impl Delivery {
    /// The delivery of a request with this response. A gateway's status means that Consul did not respond. A 403 or 500
    /// may follow a write, unless Consul's text is definite.
    pub fn of_refusal(status: u16, code: Code, is_definite: bool) -> Self {
        let may_have_written = matches!(code, Code::PermissionDenied | Code::ServerError);
        if is_lost(status) || (may_have_written && !is_definite) { Delivery::Unknown } else { Delivery::Refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateways_status_leaves_the_outcome_open() {
        for status in [502, 504] {
            for code in [Code::ServerError, Code::UnexpectedAnswer] {
                for has_text in [false, true] {
                    assert_eq!(Delivery::of_refusal(status, code, has_text), Delivery::Unknown);
                }
            }
        }
    }

    #[test]
    fn a_refusal_after_a_write_needs_its_text() {
        for (status, code) in [(403, Code::PermissionDenied), (500, Code::ServerError), (503, Code::ServerError)] {
            assert_eq!(Delivery::of_refusal(status, code, false), Delivery::Unknown);
            assert_eq!(Delivery::of_refusal(status, code, true), Delivery::Refused);
        }
    }

    #[test]
    fn other_refusals_come_before_anything_is_written() {
        for (status, code) in [(429, Code::RateLimited), (401, Code::UnexpectedAnswer), (400, Code::Invalid)] {
            for has_text in [false, true] {
                assert_eq!(Delivery::of_refusal(status, code, has_text), Delivery::Refused);
            }
        }
    }
}
