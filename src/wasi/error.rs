//! The error of a call, as the interface `peering` has it.

use consul_peering::host::data::Data;
use consul_peering::operations::error::Error;

use crate::bindings::exports::consul_peering::component::peering;
use crate::record::to_record;

/// The error of `operation`.
pub fn to_error(operation: &'static str, error: &Error<Data>) -> peering::Error {
    let location = error.location.as_ref();
    peering::Error {
        code: to_record(&error.code),
        message: error.message(operation),
        reason: error.why(),
        status: error.status,
        cluster: location.map_or_else(String::new, |location| location.cluster.to_string()),
        peer_name: location.and_then(|location| location.peer_name.as_deref().map(str::to_owned)),
        hint: error.hint().to_owned(),
        retryable: error.retryable,
        findings: to_record(&error.findings),
        left_behind: to_record(&error.left_behind),
        peering: error.peering.as_ref().map(Data::to_text),
    }
}
