//! What became of a request that failed: the question that every failed write has to answer.

use super::answer::is_lost;
use super::code::Code;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It cannot have reached Consul.
    NotSent,
    /// It was answered, and what it asked for was refused.
    Refused,
    /// Consul may have acted: its answer was lost, or cannot be used.
    Unknown,
}

impl Delivery {
    /// Of a request that was answered with `status`, which means `code`. A gateway's status says that no answer of
    /// Consul's came; a 403 or 500 that has lost its text on the way may be one that comes after something was written.
    pub fn of_refusal(status: u16, code: Code, has_text: bool) -> Self {
        let may_have_written = matches!(code, Code::PermissionDenied | Code::ServerError);
        if is_lost(status) || (may_have_written && !has_text) { Delivery::Unknown } else { Delivery::Refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_without_an_answer_of_consuls_leaves_it_open() {
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
