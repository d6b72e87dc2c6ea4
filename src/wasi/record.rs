//! Values of the crate as the records of the interfaces.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value of the crate as the record with the same members.
pub fn to_record<T: DeserializeOwned>(value: &(impl Serialize + ?Sized)) -> T {
    let json = serde_json::to_value(value).expect("its keys are texts");
    serde_json::from_value(json).expect("the record has the same members")
}
