//! Values of the crate as the records of the interfaces, and JSON as values.

use consul_peering::host::HostValue;
use consul_peering::host::data::Data;
use consul_peering::rules::finding::Finding;
use consul_peering::rules::spec::Checked;
use consul_peering::rules::value::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value of the crate as the record with the same members.
pub fn to_record<T: DeserializeOwned>(value: &(impl Serialize + ?Sized)) -> T {
    let json = serde_json::to_value(value).expect("its keys are texts");
    serde_json::from_value(json).expect("the record has the same members")
}

/// A JSON text; a finding if it is not one, or beyond what the reader of JSON takes.
pub fn read_json(field: &str, text: &str) -> Result<Value, Finding> {
    Data::read_json(text).ok_or_else(|| {
        let message =
            format!("{field} is not JSON, or has more than 127 levels, a number above 1e308 or half a surrogate pair");
        Finding::error(field, "json", &message, "Give a JSON text within these limits.")
    })
}

/// Checks the value of a JSON text.
pub fn read_spec<T>(json: &str, check: impl FnOnce(&Value) -> Checked<T>) -> Checked<T> {
    match read_json("spec", json) {
        Ok(value) => check(&value),
        Err(finding) => Checked { findings: vec![finding], spec: None },
    }
}
